"""The search stays inside the grammar and the scores are the textbook's sum over alignments."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.identifiers.plate import REGIONS, parse_plate
from cakra.plates.texts.board import Board, ReaderLook
from cakra.plates.texts.civil import likely_plates
from cakra.plates.texts.ctc import ALPHABET, COLUMN, SYMBOLS, log_probabilities, spelled

civil_texts = st.builds(
    lambda region, number, series: f"{region}{number}{series}",
    st.sampled_from(sorted(REGIONS)),
    st.integers(1, 9999),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=3),
)


def random_matrix(seed, frames):
    raw = np.random.default_rng(seed).random((frames, SYMBOLS)) ** 6
    return raw / raw.sum(axis=1, keepdims=True)


@given(civil_texts)
def test_a_clear_spelling_is_read_as_it_stands(text):
    matrix = spelled(text, 0.97)
    found = likely_plates(matrix)
    scores = log_probabilities(matrix, found)
    assert found[int(scores.argmax())] == text


@given(st.integers(0, 10_000))
def test_suggestions_are_valid_plates(seed):
    for text in likely_plates(random_matrix(seed, 14)):
        assert parse_plate(text).text == text


def collapsed(path):
    kept = [column for place, column in enumerate(path) if place == 0 or column != path[place - 1]]
    return "".join(ALPHABET[column - 1] for column in kept if column)


@pytest.mark.parametrize("text", ["B1", "B11", "AB1", "B2"])
@given(seed=st.integers(0, 1000))
def test_scores_equal_the_sum_over_all_alignments(text, seed):
    matrix = random_matrix(seed, 5)
    columns = sorted({0, *(COLUMN[char] for char in text)})
    paths = product(columns, repeat=len(matrix))
    expected = sum(
        np.prod([matrix[frame][column] for frame, column in enumerate(path)])
        for path in paths
        if collapsed(path) == text
    )
    score = log_probabilities(matrix, [text, "AB9999XYZ"])
    assert score[0] == pytest.approx(np.log(expected))
    assert score[1] == -np.inf  # nine characters do not fit into five frames


def test_a_look_never_sums_a_plate_twice(monkeypatch):
    rng = np.random.default_rng(12)
    looks = [ReaderLook.of("own", rng.dirichlet(np.ones(SYMBOLS) / 8, size=20)) for _ in range(2)]
    asked = []
    monkeypatch.setattr(
        "cakra.plates.texts.board.log_probabilities",
        lambda matrix, texts: asked.extend(texts) or log_probabilities(matrix, texts),
    )
    first = Board(looks, ["B9999ZZ"]).evidence()
    assert "B9999ZZ" in asked
    asked.clear()
    assert Board(looks, ["B9999ZZ"]).evidence() == first
    assert asked == []
