"""Prices: what a file may say, what a message costs, and that the order of receipts never changes it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cakra.core.delivery.tariff import MICRO, micro_rupiah, parse_tariffs, whole_rupiah
from cakra.core.errors import SetupError
from cakra.core.ports import Action, Channel, SendResult, SendState

ROW = """
[[tariff]]
channel = "{channel}"
{more}
effective_from = {since}
rupiah = {rupiah}
charged_when = "{charged}"
confirmed = true
source = "contract"
"""
AT = datetime(2026, 11, 2, 3, tzinfo=UTC)


def row(channel="whatsapp", since="2026-01-01", rupiah="356.65", charged="delivered", more=""):
    return ROW.format(channel=channel, since=since, rupiah=rupiah, charged=charged, more=more)


def whatsapp(*rows):
    return parse_tariffs("".join(rows)).of(Channel.WHATSAPP, category="utility")


def test_a_price_has_fractions_of_a_rupiah_and_no_float_touches_it():
    assert whatsapp(row()).estimate(AT) == 356_650_000


@given(st.integers(0, 10**15))
def test_a_written_price_is_read_back_exactly(micro):
    assert micro_rupiah(Decimal(micro) / MICRO) == micro


@given(st.integers(-(10**18), 10**18))
def test_rounding_is_never_off_by_more_than_half_a_rupiah(micro):
    assert abs(whole_rupiah(micro) * MICRO - micro) * 2 <= MICRO
    assert whole_rupiah(-micro) == -whole_rupiah(micro)


@pytest.mark.parametrize("amount", ["-1", "0.0000001", "abc", True, None, "NaN", "Infinity"])
def test_what_is_no_price_is_refused(amount):
    with pytest.raises(ValueError, match=r"rupiah"):
        micro_rupiah(amount)


def test_the_newest_row_that_has_begun_in_jakarta_counts():
    tariff = whatsapp(row(rupiah="300"), row(since="2026-11-02", rupiah="400"))
    assert tariff.estimate(datetime(2026, 11, 1, 16, 59, tzinfo=UTC)) == 300 * MICRO
    assert tariff.estimate(datetime(2026, 11, 1, 17, 0, tzinfo=UTC)) == 400 * MICRO
    assert tariff.estimate(datetime(2025, 12, 1, tzinfo=UTC)) == 0


def test_a_row_for_the_category_comes_before_one_for_any():
    tariffs = parse_tariffs(row(rupiah="900") + row(rupiah="330", more='category = "utility"'))
    assert tariffs.of(Channel.WHATSAPP, category="utility").estimate(AT) == 330 * MICRO
    assert tariffs.of(Channel.WHATSAPP, category="marketing").estimate(AT) == 900 * MICRO
    assert tariffs.of(Channel.EMAIL).estimate(AT) == 0


def test_further_pages_cost_their_own_price():
    letter = parse_tariffs(row("letter", rupiah="8500", charged="accepted", more="rupiah_further = 350"))
    tariff = letter.of(Channel.LETTER)
    assert [tariff.estimate(AT, pages) for pages in (1, 2, 3)] == [8500 * MICRO, 8850 * MICRO, 9200 * MICRO]
    assert tariff.estimate(AT) == 8500 * MICRO, "one page where nothing is said"
    assert whatsapp(row()).estimate(AT, 2) == 356_650_000, "no price for more where none is named"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tariff = 1", "cannot be read"),
        ("", "cannot be read"),
        (row(charged="sometimes"), "Tariff 1 is not complete or not understood: KeyError\\('sometimes'\\)"),
        (row() + row("pigeon"), "Tariff 2"),
        (row(rupiah='"much"'), "Tariff 1.*much"),
        (row() + row(), "Two tariffs hold for whatsapp"),
    ],
)
def test_a_wrong_file_names_its_row(text, words):
    with pytest.raises(SetupError, match=words):
        parse_tariffs(text)


WORDS = st.lists(
    st.one_of(
        st.just(("answer", None)),
        st.tuples(st.sampled_from(["sent", "failed", "delivered", "read"]), st.sampled_from([None, True, False])),
    ),
    min_size=1,
    max_size=4,
    unique=True,
)
RANK = {None: 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4}


def told(tariff, words):
    """The cost after words that come one by one."""
    known, taken, proof, billable = None, False, None, None
    for word, pricing in words:
        taken |= word == "answer"
        if word != "answer":
            proof = max(proof, word, key=RANK.__getitem__)
            billable = False if False in {billable, pricing} else billable or pricing
        known = tariff.cost(known, AT, taken=taken, proof=proof, billable=billable)
    return known


@given(WORDS, st.sampled_from(["accepted", "delivered"]))
@example([("sent", None), ("failed", None)], "accepted")
@example([("failed", None), ("sent", None)], "delivered")
def test_the_order_of_answer_and_receipts_never_changes_the_cost(words, charged):
    tariff = whatsapp(row(charged=charged))
    costs = {told(tariff, order) for order in permutations(words)}
    assert len(costs) == 1, costs
    assert costs <= {0, 356_650_000}


def test_the_days_of_a_month_are_those_of_the_books():
    tariff = parse_tariffs(row()).rows[0]
    assert (tariff.effective_from, tariff.confirmed) == (date(2026, 1, 1), True)


@pytest.mark.parametrize("charged", ["accepted", "delivered"])
def test_a_message_that_failed_costs_what_the_provider_says_of_it(charged):
    tariff = whatsapp(row(charged=charged))
    for known in (None, 356_650_000):
        assert tariff.cost(known, AT, taken=True, proof="failed", billable=True) == 356_650_000
        assert tariff.cost(known, AT, taken=True, proof="failed", billable=False) == 0
    unsaid = tariff.cost(None, AT, taken=True, proof="failed", billable=None)
    assert unsaid == (0 if charged == "delivered" else 356_650_000)


def test_a_providers_own_price_comes_before_one_for_any():
    own = row(rupiah="99", more='provider = "infobip"')
    tariffs = parse_tariffs(row() + own + row(rupiah="7", more='category = "utility"'))
    assert tariffs.of(Channel.WHATSAPP, "infobip", "utility").estimate(AT) == 99 * MICRO
    assert tariffs.of(Channel.WHATSAPP, "infobip").estimate(AT) == 99 * MICRO
    assert tariffs.of(Channel.WHATSAPP, "another").estimate(AT) == 356_650_000


def test_a_price_that_is_known_of_a_message_is_not_estimated_again():
    tariff = whatsapp(row(charged="accepted"))
    assert tariff.cost(5, AT, taken=True, proof="delivered", billable=None) == 5


def test_an_answer_costs_what_was_taken_and_no_refusal_costs_anything():
    tariff = parse_tariffs(row("letter", rupiah="8500", more="rupiah_further = 350")).of(Channel.LETTER)
    assert tariff.charged(SendResult(SendState.ACCEPTED, Action.NONE, units=3), AT) == 9200 * MICRO
    for state in set(SendState) - {SendState.ACCEPTED}:
        assert tariff.charged(SendResult(state, Action.WAIT, units=3), AT) is None


def test_what_nobody_took_costs_what_was_known_of_it():
    tariff = whatsapp(row())
    assert tariff.cost(None, AT, taken=False, proof=None, billable=None) is None
    assert tariff.cost(5, AT, taken=False, proof=None, billable=None) == 5


@pytest.mark.parametrize(
    ("micro", "rupiah"),
    [
        (0, 0),
        (499_999, 0),
        (500_000, 1),
        (1_499_999, 1),
        (1_500_000, 2),
        (-499_999, 0),
        (-500_000, -1),
        (-1_500_000, -2),
    ],
)
def test_half_a_rupiah_is_rounded_away_from_zero(micro, rupiah):
    assert whole_rupiah(micro) == rupiah
