"""`cakra retention …`: how long what is kept is kept, erasing what is past its time, and keeping a case from it."""

from collections.abc import Mapping
from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.core.policy.kinds import RETENTION
from cakra.core.policy.retention import OF_CASES, RetentionClass, RetentionPolicy
from cakra.journey.retention import (
    Hold,
    RunSummary,
    count_due,
    list_holds,
    list_looks,
    place_hold,
    release_hold,
    run_all,
)
from cakra.kit.clock import now
from cakra.kit.console import say, say_table
from cakra.kit.ids import show_reference
from cakra.wiring.world import World

retention = App(name="retention", help="See how long what is kept is kept, erase what is past it, and hold cases.")
Reference = Annotated[str, Parameter(help="The case's reference.")]
Why = Annotated[str, Parameter(name="--why", help="Why; it is kept with the hold.")]
_MOST_LOOKS = 1000


@retention.command(name="list")
def show_classes() -> None:
    """List the classes with their times and grounds; to change one, draft the policy `retention`."""

    async def work(world: World) -> RetentionPolicy:
        return world.policies.nation(RETENTION, now())

    rows = [
        [rule.name.value, str(rule.span), "yes" if rule.certain else "to be confirmed", rule.source]
        for rule in in_world(work, "retention").rules.values()
    ]
    say_table("How long what is kept is kept", ["class", "time", "certain", "because"], rows)


@retention.command(name="held")
def show_held(*, username: ActingOfficer) -> None:
    """List the cases that are held, of the offices where the officer may hold them."""
    held = acting(username, "retention held", lambda world: list_holds(world.pool, by=username))
    columns = ["reference", "state", "since", "by", "why"]
    say_table("Held cases, which are not erased", columns, [_hold_row(one) for one in held])


def _hold_row(one: Hold) -> list[str]:
    since = one.placed_at.isoformat(" ", "seconds")
    return [show_reference(one.reference), one.state, since, one.placed_by, one.reason]


@retention.command
def run(
    *,
    dry_run: Annotated[bool, Parameter(negative="", help="Count what would be erased; change nothing.")] = False,
) -> None:
    """Erase everything that is past its time now, without waiting for a worker."""
    at = now()
    if dry_run:
        due = in_world(lambda world: count_due(world.pool, world.policies.nation(RETENTION, at), at), "retention")
        say_table("Would be erased", ["class", "cases"], [[name.value, str(count)] for name, count in due.items()])
        return

    async def work(world: World) -> RunSummary:
        return await run_all(world.pool, world.photos, world.policies.nation(RETENTION, at), at)

    summary = in_world(work, "retention")
    columns, rows = ["class", "erased"], [[name.value, str(count)] for name, count in summary.erased.items()]
    say_table("Erased", columns, rows)
    say(f"{_cases(summary.erased)} cases erased; {summary.pictures} pictures left the store or stay with another case.")


def _cases(erased: Mapping[RetentionClass, int]) -> int:
    return sum(erased[name] for name in OF_CASES)


@retention.command
def hold(reference: Reference, *, why: Why, username: ActingOfficer) -> None:
    """Keep a case from being erased; the password is asked for, or read from standard input."""
    acting(username, "retention hold", lambda world: place_hold(world.pool, reference, by=username, reason=why))
    say(f"{reference} is held; another person ends it with `cakra retention release`.")


@retention.command
def release(reference: Reference, *, why: Why, username: ActingOfficer) -> None:
    """End a hold, as a second person; the case is erased when its time is over."""
    acting(username, "retention release", lambda world: release_hold(world.pool, reference, by=username, reason=why))
    say(f"{reference} is held no longer.")


@retention.command(name="log")
def show_log(*, most: Annotated[int, Parameter(help="How many at most.")] = 50) -> None:
    """List what was erased, the newest look first; of looks that found nothing the newest of each class is kept."""
    found = in_world(lambda world: list_looks(world.pool, max(1, min(most, _MOST_LOOKS))), "retention")
    rows = [
        [
            one.at.isoformat(" ", "seconds"),
            one.which,
            one.cutoff.isoformat(" ", "minutes"),
            str(one.cases),
            str(one.photographs),
            str(one.bytes),
            f"{one.failed} ({one.problem})" if one.failed else "",
            one.ended_at.isoformat(" ", "seconds") if one.ended_at else "not ended",
        ]
        for one in found
    ]
    columns = ["at", "class", "older than", "erased", "photographs", "bytes", "failed", "ended"]
    say_table("Erasures", columns, rows)
