"""What people write to us: the bounds of what is read, and which pieces may be a reference; known answers."""

import pytest

from cakra.delivery.inbound.rules import Request, Wish, candidates, read_request, words_of
from cakra.delivery.sending.rules import read_tag

REFERENCE = "01ABCDEFGHJKMNP"
OTHER = Request(Wish.OTHER)


def asked(text: str) -> Request:
    return read_request("text", text)


# ---------------------------------------------------------------- buttons and the provider's word
@pytest.mark.parametrize(
    ("payload", "read"),
    [
        ("n:1:2:3", (1, 2, 3)),
        ("n:32767:9223372036854775807:9999", (32767, 2**63 - 1, 9999)),
        ("n:32768:2:3", None),
        ("n:1:9223372036854775808:3", None),
        ("n:1:2:33333", None),
        ("x n:1:2:3", None),
        ("n:1:2:3 ", None),
    ],
)
def test_a_payload_is_ours_only_within_what_a_row_can_hold(payload, read) -> None:
    assert read_tag(payload) == read


def test_the_payload_and_not_the_text_of_a_button_says_that_it_is_not_theirs() -> None:
    assert read_request("button", "Setuju", "n:1:2:3") == Request(Wish.NOT_MINE)
    assert read_request("button", "Setuju", "iklan:1") == OTHER
    assert read_request("text", "Setuju", "n:1:2:3") == OTHER


def test_a_number_that_moved_is_the_providers_word_alone() -> None:
    assert read_request("moved", "berhenti", "n:1:2:3") == Request(Wish.MOVED)
    assert asked("moved") == OTHER


# ---------------------------------------------------------------- references
@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        (f"CEK {REFERENCE}", "id", (REFERENCE,)),
        ("cek 01ABC-DEFGH-JKMNP", "id", (REFERENCE,)),
        (f"check {REFERENCE}", "en", (REFERENCE,)),
        (f"verifikasi{REFERENCE}", "id", (REFERENCE,)),
        ("CEK01ABC DEFGH JKMNP", "id", (REFERENCE,)),
        (f"halo pak cek {REFERENCE}", "id", (REFERENCE,)),
        ("cek 123 45", "id", ("12345",)),
        ("cek", "id", ("",)),
        ("cek " + "A" * 16 + " " + "B" * 20, "id", ("A" * 16 + "B" * 14,)),
        (f"cek AB {REFERENCE}", "id", (REFERENCE,)),
        ("cek AAAAAAA BBBBBBBB CCCCCCC", "id", ("AAAAAAABBBBBBBB", "BBBBBBBBCCCCCCC")),
    ],
)
def test_a_keyword_asks_about_what_stands_behind_it(text, language, found) -> None:
    assert asked(text) == Request(Wish.CHECK, language, found)


def test_a_keyword_counts_among_the_first_three_words_and_not_inside_another() -> None:
    assert asked("halo pak ini cek 123") == OTHER
    assert asked("ceknya 123") == OTHER
    assert asked("checkpoint lagi besok") == OTHER


def test_fifteen_characters_alone_may_be_a_reference_and_fourteen_or_sixteen_are_none() -> None:
    assert asked("01abc defgh jkmnp") == Request(Wish.CHECK, "id", (REFERENCE,), bare=True)
    assert asked("01abc defgh jkmn") == OTHER
    assert asked("01abc defgh jkmnpq") == OTHER
    assert not asked(f"cek {REFERENCE}").bare


def test_of_many_pieces_twenty_are_looked_at() -> None:
    words = [f"{'ABCDE'}{'FGHJK'}{place:05d}" for place in range(25)]
    assert candidates(words) == tuple(words[:20])
    assert candidates([]) == ("",)


# ---------------------------------------------------------------- bounds
def test_sixty_words_and_4096_characters_are_read() -> None:
    assert words_of("a " * 80) == ["A"] * 60
    assert words_of("a" * 5000) == ["A" * 4096]
    assert words_of("caf\u00e9 \u2018jum\u2019at\u2019 x\u200by\nz") == ["CAFE", "JUMAT", "XY", "Z"]


def test_a_story_is_no_wish_however_it_begins() -> None:
    assert asked("stop " * 59).meaning is not Wish.STOP
    assert asked("berhenti. " * 4) == Request(Wish.STOP, "id")
    assert asked("berhenti. " * 5) == OTHER
    assert asked("berhenti" + ". ya" * 70) == OTHER


# ---------------------------------------------------------------- wishes
@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("\U0001f6d1", Request(Wish.STOP)),
        (" \U0001f6d1\ufe0f ", Request(Wish.STOP)),
        ("stop", Request(Wish.STOP, "en")),
        ("mulai", Request(Wish.START, "id")),
        ("start", Request(Wish.START, "en")),
        ("salah nomor", Request(Wish.NOT_MINE, "id")),
        ("wrong number. stop", Request(Wish.NOT_MINE, "en", stop=True)),
        ("berhenti. salah nomor!", Request(Wish.NOT_MINE, "id", stop=True)),
        ("berhenti. mulai", OTHER),
        ("berhenti. saya keberatan", OTHER),
        ("salah nomor. mobil sudah dijual", OTHER),
        ("...", OTHER),
    ],
)
def test_a_wish_is_taken_only_where_nothing_else_is_said(text, request_) -> None:
    assert asked(text) == request_
