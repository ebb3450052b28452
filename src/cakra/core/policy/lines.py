"""The checks of kinds that are older than the editions: whether their rows fit the scope of an edition. Pure."""

from collections.abc import Iterator, Sequence

from cakra.core.delivery.ladder import Ladder, ladder_for
from cakra.core.delivery.reminders import ReminderPolicy
from cakra.core.errors import SetupError
from cakra.core.law.zones.oddeven import OddEvenZone
from cakra.core.policy.kind import ANY, Scope
from cakra.core.states.deadline import NATIONAL, DeadlinePolicy, policies_for
from cakra.core.states.notice import Purpose


def check_ladders(ladders: Sequence[Ladder], scope: Scope) -> Iterator[str]:
    """Rows of others, unknown offences, and a purpose that no row serves on the first day."""
    yield from scope.strangers(one.jurisdiction for one in ladders)
    yield from scope.unknown_offences(one.offence for one in ladders)
    for purpose in Purpose:
        try:
            ladder_for(ladders, scope.jurisdiction, purpose, (), scope.first)
        except SetupError:
            yield f"no row has begun for {purpose.value} on {scope.first}, the first day of the edition"


def check_reminders(reminders: Sequence[ReminderPolicy], scope: Scope) -> Iterator[str]:
    """Rows of others, unknown offences, and none that has begun on the first day."""
    yield from scope.strangers(one.jurisdiction for one in reminders)
    yield from scope.unknown_offences(one.offence for one in reminders)
    if not any(one.effective_from <= scope.first and one.offence == ANY for one in reminders):
        yield f"no row for every offence has begun on {scope.first}, the first day of the edition"


def check_deadlines(deadlines: Sequence[DeadlinePolicy], scope: Scope) -> Iterator[str]:
    """Rows of others, no variant in use on the first day, and one that gives nobody a day."""
    yield from scope.strangers(one.jurisdiction for one in deadlines)
    if not policies_for(deadlines, scope.jurisdiction, scope.first):
        place = scope.jurisdiction
        yield f"no policy of jurisdiction {place} is in use on {scope.first}; without one no deadline can be given"
    for one in deadlines:
        if one.in_use and 0 in {one.confirm_days, one.pay_days}:
            yield f"{one.jurisdiction} {one.variant} gives no day to answer or to pay; one is the least"


def check_zones(zones: Sequence[OddEvenZone], scope: Scope) -> Iterator[str]:
    """Zones of others, or of nobody."""
    yield from scope.strangers(one.jurisdiction for one in zones)
    for zone in zones:
        if zone.jurisdiction in {NATIONAL, ANY}:
            yield f"zone {zone.id} names no regional police: write the code of the one whose roads they are"
