"""What is known of an owner and what an owner said: it reaches no log, and a chassis ending is read in one way."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cakra.core.errors import InputError
from cakra.core.law.vehicle import VehicleFacts
from cakra.core.states.journey import State
from cakra.journey.answer.rules import OPEN, Answer, AnswerKind, may_answer
from cakra.journey.ownership.rules import (
    OwnerFacts,
    chassis_last5,
    paper_number,
    read_chassis,
    seal_binding,
    with_plate,
)

PERSONAL = {
    "name": "Siti Aminah",
    "address": "Jl. Melati 7",
    "phone": "+6281234567890",
    "email": "siti@contoh.example",
    "chassis_last5": b"sidik-rangka",
    "owner_key": b"sidik-pemilik",
}


def test_no_way_of_writing_an_owner_down_shows_who_it_is() -> None:
    facts = OwnerFacts(
        plate="B1A", valid_from=datetime(2026, 1, 1, tzinfo=UTC), valid_to=None, vehicle=VehicleFacts(),
        brand="Merek", model=None, colour=None, year=2020, phone_problem=None, **PERSONAL,
    )  # fmt: skip
    shown = f"{facts} {facts!r} {[facts]}"
    assert "Merek" in shown
    assert [name for name, value in PERSONAL.items() if str(value) in shown or name + "=" in shown] == []
    assert (facts.preferred_channel, facts.language, facts.disputed) == (None, None, False)


def test_no_way_of_writing_an_answer_down_shows_what_was_said() -> None:
    answer = Answer(AnswerKind.OTHER_DROVE, {"name": "Siti Aminah", "phone": "+6281234567890"})
    assert "other_drove" in f"{answer!r}"
    assert "Siti" not in f"{answer} {answer!r}"
    assert "62812" not in f"{answer} {answer!r}"


def test_the_question_is_open_until_somebody_answered_or_paid_or_the_case_ended() -> None:
    assert {State.NOTIFYING, State.NOTIFIED, State.UNDELIVERABLE, State.LAPSED, State.BLOCKED} == OPEN
    for state in State:
        assert may_answer(state, charged_before=False) is (state in OPEN)
        assert may_answer(state, charged_before=True) is False


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("12345", "12345"),
        ("MHKA4DB3JKJ012345", "12345"),
        ("xx-i2o4q", "12040"),
        ("*jkj012345*", "12345"),
        ("912345.0", "12345"),
        ("912345,00", "12345"),
        ("912345.5", "23455"),
        ("a" * 195 + "12345", "12345"),
    ],
)
def test_a_chassis_ending_is_its_last_five_characters(typed, read) -> None:
    assert chassis_last5(typed) == read


@pytest.mark.parametrize("typed", ["1234", "1,2E+11", "a" * 196 + "12345", "1234é", "1234½5", "-----"])
def test_no_chassis_ending_is_guessed(typed) -> None:
    with pytest.raises(InputError, match="five letters or digits") as problem:
        chassis_last5(typed)
    assert problem.value.code == "chassis_form"


@pytest.mark.parametrize("typed", ["1*2*3*4", "*jkj01*2345*", "MHKA4DB3JKJ0123**"])
def test_a_chassis_number_with_hidden_signs_has_no_ending(typed) -> None:
    with pytest.raises(InputError, match="signs are hidden") as problem:
        chassis_last5(typed)
    assert problem.value.code == "chassis_form"


def test_a_sealed_owner_is_bound_to_its_row_to_the_microsecond_in_universal_time() -> None:
    at = datetime(2026, 1, 1, 7, tzinfo=timezone(timedelta(hours=7)))
    assert seal_binding("B1A", at) == b"B1A|2026-01-01T00:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("MHKA4DB3JKJ012345", "MHKA4DB3JKJ012345"),
        ("mhka4db3jkj0 12345", "MHKA4DB3JKJ012345"),
        ("*MHKA4DB3JKJOI2345*", "MHKA4DB3JKJ012345"),
        ("*MHKA4DB3JKJ012345", "MHKA4DB3JKJ012345"),
        ("123456", "123456"),
        ("12345", None),
        ("A1" * 12 + "B", "A1" * 12 + "B"),
        ("A1" * 13, None),
        ("**KA4DB3JKJ012345", None),
        ("MHKA4*3JKJ012345", None),
        ("*MHKA4*B3JKJ012345*", None),
        ("111111", None),
        ("0000000000", None),
        ("OOOOOO", None),
        ("111112", "111112"),
        ("12345é7", None),
        ("1,2E+11", None),
        ("912345.0", "912345"),
        ("", None),
    ],
)
def test_a_whole_number_of_the_papers_is_read_or_none(typed, number) -> None:
    assert paper_number(typed) == number
    if number is not None:
        assert read_chassis(typed) == (number[-5:], number)


def test_a_whole_number_is_indexed_with_its_plate() -> None:
    assert with_plate("B1A", "123456") == "B1A|123456"
