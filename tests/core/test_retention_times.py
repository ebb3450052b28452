"""From when a case may be erased: never before its class's time, never while somebody holds it or owes it something."""

import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.errors import SetupError
from cakra.core.policy.kind import Scope
from cakra.core.policy.kinds import RETENTION
from cakra.core.policy.retention import (
    OF_CASES,
    OF_RECORDS,
    KeptCase,
    RetentionClass,
    RetentionPolicy,
    RetentionRule,
    Span,
    class_of,
    erasable_from,
    parse_retention,
    states_of,
)
from cakra.core.states.deadline import NATIONAL
from cakra.core.states.journey import FINAL, State
from cakra.kit.resources import read_package_text

C = RetentionClass
PACKAGED = read_package_text("cakra.core.policy", "data/retention.toml")
instants = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - UTC is added
spans = st.one_of(st.builds(Span, days=st.integers(1, 36_500)), st.builds(Span, years=st.integers(1, 100)))
kept = st.builds(KeptCase, st.sampled_from(State), instants, st.booleans(), st.booleans(), st.booleans(), st.booleans())


@st.composite
def policies(draw):
    return RetentionPolicy({name: RetentionRule(name, draw(spans), certain=False, source="x") for name in C})


@given(policies(), kept)
def test_nothing_is_erased_before_the_time_of_its_class(policy, case):
    start = erasable_from(policy, case)
    if start is None:
        return
    which = class_of(case.state, told=case.told, charged=case.charged)
    span = policy.span(which)
    assert start == span.after(case.since)
    assert start - case.since >= timedelta(days=span.days + span.years * 365)


@given(policies(), kept)
def test_what_is_held_or_still_moves_is_never_erased(policy, case):
    assert erasable_from(policy, replace(case, held=True)) is None
    assert erasable_from(policy, replace(case, waits=True)) is None


@given(spans, instants)
def test_the_bound_that_statements_use_is_never_early_and_late_by_a_day_at_most(span, at):
    bound = span.before(at)
    assert span.after(bound) <= at
    assert span.after(bound + timedelta(days=2)) > at


@pytest.mark.parametrize(
    ("state", "told", "charged", "expected"),
    [
        (State.REJECTED, False, False, C.REJECTED),
        (State.REJECTED, True, False, C.WITHDRAWN),
        (State.DIVERTED, False, False, C.DIVERTED),
        (State.WITHDRAWN, False, False, C.REJECTED),
        (State.WITHDRAWN, True, True, C.WITHDRAWN),
        (State.LAPSED, True, False, C.UNANSWERED),
        (State.LAPSED, True, True, C.UNPAID),
        (State.UNDELIVERABLE, True, False, C.UNANSWERED),
        (State.CLOSED, True, True, C.SETTLED),
        (State.REFUNDED, True, True, C.SETTLED),
        (State.FORFEITED, True, True, C.SETTLED),
        (State.REVIEW, False, False, None),
        (State.BLOCKED, True, False, None),
        (State.PAID, True, True, None),
        (State.REFUND_DUE, True, True, None),
        (State.NOTIFIED, True, False, None),
    ],
)
def test_the_class_of_a_case(state, told, charged, expected):
    assert class_of(state, told=told, charged=charged) is expected


def test_every_final_state_has_a_class_whatever_happened_before():
    for state, told, charged in product(FINAL, (False, True), (False, True)):
        assert class_of(state, told=told, charged=charged) in OF_CASES


def test_each_class_of_cases_is_found_by_its_states():
    assert {which: set(states_of(which)) for which in OF_CASES} == {
        C.REJECTED: {State.REJECTED, State.WITHDRAWN},
        C.DIVERTED: {State.DIVERTED},
        C.WITHDRAWN: {State.REJECTED, State.DIVERTED, State.WITHDRAWN},
        C.UNANSWERED: {State.LAPSED, State.UNDELIVERABLE},
        C.UNPAID: {State.LAPSED, State.UNDELIVERABLE},
        C.SETTLED: {State.CLOSED, State.REFUNDED, State.FORFEITED},
    }
    assert not any(states_of(which) for which in OF_RECORDS)
    assert set(OF_CASES) | set(OF_RECORDS) == set(C)


def test_the_packaged_times():
    policy = parse_retention(PACKAGED)
    assert {str(name): str(rule.span) for name, rule in policy.rules.items()} == {
        "rejected": "7 days",
        "diverted": "30 days",
        "withdrawn": "1 year",
        "unanswered": "1 year",
        "unpaid": "3 years",
        "settled": "1 year",
        "payment": "10 years",
        "staff_log": "5 years",
        "agreement": "2 years",
        "run": "10 years",
    }
    assert [name for name, rule in policy.rules.items() if rule.certain] == [C.PAYMENT]


def test_a_leap_day_and_the_end_of_time():
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert Span(years=1).after(leap) == datetime(2029, 3, 1, 12, tzinfo=UTC)
    assert Span(years=4).after(leap) == datetime(2032, 2, 29, 12, tzinfo=UTC)
    assert Span(years=1).before(leap) == datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert Span(years=4).before(leap) == datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert Span(days=1).after(leap) == datetime(2028, 3, 1, 12, tzinfo=UTC)
    far = datetime.max.replace(tzinfo=UTC)
    assert Span(days=1).after(far) == Span(years=1).after(far) == far
    assert Span(years=100).before(datetime(50, 1, 1, tzinfo=UTC)) == datetime.min.replace(tzinfo=UTC)
    assert Span(days=36_500).before(datetime(50, 1, 1, tzinfo=UTC)) == datetime.min.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("days = 7", "days = 0", "whole number from 1 to 36500"),
        ("days = 7", "days = 7.5", "whole number"),
        ("days = 7", "days = true", "whole number"),
        ("days = 7", "days = 36501", "whole number"),
        ("years = 3", "years = 101", "whole number from 1 to 100"),
        ("days = 7", "days = 7\nyears = 1", "either days or years"),
        ("days = 7", "", "either days or years"),
        ("days = 7", "days = 7\nhours = 3", "unknown key: hours"),
        ('name = "rejected"', 'name = "rejects"', "names no class"),
        ('name = "rejected"', 'name = ["rejected"]', "names no class"),
        ('name = "rejected"', 'name = "diverted"', "names a class twice"),
        ("certain = true", "certain = 1", "its source"),
        ('source = "National', 'source = "" # "', "its source"),
        ("years = 10\ncertain = true", "years = 2\ncertain = true", "payment (2 years) must not end before unpaid"),
        ("days = 7", "years = 2", "withdrawn (1 year) must not end before rejected"),
        ("[[class]]", "[[clas]]", "clas is not a known key"),
        ("[[class]]", "[class", "cannot be read"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_with_a_sentence(before, after, sentence):
    assert before in PACKAGED
    with pytest.raises(SetupError) as refused:
        parse_retention(PACKAGED.replace(before, after, 1))
    assert sentence in refused.value.sentence


@pytest.mark.parametrize("text", ["", "class = 3", "class = [3]", 'class = "x"'])
def test_a_file_without_classes_is_refused(text):
    with pytest.raises(SetupError, match="cannot be read"):
        parse_retention(text)


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(SetupError):
        parse_retention(text)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            "years = 10\ncertain = true",
            "years = 9\ncertain = true",
            "payment is kept 9 years, and 10 years is the least",
        ),
        ('"staff_log"\nyears = 5', '"staff_log"\ndays = 300', "staff_log is kept 300 days, and 1 year is the least"),
    ],
)
def test_an_edition_below_what_a_standard_asks_is_refused_with_a_sentence(before, after, sentence):
    scope = Scope(NATIONAL, date(2027, 1, 1), ())
    assert RETENTION.faults(PACKAGED, scope) == []
    assert before in PACKAGED
    assert RETENTION.faults(PACKAGED.replace(before, after), scope) == [sentence]


def test_a_wrong_row_is_named_by_its_place_and_each_time_has_a_bound() -> None:
    def wrong(time):
        with pytest.raises(SetupError) as refused:
            parse_retention(PACKAGED.replace("days = 7", time))
        return refused.value.sentence

    assert parse_retention(PACKAGED.replace("days = 30", "days = 36500")).span(C.DIVERTED) == Span(days=36_500)
    assert wrong("days = 36501") == "Row 1 of the retention times: days must be a whole number from 1 to 36500."
    assert "years must be a whole number from 1 to 100" in wrong("years = 101")
    assert "whole number from 1" in wrong("days = 0")
    assert "either days or years" in wrong("days = 7\nyears = 1")
    with pytest.raises(SetupError, match="no list of"):
        parse_retention('class = [{name = "rejected"}, 3]')


def test_what_must_not_end_earlier_may_end_on_the_same_day() -> None:
    assert parse_retention(PACKAGED.replace("days = 7", "years = 1")).span(C.REJECTED) == Span(years=1)


def test_a_case_that_nobody_holds_and_nothing_waits_for_is_erased() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    case = KeptCase(State.REJECTED, at, told=False, charged=False)
    assert (case.waits, case.held) == (False, False)
    assert erasable_from(parse_retention(PACKAGED), case) == at + timedelta(days=7)


def test_a_year_is_at_least_three_hundred_and_sixty_five_days() -> None:
    scope = Scope(NATIONAL, date(2027, 1, 1), ())

    def told(days):
        return RETENTION.faults(PACKAGED.replace('"staff_log"\nyears = 5', f'"staff_log"\ndays = {days}'), scope)

    assert told(365) == []
    assert told(364) == ["staff_log is kept 364 days, and 1 year is the least"]
    with pytest.raises(SetupError, match=r"withdrawn \(1 year\) must not end before rejected \(366 days\)"):
        parse_retention(PACKAGED.replace("days = 7", "days = 366"))


def test_a_time_is_days_or_years_alone() -> None:
    assert (Span(years=3), Span(days=7)) == (Span(0, 3), Span(7, 0))
