"""What a text means, however people write it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.delivery.inbound.rules import (
    REFERENCE_CHARACTERS,
    Wish,
    candidates,
    read_request,
    words_of,
)
from cakra.delivery.inbound.step import references as read_references
from cakra.delivery.sending.rules import make_tag, read_tag
from cakra.kit.ids import ALPHABET, CELLS, REFERENCE_LENGTH, new_reference, read_reference, show_reference

KEYWORDS = ("CEK", "cek", "Cek", "PERIKSA", "verifikasi", "check", "ＣＥＫ", "c\u00e9k", "CE\u200bK")
FILLERS = ("", " ref", " Ref.", " nomor referensi", " no", " number:")
JOINTS = ("", " ", "-", " - ", ".", "\u2013", "/", "  ", "\n", "\u00a0", "_")
LOOKALIKES = {"0": "0Oo", "1": "1IiLl"}

references = st.sampled_from([new_reference(cell) for cell in range(0, CELLS, 7)])


def spelt(draw, reference):
    """The reference as somebody may type it: any case, lookalikes, any joints between groups of any size."""
    typed = ""
    for place, character in enumerate(reference):
        if place:
            typed += draw(st.sampled_from(JOINTS)) if draw(st.booleans()) else ""
        variants = LOOKALIKES.get(character, character + character.lower())
        typed += draw(st.sampled_from(variants))
    return typed


@given(st.data(), references)
def test_a_reference_is_found_however_it_is_typed(data, reference):
    words = data.draw(st.sampled_from(KEYWORDS)) + data.draw(st.sampled_from(FILLERS))
    text = f"{words}{data.draw(st.sampled_from((' ', ': ', chr(10))))}{spelt(data.draw, reference)}"
    request = read_request("text", text)
    assert request.meaning is Wish.CHECK
    assert read_reference(reference) in read_references(request.candidates)


@given(references, st.sampled_from(("", "CEK", "cek ", "halo cek ")))
def test_as_printed_with_words_around_it(reference, before):
    request = read_request("text", f"{before}{show_reference(reference)}{' terima kasih' if before else ''}")
    assert request.meaning is Wish.CHECK
    assert read_reference(reference) in read_references(request.candidates)


@given(references, st.integers(0, REFERENCE_LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_finds_nothing_else(reference, place, wrong):
    typed = reference[:place] + wrong + reference[place + 1 :]
    found = read_references(read_request("text", f"CEK {typed}").candidates)
    assert found == ([read_reference(reference)] if wrong == reference[place] else [])


@given(st.text(max_size=5000), st.sampled_from(("text", "button", "other")), st.text(max_size=300))
def test_any_text_means_something_and_stays_small(text, kind, payload):
    request = read_request(kind, text, payload)
    assert request.language in {"id", "en"}
    assert len(request.candidates) <= 20
    assert all(set(one) <= set(string.ascii_uppercase + string.digits) for one in request.candidates)


@given(st.lists(st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=20), max_size=40))
def test_candidates_are_neighbours_of_the_right_length_or_all_there_is(words):
    found = candidates(words)
    joined = "".join(words)
    if found != (joined[: 2 * REFERENCE_CHARACTERS],):
        assert all(len(one) == REFERENCE_CHARACTERS and one in joined for one in found)


@pytest.mark.parametrize(
    ("text", "meaning", "language"),
    [
        ("Bukan saya", Wish.NOT_MINE, "id"),
        ("bukan saya!!", Wish.NOT_MINE, "id"),
        ("maaf, salah orang", Wish.NOT_MINE, "id"),
        ("salah nomor pak", Wish.NOT_MINE, "id"),
        ("Not me", Wish.NOT_MINE, "en"),
        ("STOP", Wish.STOP, "en"),
        ("stop.", Wish.STOP, "en"),
        ("tolong berhenti ya", Wish.STOP, "id"),
        ("Jangan kirim lagi", Wish.STOP, "id"),
        ("jangan stop di sini", Wish.OTHER, "id"),
        ("mulai", Wish.START, "id"),
        ("START", Wish.START, "en"),
        ("", Wish.OTHER, "id"),
        ("👍", Wish.OTHER, "id"),
        ("saya mau bayar", Wish.OTHER, "id"),
        ("sudah saya cek tetapi tidak ada", Wish.CHECK, "id"),
        ("mobil saya dicek polisi", Wish.OTHER, "id"),
        ("ceknya besok", Wish.OTHER, "id"),
        ("CEK", Wish.CHECK, "id"),
        ("verify 123", Wish.CHECK, "en"),
    ],
)
def test_what_a_text_means(text, meaning, language):
    request = read_request("text", text)
    assert (request.meaning, request.language) == (meaning, language)


def test_a_text_as_long_as_a_reference_is_one_only_if_it_reads_as_one():
    request = read_request("text", "terima kasih ya pak")
    assert request.meaning is Wish.OTHER
    bare = read_request("text", "ABCDE FGHJK MNPQ0")
    assert (bare.meaning, bare.bare) == (Wish.CHECK, True)


@given(st.integers(0, 2**15 - 1), st.integers(0, 2**63 - 1), st.integers(0, 9999))
def test_the_payload_of_our_button_is_the_tag_of_dispatch(cell, notice_id, attempt):
    tag = make_tag(cell, notice_id, attempt)
    assert read_tag(tag) == (cell, notice_id, attempt)
    assert read_request("button", "Bukan saya", tag).meaning is Wish.NOT_MINE


@pytest.mark.parametrize("payload", ["n:40000:1:1", "n:1:9223372036854775808:1", "n:1:2", "N:1:2:3", " n:1:2:3", ""])
def test_a_payload_that_is_not_ours_is_none(payload):
    assert read_tag(payload) is None


def test_invisible_characters_do_not_split_words():
    assert words_of("C\u200bE\u00adK  01\u2013AB") == ["CEK", "01", "AB"]


def test_the_length_is_that_of_references():
    assert REFERENCE_CHARACTERS == REFERENCE_LENGTH
