"""The search stays inside the grammar and the scores are the textbook's sum over alignments."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.plate import REGIONS, parse_plate
from cakra.plates.board import Board, Look
from cakra.plates.ctc import (
    ALPHABET,
    COLUMN,
    SYMBOLS,
    all_log_probabilities,
    continuations,
    likely_plates,
    log_probabilities,
)

civil_texts = st.builds(
    lambda region, number, series: f"{region}{number}{series}",
    st.sampled_from(sorted(REGIONS)),
    st.integers(1, 9999),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=3),
)


def random_matrix(seed, frames):
    raw = np.random.default_rng(seed).random((frames, SYMBOLS)) ** 6
    return raw / raw.sum(axis=1, keepdims=True)


def spelled(text, certainty=0.97):
    """A matrix that spells `text`, one frame a character with a blank between."""
    rows = []
    for char in text:
        for column in (COLUMN[char], 0):
            row = np.full(SYMBOLS, (1 - certainty) / (SYMBOLS - 1))
            row[column] = certainty
            rows.append(row)
    return np.array(rows)


@given(civil_texts)
def test_the_search_can_spell_every_civil_plate(text):
    for place, char in enumerate(text):
        assert char in continuations(text[:place])


@given(st.data())
def test_whatever_the_search_spells_is_a_plate(data):
    text = ""
    while (allowed := continuations(text)) and not (text and data.draw(st.booleans())):
        text += data.draw(st.sampled_from(allowed))
    if any(char.isdigit() for char in text):
        assert parse_plate(text).text == text


@given(civil_texts)
def test_a_clear_spelling_is_read_as_it_stands(text):
    matrix = spelled(text)
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


def test_many_matrices_in_one_pass_are_as_each_by_itself():
    rng = np.random.default_rng(11)
    matrices = [rng.dirichlet(np.ones(SYMBOLS), size=frames) for frames in (5, 40, 1, 12)]
    texts = [["B1", "", "AB12CD"], [], ["", "1", "B11"], ["1234-00", "B1234XYZ"]]
    together = all_log_probabilities(list(zip(matrices, texts, strict=True)))
    for matrix, asked, found in zip(matrices, texts, together, strict=True):
        assert found.tolist() == pytest.approx([float(log_probabilities(matrix, [text])[0]) for text in asked])


def test_a_look_never_sums_a_plate_twice(monkeypatch):
    rng = np.random.default_rng(12)
    looks = [Look.of("own", rng.dirichlet(np.ones(SYMBOLS) / 8, size=20)) for _ in range(2)]
    asked = []
    monkeypatch.setattr(
        "cakra.plates.board.all_log_probabilities",
        lambda pairs: asked.extend(text for _, texts in pairs for text in texts) or all_log_probabilities(pairs),
    )
    first = Board(looks, ["B9999ZZ"]).evidence()
    assert "B9999ZZ" in asked
    asked.clear()
    assert Board(looks, ["B9999ZZ"]).evidence() == first
    assert asked == []
