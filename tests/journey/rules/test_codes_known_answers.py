"""Deposit codes: another key is another order, and known check digits."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from cakra.core.errors import SetupError
from cakra.journey.payment.rules import (
    Authorisation,
    CodeMint,
    authorisation_for,
    check_digit,
    group_code,
    is_code,
    permute,
)

ONE, OTHER = bytes(32), bytes([1]) * 32


@pytest.mark.parametrize(("digits", "check"), [("572", "4"), ("", "0"), ("0", "0")])
def test_damms_digit(digits, check) -> None:
    # 572 → 4 is the worked example that is commonly given for this quasigroup.
    assert check_digit(digits) == check


@pytest.mark.parametrize("size", [10, 1000, 10**9])
def test_another_key_is_another_order(size) -> None:
    numbers = range(min(size, 200))
    assert [permute(number, ONE, size) for number in numbers] != [permute(number, OTHER, size) for number in numbers]


def test_every_part_of_the_key_counts() -> None:
    for place in (0, 15, 31):
        changed = bytes(32)[:place] + b"\x07" + bytes(32)[place + 1 :]
        assert CodeMint("99001", changed).code(5) != CodeMint("99001", ONE).code(5)


def test_neighbours_lie_far_apart() -> None:
    landed = [permute(number, ONE, 10**9) for number in range(50)]
    assert min(abs(a - b) for a, b in pairwise(landed)) > 1000


def test_the_smallest_ranges_are_permuted_too() -> None:
    assert permute(0, ONE, 1) == 0
    assert sorted(permute(number, ONE, 2) for number in range(2)) == [0, 1]
    with pytest.raises(ValueError, match=r"0 … 9"):
        permute(-1, ONE, 10)


def test_a_code_is_printed_in_fives() -> None:
    assert group_code("990011234567890") == "99001 12345 67890"


def test_the_key_is_not_shown() -> None:
    assert "key" not in repr(CodeMint("99001", b"rahasia" * 5))


def test_damms_square_finds_each_wrong_digit_and_each_exchange_of_two() -> None:
    digits = "0123456789"
    for first in digits:
        checks = [check_digit(first + second) for second in digits]
        assert sorted(checks) == list(digits)
        assert check_digit(first + check_digit(first)) == "0"
        for second, check in zip(digits, checks, strict=True):
            assert check_digit(second + first) != check or first == second
            # A check digit exchanged with its neighbour is found as well.
            assert second == check or check_digit(first + check + second) != "0"


def test_what_was_printed_by_an_earlier_version_is_never_printed_again_for_another_issue() -> None:
    """Frozen: with another order the next issue could have the code of a case that waits for its payment."""
    mint = CodeMint("99001", bytes(range(32)))
    assert [mint.code(number) for number in (0, 1, 2, 999_999_999)] == [
        "990013743581511",
        "990019167223354",
        "990014354710206",
        "990014910840509",
    ]
    assert [permute(number, ONE, 10) for number in range(10)] == [2, 3, 7, 8, 5, 1, 0, 6, 9, 4]


def test_the_last_number_of_a_company_is_used_and_no_further_one() -> None:
    mint = CodeMint("99001", ONE)
    assert is_code(mint.code(999_999_999))
    with pytest.raises(SetupError):
        mint.code(1_000_000_000)
    for number in (-1, 10):
        with pytest.raises(ValueError, match="is not in"):
            permute(number, ONE, 10)


@pytest.mark.parametrize("text", ["99001374358151", "9900137435815110", "990013743581512", "99001374358151\u00b2", ""])
def test_a_code_has_fifteen_plain_digits_that_fit(text) -> None:
    assert is_code("990013743581511")
    assert not is_code(text)


AT = datetime(2026, 11, 3, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def word_of(number=1, since=AT, until=None, revoked=None) -> Authorisation:
    return Authorisation(number, "a", "A", "", "PMJ", frozenset({"X", "Y"}), since, until, revoked)


@pytest.mark.parametrize(
    ("one", "at", "holds"),
    [
        (word_of(), AT, True),
        (word_of(), AT - TICK, False),
        (word_of(until=AT + TICK), AT, True),
        (word_of(until=AT + TICK), AT + TICK, False),
        (word_of(revoked=AT + TICK), AT, True),
        (word_of(revoked=AT + TICK), AT + TICK, False),
        (word_of(until=AT + TICK, revoked=AT + 9 * TICK), AT + 5 * TICK, False),
    ],
)
def test_an_officers_word_holds_from_its_first_instant_until_before_its_end(one, at, holds) -> None:
    assert one.covers("PMJ", ["X", "Y"], at) is holds
    assert not one.covers("PJB", ["X"], at)
    assert not one.covers("PMJ", ["X", "Z"], at)
    assert not one.covers("PMJ", [], at)


def test_of_several_words_the_newest_counts_and_of_equally_new_ones_the_later() -> None:
    old, new, other = word_of(9, AT - TICK), word_of(1), word_of(2)
    assert authorisation_for(iter([old, new, other]), "PMJ", iter(["X", "Y"]), AT) is other
    assert authorisation_for([old], "PMJ", iter(["X"]), AT) is old
    assert authorisation_for([old, new], "PJB", ["X"], AT) is None
