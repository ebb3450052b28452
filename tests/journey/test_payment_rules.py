"""Deposit codes that cannot collide, be guessed or be mistyped, and the authority behind them."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.errors import SetupError
from cakra.journey.payment.rules import (
    NUMBERS,
    Authorisation,
    CodeMint,
    authorisation_for,
    check_digit,
    group_code,
    is_code,
    permute,
)

KEYS = st.binary(min_size=32, max_size=32)
COMPANIES = st.from_regex(r"[0-9]{5}", fullmatch=True)
NUMBERS_ISSUED = st.integers(0, NUMBERS - 1)
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@given(KEYS, st.integers(1, 700))
def test_a_permutation_uses_every_place_once(key, size):
    assert sorted(permute(number, key, size) for number in range(size)) == list(range(size))


@given(KEYS, NUMBERS_ISSUED, NUMBERS_ISSUED)
def test_two_issues_never_share_a_code(key, one, other):
    mint = CodeMint("99001", key)
    assert (mint.code(one) == mint.code(other)) == (one == other)


@given(KEYS, COMPANIES, NUMBERS_ISSUED)
def test_a_code_has_fifteen_digits_and_begins_with_its_company(key, company, number):
    code = CodeMint(company, key).code(number)
    assert is_code(code)
    assert code.startswith(company)
    assert group_code(code).replace(" ", "") == code


@given(KEYS, COMPANIES, NUMBERS_ISSUED)
def test_every_single_wrong_digit_is_caught(key, company, number):
    code = CodeMint(company, key).code(number)
    for place, digit in itertools.product(range(15), "0123456789"):
        if digit != code[place]:
            assert not is_code(code[:place] + digit + code[place + 1 :])


@given(KEYS, COMPANIES, NUMBERS_ISSUED, st.integers(0, 13))
def test_every_exchange_of_neighbours_is_caught(key, company, number, place):
    code = CodeMint(company, key).code(number)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_code(swapped) == (swapped == code)


@given(st.text(alphabet="0123456789", max_size=20))
def test_the_check_digit_completes_any_number(digits):
    assert check_digit(digits + check_digit(digits)) == "0"


@given(KEYS)
def test_the_order_of_issue_does_not_show(key):
    mint = CodeMint("99001", key)
    codes = [mint.code(number) for number in range(40)]
    assert codes != sorted(codes)
    assert codes != sorted(codes, reverse=True)


@pytest.mark.parametrize(
    "text", ["", "9900112345678", "99001123456789012", "99001 1234567890", "９９００１１２３４５６７８９０"]
)
def test_other_texts_are_no_codes(text):
    assert not is_code(text)


def test_numbers_end():
    with pytest.raises(SetupError, match="COMPANY_CODE"):
        CodeMint("99001", bytes(32)).code(NUMBERS)
    with pytest.raises(ValueError, match="not in"):
        permute(10, bytes(32), 10)


def authority(**changes):
    whole = {"authorisation_id": 1, "officer": "a", "name": "A", "rank": "", "jurisdiction": "PMJ"}
    whole |= {"offences": frozenset({"X", "Y"}), "valid_from": AT - timedelta(days=1), "valid_to": None}
    return Authorisation(**(whole | {"revoked_at": None} | changes))


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone
OFFENCES = st.frozensets(st.sampled_from("XYZ"), max_size=3)


@given(MOMENTS, MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS, OFFENCES, OFFENCES, st.sampled_from(("PMJ", "PJB")))
def test_an_authority_covers_exactly_its_place_time_and_offences(  # noqa: PLR0917 - given by hypothesis
    at, since, until, revoked, given_for, wanted, place
):
    one = authority(offences=given_for, valid_from=since, valid_to=until, revoked_at=revoked)
    expected = (
        place == "PMJ"
        and since <= at
        and (until is None or at < until)
        and (revoked is None or at < revoked)
        and 0 < len(wanted & given_for) == len(wanted)
    )
    assert one.covers(place, wanted, at) is expected
    assert authorisation_for([one], place, wanted, at) == (one if expected else None)


@given(st.permutations([authority(authorisation_id=n, valid_from=AT - timedelta(days=n % 3)) for n in range(6)]))
def test_everybody_chooses_the_same_newest_authority(known):
    chosen = authorisation_for(known, "PMJ", ["X"], AT)
    assert (chosen.valid_from, chosen.authorisation_id) == (AT, 3)
