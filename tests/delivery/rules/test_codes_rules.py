"""One-time codes by known answers: whom they reach, what is read as one, when none is made, what a guess is worth."""

from datetime import timedelta

import pytest

from cakra.core.ports import Channel
from cakra.delivery.codes.rules import (
    DIGITS,
    KEPT,
    LATELY,
    LIVES,
    MOST_A_DAY,
    TRIES,
    CodeRefusal,
    CodeStanding,
    Use,
    bound,
    code_tag,
    contact_on,
    read_code,
    read_code_tag,
    why_not,
)
from cakra.delivery.codes.wording import parse_words
from cakra.kit.resources import read_package_text

WORDS = parse_words(read_package_text("cakra.delivery.codes", "words.toml"))
CONTACT = {"phone": "+6281200000001", "email": "sari@contoh.example"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"contact": None}, CodeRefusal.IMPOSSIBLE),
        ({"official": False}, CodeRefusal.IMPOSSIBLE),
        ({"marked": True}, CodeRefusal.IMPOSSIBLE),
        ({"open": False}, CodeRefusal.RESTS),
        ({"lately": 2}, None),
        ({"lately": 3}, CodeRefusal.TOO_MANY),
        ({"today": 9}, None),
        ({"today": 10}, CodeRefusal.TOO_MANY),
        ({"today": 10, "open": False}, CodeRefusal.TOO_MANY),
        ({"marked": True, "lately": 3, "open": False}, CodeRefusal.IMPOSSIBLE),
    ],
)
def test_why_none_is_made(changes, why):
    standing = {"contact": "+62812", "official": True, "open": True, "marked": False, "lately": 0, "today": 0}
    assert why_not(CodeStanding(**standing | changes)) is why


@pytest.mark.parametrize(
    ("channel", "contact", "reached"),
    [
        (Channel.WHATSAPP, CONTACT, CONTACT["phone"]),
        (Channel.SMS, CONTACT, CONTACT["phone"]),
        (Channel.EMAIL, CONTACT, CONTACT["email"]),
        (Channel.LETTER, CONTACT, None),
        (Channel.EMAIL, {"phone": "+6281200000001"}, None),
        (Channel.WHATSAPP, {"email": "sari@contoh.example"}, None),
        (Channel.SMS, CONTACT | {"phone": ""}, None),
        (Channel.SMS, CONTACT | {"phone": 6281200000001}, None),
        (Channel.EMAIL, CONTACT | {"email": None}, None),
    ],
)
def test_a_code_reaches_the_phone_or_mailbox_that_is_held(channel, contact, reached):
    assert contact_on(channel, contact) == reached


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("012345", "012345"),
        (" 123-456 ", "123456"),
        ("\u0661\u0662\u0663\u0664\u0665\u0666", "123456"),
        ("12345", None),
        ("1234567", None),
        ("12345a", None),
        ("", None),
        ("123456".rjust(200), "123456"),
        ("123456".rjust(201), None),
    ],
)
def test_six_digits_are_a_code_however_they_are_typed(typed, read):
    assert read_code(typed) == read


def test_the_digits_mean_nothing_beside_another_code_party_or_use():
    hashed = [
        bound(12, 3, Use.ANSWER, "123456"),
        bound(1, 23, Use.ANSWER, "123456"),
        bound(12, 4, Use.ANSWER, "123456"),
        bound(12, 3, Use.NAMING, "123456"),
        bound(12, 3, Use.ANSWER, "123457"),
    ]
    assert len(set(hashed)) == len(hashed)


def test_a_tag_is_read_back_and_no_larger_number_is_ours():
    assert read_code_tag(code_tag(3, 42)) == (3, 42)
    assert read_code_tag(f"o:{2**15 - 1}:{2**63 - 1}") == (2**15 - 1, 2**63 - 1)
    foreign = (f"o:{2**15}:1", f"o:1:{2**63}", "n:1:2:3", "c:1", "o:", "o:1", "o:-1:2", "o:1:2:3", "o:1:2 ", "", None)
    assert [read_code_tag(tag) for tag in foreign] == [None] * len(foreign)


@pytest.mark.parametrize(
    ("language", "in_sms", "in_mail"),
    [("id", "Berlaku 10 menit", "Berlaku 10 menit"), ("en", "Valid 10 minutes", "Valid ten minutes")],
)
def test_a_code_lives_as_long_as_its_words_say(language, in_sms, in_mail):
    assert timedelta(minutes=10) == LIVES
    assert in_sms in WORDS[language].sms
    assert in_mail in WORDS[language].email


def test_who_guesses_all_day_is_right_once_in_twenty_thousand():
    """Ten codes a day, each dead after five tries, of a million that may be."""
    assert 10**DIGITS / (MOST_A_DAY * TRIES) == 20_000


def test_a_quarter_of_an_hour_and_a_day_are_looked_back_on():
    """As decision 0040 promises; a row that went sooner would not be counted, one that stayed longer is not needed."""
    assert timedelta(hours=1) / 4 == LATELY
    assert timedelta(hours=24) == KEPT
