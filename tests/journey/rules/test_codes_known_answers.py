"""Deposit codes: another key is another order, and known check digits."""

from itertools import pairwise

import pytest

from cakra.journey.payment.rules import CodeMint, check_digit, group_code, permute

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
