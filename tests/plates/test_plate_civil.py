"""Exact sums: every exchange of one character, and all plates together, are what counting them one by one gives."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.identifiers.lookalikes import ALPHABET
from cakra.core.identifiers.plate import REGIONS, one_character_wrong, parse_plate
from cakra.plates.texts.board import Board, ReaderLook
from cakra.plates.texts.civil import plate_mass
from cakra.plates.texts.ctc import COLUMN, SYMBOLS, exchanges, gathered, greedy, log_probabilities, near


def frames(text, seed, count=40, noise=0.3):
    """A matrix in which `text` is likeliest, with a seeded share of everything else."""
    rng = np.random.default_rng(seed)
    matrix = rng.random((count, SYMBOLS)) * noise / SYMBOLS
    matrix[:, 0] += 1
    for place, char in zip(np.linspace(1, count - 2, len(text)).astype(int), text, strict=True):
        matrix[place] = rng.random(SYMBOLS) * 0.05
        matrix[place, COLUMN[char]] += 1
    return matrix / matrix.sum(axis=1, keepdims=True)


@given(st.sampled_from(["B1234XYZ", "AA11BB", "D8", "B2222OOO", "KT90AQ"]), st.integers(0, 10_000))
def test_every_exchange_has_the_probability_of_its_text(text, seed):
    matrix = frames(text, seed)
    own, table = exchanges(matrix, text)
    assert own == pytest.approx(float(np.exp(log_probabilities(matrix, [text])[0])), rel=1e-9)
    others = list(one_character_wrong(parse_plate(text)))
    places = [
        next(at for at, pair in enumerate(zip(text, other, strict=True)) if pair[0] != pair[1]) for other in others
    ]
    found = [table[place, COLUMN[other[place]]] for place, other in zip(places, others, strict=True)]
    assert found == pytest.approx(np.exp(log_probabilities(matrix, others)).tolist(), rel=1e-9)


@given(
    st.sampled_from(["B1234XYZ", "AA11BB", "D8"]),
    st.integers(0, 10_000),
    st.floats(1e-9, 0.3),
    st.floats(1e-7, 0.3),
)
def test_of_the_exchanges_those_that_are_not_summed_could_not_have_mattered(text, seed, noise, share):
    matrix = frames(text, seed, noise=noise)
    own, found = near(matrix, text, share, 500)
    _, table = exchanges(matrix, text)
    matter = np.sort(table[table > share * max(own, table.max())])
    assert np.sort(np.exp([score for _, score in found])) == pytest.approx(matter, rel=1e-9)


@given(st.sampled_from(["B1234XYZ", "AA11BB", "D8", "B2222OOO"]), st.integers(0, 10_000), st.floats(0.0, 0.00038))
def test_runs_of_blank_frames_are_one_and_no_text_notices(text, seed, noise):
    matrix = frames(text, seed, count=60, noise=noise)
    short = gathered(matrix)
    others = [text, *list(one_character_wrong(parse_plate(text)))[:20]]
    before, after = (np.exp(log_probabilities(one, others)) for one in (matrix, short))
    to_letters = float(np.sum(1 - matrix[matrix[:, 0] > 1 - 2e-4, 0]))
    both_of_one_run = to_letters**2  # the chance that a run holds two symbols, which is what is given up
    assert after == pytest.approx(before, rel=2e-3, abs=both_of_one_run)
    assert float(short.sum(axis=1).min()) == pytest.approx(1.0)
    assert len(short) <= len(matrix)


def test_blank_frames_really_are_gathered():
    assert len(gathered(frames("B1234XYZ", 1, count=60, noise=1e-5))) < 20


def test_the_mass_of_plates_is_the_sum_over_all_of_them():
    """Three frames hold at most three characters, so that every plate that fits can be counted."""
    rng = np.random.default_rng(5)
    matrix = rng.random((3, SYMBOLS)) ** 6
    matrix /= matrix.sum(axis=1, keepdims=True)
    one = [code for code in REGIONS if len(code) == 1]
    plates = [region + digit for region, digit in product(REGIONS, "123456789")]
    plates += [region + digit + more for region, digit, more in product(one, "123456789", ALPHABET)]
    assert plate_mass(matrix) == pytest.approx(float(np.exp(log_probabilities(matrix, plates)).sum()), rel=1e-9)


@given(st.sampled_from(["B1234XYZ", "AA11BB", "SELAMAT", "1234", ""]), st.integers(0, 1000), st.floats(0.01, 3.0))
def test_what_is_on_the_board_and_what_is_left_are_one(text, seed, noise):
    look = ReaderLook.of("own", frames(text, seed, noise=noise))
    seen = Board([look], ["B9999ZZ", "1234-00"]).evidence()
    assert {"B9999ZZ", "1234-00"} <= set(seen.texts)
    assert float(np.exp(seen.scores[0]).sum()) + seen.unseen[0] + seen.stray[0] == pytest.approx(1.0, abs=1e-6)


def test_what_the_frames_say_plainly_is_read_and_nothing_is_nothing():
    assert greedy(frames("B1234XYZ", 1)) == "B1234XYZ"
    assert greedy(frames("", 1)) == ""
    assert Board([]).evidence() is None
