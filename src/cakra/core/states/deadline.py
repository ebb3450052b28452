"""Deadlines: until when the owner may answer or pay.

Practice and regulation name different numbers of days and different anchors, so each variant is a policy with its
source (`law/data/deadlines.toml`) and the citizen gets the latest date of all variants in use. No clock runs without
proof that the notice reached somebody, and a deadline never falls before the end of the day of that proof.
Days are calendar days; a deadline is the last moment of a day in the jurisdiction's zone, as a UTC instant.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

NATIONAL = "ID"
"""The jurisdiction whose policies hold where a regional police has none of its own."""


class Anchor(StrEnum):
    """The event from whose day the days are counted."""

    VIOLATION = "violation"
    VALIDATED = "validated"
    SENT = "sent"
    DELIVERED = "delivered"
    CODE_ISSUED = "code_issued"


LETTER_ANCHORS = frozenset({Anchor.VIOLATION, Anchor.VALIDATED})
CONFIRM_ANCHORS = frozenset({Anchor.VIOLATION, Anchor.SENT, Anchor.DELIVERED})
PAY_ANCHORS = frozenset({Anchor.VIOLATION, Anchor.CODE_ISSUED, Anchor.DELIVERED})


@dataclass(frozen=True, slots=True)
class DeadlinePolicy:
    """One variant of one jurisdiction; a later `effective_from` of the same variant replaces it."""

    jurisdiction: str
    variant: str
    effective_from: date
    in_use: bool
    """False: kept on file because a source names it, not applied."""
    zone: ZoneInfo
    letter_days: int
    letter_anchor: Anchor
    confirm_days: int
    confirm_anchor: Anchor
    pay_days: int
    pay_anchor: Anchor
    block_grace_days: int
    source: str


def policies_for(policies: Iterable[DeadlinePolicy], jurisdiction: str, day: date) -> tuple[DeadlinePolicy, ...]:
    """The variants in use there on that day; the national ones where the jurisdiction has none at all."""
    begun = [policy for policy in policies if policy.effective_from <= day]
    own = [policy for policy in begun if policy.jurisdiction == jurisdiction]
    chosen = own or [policy for policy in begun if policy.jurisdiction == NATIONAL]
    newest = {policy.variant: policy for policy in sorted(chosen, key=lambda policy: policy.effective_from)}
    return tuple(policy for policy in newest.values() if policy.in_use)


def confirm_by(
    policies: Sequence[DeadlinePolicy],
    *,
    violation: datetime,
    sent: datetime | None,
    delivered: datetime | None,
) -> datetime | None:
    """Until when the owner may answer; None without proof of delivery (or without any policy)."""
    if delivered is None:
        return None
    moments = {Anchor.VIOLATION: violation, Anchor.SENT: sent, Anchor.DELIVERED: delivered}
    terms = [(policy.zone, policy.confirm_days, moments[policy.confirm_anchor]) for policy in policies]
    return _latest(terms, delivered)


def pay_by(
    policies: Sequence[DeadlinePolicy],
    *,
    violation: datetime,
    code_issued: datetime | None,
    delivered: datetime | None,
) -> datetime | None:
    """Until when the deposit may be paid; None before a code is issued and provably known to the owner.

    `delivered` is the proof for the *code*: shown on the portal, or its notice delivered.
    """
    if code_issued is None or delivered is None:
        return None
    moments = {Anchor.VIOLATION: violation, Anchor.CODE_ISSUED: code_issued, Anchor.DELIVERED: delivered}
    terms = [(policy.zone, policy.pay_days, moments[policy.pay_anchor]) for policy in policies]
    return _latest(terms, max(code_issued, delivered))


def end_of_day(moment: datetime, zone: ZoneInfo, days: int = 0) -> datetime:
    """The last microsecond of the local day `days` after that of `moment`, in UTC.

    Where clocks change at midnight a local time can exist twice or not at all: the later instant counts.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; instants are UTC")
    day = moment.astimezone(zone).date() + timedelta(days=days)
    readings = (datetime.combine(day, time.max.replace(fold=fold), zone) for fold in (0, 1))
    return max(reading.astimezone(UTC) for reading in readings)


def _latest(terms: Iterable[tuple[ZoneInfo, int, datetime | None]], known_since: datetime) -> datetime | None:
    dates = [
        max(end_of_day(anchor, zone, days), end_of_day(known_since, zone))
        for zone, days, anchor in terms
        if anchor is not None
    ]
    return max(dates, default=None)
