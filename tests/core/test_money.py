import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.errors import InputError
from cakra.core.money import Rupiah, format_rupiah, parse_rupiah, rupiah

AMOUNTS = st.integers(min_value=-(10**15), max_value=10**15).map(Rupiah)


@pytest.mark.parametrize(
    ("amount", "printed"),
    [(0, "Rp0"), (999, "Rp999"), (500000, "Rp500.000"), (1000000, "Rp1.000.000"), (-1500, "-Rp1.500")],
)
def test_printed_as_on_indonesian_forms(amount, printed):
    assert format_rupiah(Rupiah(amount)) == printed


@pytest.mark.parametrize(
    ("text", "amount"),
    [("Rp500.000", 500_000), ("Rp500000", 500_000), (" Rp\u00a01.500 ", 1_500), ("-Rp1.500", -1_500)],
)
def test_an_amount_is_read_with_dots_or_without(text, amount):
    assert parse_rupiah(text) == amount


@given(AMOUNTS)
def test_what_is_printed_reads_back(amount):
    assert parse_rupiah(format_rupiah(amount)) == amount


@given(AMOUNTS)
def test_every_group_after_the_first_has_three_digits(amount):
    first, *groups = format_rupiah(amount).removeprefix("-").removeprefix("Rp").split(".")
    assert 1 <= len(first) <= 3
    assert all(len(group) == 3 and group.isdigit() for group in groups)


@given(AMOUNTS)
def test_a_whole_number_is_an_amount_as_it_is(amount):
    assert rupiah(amount) == amount


@pytest.mark.parametrize("wrong", [True, 500000.0, "500000", None])
def test_only_whole_numbers_are_amounts(wrong):
    with pytest.raises(InputError, match="whole number"):
        rupiah(wrong)


@pytest.mark.parametrize("wrong", ["", "500.000", "Rp", "Rp5.00", "Rp500,000", "Rp٥٠٠", "Rp1.5000"])
def test_other_texts_are_refused_by_name(wrong):
    with pytest.raises(InputError, match="is not an amount"):
        parse_rupiah(wrong)
