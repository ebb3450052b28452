"""Row ids and public references."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.kit.errors import InputError
from cakra.kit.ids import (
    ALPHABET,
    CELLS,
    REFERENCE_LENGTH,
    new_id,
    new_reference,
    read_id,
    read_reference,
    show_reference,
)


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_row_id_is_read_however_long_it_is(row: int) -> None:
    assert read_id(str(row)) == row


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "१", "½", str(2**63), "9" * 19, "9" * 400])
def test_what_no_row_has_is_no_id(text: str) -> None:
    assert read_id(text) == 0


cells = st.integers(min_value=0, max_value=CELLS - 1)


@given(cells)
def test_a_reference_is_read_back_with_its_cell(cell: int) -> None:
    reference = new_reference(cell)
    assert len(reference) == REFERENCE_LENGTH
    assert set(reference) <= set(ALPHABET)
    assert read_reference(reference) == (cell, reference)


@given(cells)
def test_a_reference_is_read_as_people_type_it(cell: int) -> None:
    reference = new_reference(cell)
    shown = show_reference(reference)
    assert [len(group) for group in shown.split("-")] == [5, 5, 5]
    typed = f"  {shown.lower().replace('0', 'o').replace('1', 'l')} "
    assert read_reference(typed) == (cell, reference)
    assert read_reference(shown.replace("-", " ").replace("1", "I")) == (cell, reference)


@given(cells, st.integers(0, REFERENCE_LENGTH - 1), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_noticed(cell: int, place: int, wrong: str) -> None:
    reference = new_reference(cell)
    if reference[place] == wrong:
        return
    with pytest.raises(InputError, match="typing mistake"):
        read_reference(reference[:place] + wrong + reference[place + 1 :])


def test_every_wrong_character_at_every_place_of_one_reference_is_noticed() -> None:
    reference = new_reference(7)
    for place, right in enumerate(reference):
        for wrong in set(ALPHABET) - {right}:
            with pytest.raises(InputError):
                read_reference(reference[:place] + wrong + reference[place + 1 :])


@pytest.mark.parametrize("typed", ["", "ABC", "U" * REFERENCE_LENGTH, "0" * (REFERENCE_LENGTH + 1), "É" * 15])
def test_what_is_no_reference_is_told_apart_from_a_mistake(typed: str) -> None:
    with pytest.raises(InputError) as refused:
        read_reference(typed)
    assert refused.value.code == "reference_form"


def test_a_reference_is_made_without_the_plate() -> None:
    """Only the cell and chance go in, so the same case twice gets references that share nothing else."""
    made = {new_reference(3) for _ in range(2000)}
    assert len(made) == 2000
    assert {reference[:2] for reference in made} == {"03"}
    for place in range(2, REFERENCE_LENGTH):
        assert {reference[place] for reference in made} == set(ALPHABET), f"place {place} does not vary"


def test_ids_only_rise_within_a_process() -> None:
    made = [new_id() for _ in range(200_000)]
    assert all(former < later for former, later in pairwise(made))
    assert 0 < made[-1] < 2**63


def test_ids_of_two_processes_do_not_meet_in_practice() -> None:
    """Far faster than any writer of ours: a millisecond in which two runs meet is a rare chance, not the rule."""
    program = "from cakra.kit.ids import new_id\nfor _ in range(50_000): print(new_id())"

    def make(_: int) -> list[str]:
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return done.stdout.split()

    with ThreadPoolExecutor(2) as side_by_side:
        first, second = side_by_side.map(make, range(2))
    assert len({*first}) == len({*second}) == 50_000
    assert len({*first, *second}) > 98_000
