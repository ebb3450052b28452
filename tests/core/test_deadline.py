from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.law_texts import packaged_deadlines

from cakra.core.law.deadlines import parse_deadline_policies
from cakra.core.law.lawtext import LawDataInvalid
from cakra.core.states.deadline import (
    CONFIRM_ANCHORS,
    PAY_ANCHORS,
    Anchor,
    DeadlinePolicy,
    confirm_by,
    end_of_day,
    pay_by,
    policies_for,
)
from policy_kit import book_of, packaged

JAKARTA = ZoneInfo("Asia/Jakarta")
# Zones with daylight saving, changes at midnight, odd offsets, and one that skipped a whole day in 2011.
ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Jakarta",
        "Asia/Makassar",
        "Asia/Jayapura",
        "Europe/Amsterdam",
        "America/Sao_Paulo",
        "America/Havana",
        "Asia/Kathmandu",
        "Pacific/Apia",
    )
]
NAIVE = [datetime(year, 1, 1) for year in (2009, 2040)]  # noqa: DTZ001 - hypothesis adds the zone
MOMENTS = st.datetimes(min_value=NAIVE[0], max_value=NAIVE[1], timezones=st.just(UTC))
DAYS = st.integers(min_value=0, max_value=60)
PMJ = policies_for(packaged_deadlines(), "PMJ", date(2026, 11, 2))


def jakarta(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA).astimezone(UTC)


def policy(confirm=Anchor.VIOLATION, pay=Anchor.VIOLATION, *, days=8, zone=JAKARTA, **changes) -> DeadlinePolicy:
    values = {
        "jurisdiction": "ID",
        "variant": f"{confirm}-{pay}-{days}",
        "effective_from": date(2020, 1, 1),
        "in_use": True,
        "zone": zone,
        "letter_days": 3,
        "letter_anchor": Anchor.VALIDATED,
        "confirm_days": days,
        "confirm_anchor": confirm,
        "pay_days": days,
        "pay_anchor": pay,
        "block_grace_days": 3,
        "source": "test",
    }
    return DeadlinePolicy(**{**values, **changes})


POLICIES = st.lists(
    st.builds(
        policy,
        st.sampled_from(sorted(CONFIRM_ANCHORS)),
        st.sampled_from(sorted(PAY_ANCHORS)),
        days=DAYS,
        zone=st.sampled_from(ZONES),
    ),
    min_size=1,
    max_size=5,
)


@given(MOMENTS, st.sampled_from(ZONES), DAYS)
def test_a_deadline_is_never_before_the_end_of_its_anchors_day(moment, zone, days):
    end = end_of_day(moment, zone, days)
    assert end >= moment
    assert end >= end_of_day(moment, zone)
    following = datetime.combine(moment.astimezone(zone).date() + timedelta(days=days + 1), time(3), zone)
    assert end < following.astimezone(UTC)


@given(MOMENTS, MOMENTS, st.sampled_from(ZONES), DAYS)
def test_a_later_anchor_never_gives_an_earlier_deadline(one, other, zone, days):
    earlier, later = sorted((one, other))
    assert end_of_day(earlier, zone, days) <= end_of_day(later, zone, days)


@given(MOMENTS, st.sampled_from(ZONES[:3]), DAYS)
def test_in_indonesia_it_is_the_last_microsecond_of_the_local_day(moment, zone, days):
    local = end_of_day(moment, zone, days).astimezone(zone)
    assert local.time() == time.max
    assert local.date() - moment.astimezone(zone).date() == timedelta(days=days)


@pytest.mark.parametrize(
    ("moment", "days", "expected"),
    [
        ("2024-02-21T09:46:54", 8, "2024-02-29T23:59:59.999999"),
        ("2024-02-29T23:59:59", 1, "2024-03-01T23:59:59.999999"),
        ("2023-02-21T00:00:00", 8, "2023-03-01T23:59:59.999999"),
        ("2026-12-31T23:30:00", 8, "2027-01-08T23:59:59.999999"),
    ],
)
def test_days_are_counted_on_jakartas_calendar(moment, days, expected):
    assert end_of_day(jakarta(moment), JAKARTA, days) == jakarta(expected)


def test_the_extra_hour_of_a_change_at_midnight_is_the_citizens():
    # Sao Paulo's clocks fell back from 24:00 to 23:00 on 2018-02-17: that day's last hour came twice.
    zone = ZoneInfo("America/Sao_Paulo")
    noon = datetime(2018, 2, 17, 12, tzinfo=zone)
    assert end_of_day(noon, zone) == datetime(2018, 2, 18, 2, 59, 59, 999999, tzinfo=UTC)


@given(POLICIES, MOMENTS, DAYS, DAYS)
def test_the_citizen_gets_the_latest_of_all_variants(policies, violation, sent_after, delivered_after):
    sent = violation + timedelta(days=sent_after)
    delivered = sent + timedelta(days=delivered_after)
    moments = {"violation": violation, "sent": sent, "delivered": delivered}
    deadline = confirm_by(policies, **moments)
    single = [confirm_by([one], **moments) for one in policies]
    assert deadline == max(single)
    for one in policies:
        assert deadline >= end_of_day(delivered, one.zone)
        assert deadline >= end_of_day(moments[one.confirm_anchor], one.zone, one.confirm_days)


@given(POLICIES, MOMENTS, DAYS, DAYS)
def test_no_proof_no_clock(policies, violation, sent_after, issued_after):
    sent, issued = violation + timedelta(days=sent_after), violation + timedelta(days=issued_after)
    assert confirm_by(policies, violation=violation, sent=sent, delivered=None) is None
    assert pay_by(policies, violation=violation, code_issued=issued, delivered=None) is None
    assert pay_by(policies, violation=violation, code_issued=None, delivered=sent) is None


@given(POLICIES, MOMENTS, DAYS, DAYS, DAYS)
def test_later_proof_never_shortens_the_time_to_pay(policies, violation, issued_after, first, more):
    issued = violation + timedelta(days=issued_after)
    early = issued + timedelta(days=first)
    late = early + timedelta(days=more)
    one = pay_by(policies, violation=violation, code_issued=issued, delivered=early)
    other = pay_by(policies, violation=violation, code_issued=issued, delivered=late)
    assert early <= one <= other
    assert other >= late


def test_a_notice_of_the_same_minute_leaves_eight_and_fifteen_days():
    violation = jakarta("2026-11-02T09:46:54")
    told = violation + timedelta(seconds=50)
    assert confirm_by(PMJ, violation=violation, sent=told, delivered=told) == jakarta("2026-11-10T23:59:59.999999")
    issued = jakarta("2026-11-03T08:00:00")
    paid_until = pay_by(PMJ, violation=violation, code_issued=issued, delivered=issued)
    assert paid_until == jakarta("2026-11-17T23:59:59.999999")


def test_a_letter_that_took_weeks_takes_no_days_away():
    violation, delivered = jakarta("2026-11-02T09:00:00"), jakarta("2026-11-25T15:00:00")
    assert confirm_by(PMJ, violation=violation, sent=violation, delivered=delivered) == jakarta(
        "2026-12-03T23:59:59.999999"
    )


def test_a_jurisdiction_with_its_own_policies_uses_only_those():
    day = date(2026, 11, 2)
    own = policies_for(packaged_deadlines(), "kendari", day)
    assert {one.jurisdiction for one in own} == {"kendari"}
    assert {one.jurisdiction for one in PMJ} == {"ID"}
    assert all(one.in_use for one in PMJ)


@given(st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1)))
def test_a_newer_entry_of_a_variant_replaces_the_older_from_its_day(day):
    old = policy(variant="v")
    new = policy(variant="v", effective_from=date(2026, 1, 2), confirm_days=14)
    assert policies_for([new, old], "PMJ", day) == ((new,) if day >= date(2026, 1, 2) else (old,))


def test_a_variant_taken_out_of_use_no_longer_counts():
    retired = policy(variant="v", effective_from=date(2026, 1, 2), in_use=False)
    assert policies_for([policy(variant="v"), retired], "PMJ", date(2026, 1, 2)) == ()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('confirm_anchor = "sent"', 'confirm_anchor = "code_issued"'), "confirm_anchor = code_issued is not one of"),
        (('zone = "Asia/Jakarta"', 'zone = "Asia/Batavia"'), "zone 'Asia/Batavia' is not a known time zone"),
        (("confirm_days = 8", "confirm_days = -8"), "confirm_days = -8 is not zero or more"),
        (("pay_days = 15", "pay_day = 15"), "pay_day is not a known key"),
        (('variant = "from_letter"', 'variant = "from_violation"'), "has variant from_violation twice"),
        (('source = "City police', 'surce = "City police'), "source is missing"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_fault(change, complaint):
    text = packaged()["deadlines"]
    assert change[0] in text
    with pytest.raises(LawDataInvalid, match=complaint):
        parse_deadline_policies(text.replace(*change))


def test_a_moment_without_zone_is_a_programming_error():
    with pytest.raises(ValueError, match="no time zone"):
        end_of_day(NAIVE[0], JAKARTA)


EVENTS = {"violation": "2026-11-02T09:00:00", "sent": "2026-11-05T09:00:00", "delivered": "2026-11-07T09:00:00"}


@pytest.mark.parametrize(
    ("anchor", "until"),
    [(Anchor.VIOLATION, "2026-11-12"), (Anchor.SENT, "2026-11-15"), (Anchor.DELIVERED, "2026-11-17")],
)
def test_days_to_answer_are_counted_from_their_own_anchor(anchor, until):
    moments = {name: jakarta(text) for name, text in EVENTS.items()}
    assert confirm_by([policy(anchor, days=10)], **moments) == jakarta(f"{until}T23:59:59.999999")


@pytest.mark.parametrize(
    ("anchor", "until"),
    [(Anchor.VIOLATION, "2026-11-12"), (Anchor.CODE_ISSUED, "2026-11-15"), (Anchor.DELIVERED, "2026-11-17")],
)
def test_days_to_pay_are_counted_from_their_own_anchor(anchor, until):
    moments = {"violation": jakarta(EVENTS["violation"]), "code_issued": jakarta(EVENTS["sent"])}
    found = pay_by([policy(pay=anchor, days=10)], delivered=jakarta(EVENTS["delivered"]), **moments)
    assert found == jakarta(f"{until}T23:59:59.999999")


def test_a_variant_whose_anchor_did_not_happen_gives_no_deadline():
    moments = {"violation": jakarta(EVENTS["violation"]), "sent": None, "delivered": jakarta(EVENTS["delivered"])}
    assert confirm_by([policy(Anchor.SENT)], **moments) is None
    by_violation = confirm_by([policy(Anchor.SENT), policy(Anchor.VIOLATION)], **moments)
    assert by_violation == jakarta("2026-11-10T23:59:59.999999")


@pytest.mark.parametrize(("issued", "known"), [("2026-11-02", "2026-11-20"), ("2026-11-20", "2026-11-02")])
def test_no_deadline_to_pay_is_before_the_day_the_code_was_issued_and_known(issued, known):
    found = pay_by(
        [policy(pay=Anchor.VIOLATION, days=1)],
        violation=jakarta("2026-11-01T09:00:00"),
        code_issued=jakarta(f"{issued}T09:00:00"),
        delivered=jakarta(f"{known}T09:00:00"),
    )
    assert found == jakarta("2026-11-20T23:59:59.999999")


@pytest.mark.parametrize(
    ("zone", "first_hour"),
    [
        ("Asia/Jakarta", "2026-01-01T17:00:00"),
        ("Asia/Makassar", "2026-01-01T16:00:00"),
        ("Asia/Jayapura", "2026-01-01T15:00:00"),
    ],
)
def test_the_law_changes_at_midnight_of_the_place(zone, first_hour):
    old, new = policy(variant="v"), policy(variant="v", effective_from=date(2026, 1, 2), confirm_days=14)
    book = book_of()
    book.renew(book.editions, {"PMJ": ZoneInfo(zone)})
    first = datetime.fromisoformat(first_hour).replace(tzinfo=UTC)
    for late, chosen in ((-1, old), (0, new), (7 * 3600 - 1, new)):
        day = book.day_of("PMJ", first + timedelta(seconds=late))
        assert policies_for((old, new), "PMJ", day) == (chosen,)
