"""`cakra policy …`: what the directorate decides for itself, in editions that two people make."""

import difflib
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.core.errors import InputError
from cakra.core.policy.editions import Edition, read_label
from cakra.core.policy.kind import LONGEST
from cakra.core.states.deadline import NATIONAL
from cakra.journey.screening.deciding.again import Decided, decided_under
from cakra.kit.clock import now
from cakra.kit.console import err, say, say_table, without_commands
from cakra.kit.ids import read_reference
from cakra.store.policies import Draft, PolicyDesk, WrittenEdition
from cakra.wiring.policies import KINDS, policy_desk
from cakra.wiring.world import World

policy = App(name="policy", help="See what holds where, and draft and approve what is to hold.")
Which = Annotated[
    str, Parameter(help="KIND, KIND:JURISDICTION or KIND:JURISDICTION/EDITION, as automation:PMJ/3 or ladder:ID/0.")
]


@policy.command(name="list")
def show_list(
    kind: Annotated[str | None, Parameter(help="One kind only.")] = None,
    *,
    drafts: Annotated[bool, Parameter(negative="", help="Only what waits for a second person.")] = False,
) -> None:
    """List the kinds, and every edition and draft; of each kind the packaged file is edition 0 of the nation."""

    async def work(world: World) -> list[WrittenEdition]:
        return await _desk(world).written(kind)

    found = [one for one in in_world(work, "policy") if not (drafts and one.approved_by)]
    if not drafts:
        kinds = [one for one in KINDS if kind in {None, one.name}]
        say_table("Kinds", ["kind", "what it says"], [[one.name, one.about] for one in kinds])
    columns = ["policy", "from", "drafted by", "approved by"]
    rows = [[one.label, str(one.valid_from), one.drafted_by, one.approved_by or "(a draft)"] for one in found]
    say_table("Editions", columns, rows)


@policy.command
def show(which: Which) -> None:
    """Print an edition or draft; without a number the one in force there today."""

    async def work(world: World) -> WrittenEdition:
        return await _find(world, which)

    found = in_world(work, "policy")
    say(f"# {found.label}, {_standing(found)}")
    say(found.content.rstrip("\n"))


@policy.command
def diff(
    which: Which,
    other: Annotated[str | None, Parameter(help="Against this one; what it takes the place of when left out.")] = None,
) -> None:
    """Show what an edition or draft changes, line by line."""

    async def work(world: World) -> tuple[WrittenEdition, WrittenEdition]:
        new = await _find(world, which)
        return await (_find(world, other) if other else _before(world, new)), new

    old, new = in_world(work, "policy")
    lines = difflib.unified_diff(
        old.content.splitlines(), new.content.splitlines(), old.label, new.label, lineterm="", n=3
    )
    say("\n".join(lines) or f"{old.label} and {new.label} say the same.")


@policy.command(name="of")
def show_of(
    reference: Annotated[str, Parameter(help="The reference as it stands on the message.")], *, username: ActingOfficer
) -> None:
    """Show under which editions a case was decided, and its screenings judged again by these, whatever holds now.

    That the case was read is recorded. The password is asked for, or read from standard input.
    """
    cell, canonical = read_reference(reference)

    async def work(world: World) -> list[Decided]:
        return await decided_under(world.pool, world.policies, cell, canonical, by=username)

    rows = [
        [f"{one.at:%Y-%m-%d %H:%M:%S}Z", one.what, one.editions or "(not kept)", one.verdict or "", one.again or ""]
        for one in acting(username, "policy of", work)
    ]
    say_table("Decided under", ["at", "what", "editions", "verdict", "judged again"], rows)


@policy.command
def draft(
    kind: Annotated[str, Parameter(help="Which kind; `cakra policy list` names them.")],
    file: Annotated[Path, Parameter(help="TOML as the packaged file: `cakra policy show KIND` prints one.")],
    *,
    since: Annotated[str, Parameter(name="--from", help="First local day, as 2026-12-24; of a case, its violation's.")],
    username: ActingOfficer,
    jurisdiction: Annotated[str, Parameter(help="Whose; ID is the nation.")] = NATIONAL,
) -> None:
    """Keep a draft; nothing changes until a second person approves it. The password is asked for."""
    wanted = Draft(kind, jurisdiction, _day(since), _text(file))
    made, faults = acting(username, "policy draft", lambda world: _desk(world).draft(wanted, username))
    say(f"{made.label} is drafted, {_standing(made)}; `cakra policy approve {made.label}` is a second person's.")
    if faults:
        told = without_commands("\n- ".join(faults))
        sentence = f"It cannot be approved as it stands:\n- {told}"
        err.print(sentence, style="yellow", markup=False, highlight=False, soft_wrap=True)


@policy.command
def approve(which: Which, *, username: ActingOfficer) -> None:
    """Put somebody else's draft in force from its day on, never to be changed again. The password is asked for."""
    kind, jurisdiction, edition = read_label(which)
    if edition is None:
        raise InputError(
            f"{which} names no edition; write {kind}:{jurisdiction}/NUMBER, as `cakra policy list` shows it."
        )
    made = acting(username, "policy approve", lambda world: _desk(world).approve(kind, jurisdiction, edition, username))
    say(f"{made.label} is approved, {_standing(made)}.")


def _desk(world: World) -> PolicyDesk:
    return policy_desk(world.pool, world.policies, world.law)


async def _find(world: World, which: str) -> WrittenEdition:
    desk = _desk(world)
    kind, jurisdiction, edition = read_label(which)
    desk.kind(kind)
    if edition is not None:
        return await desk.find(kind, jurisdiction, edition)
    desk.require_place(jurisdiction)
    day = world.policies.day_of(jurisdiction, now())
    return await _written(desk, world.policies.editions.edition(kind, jurisdiction, day))


async def _before(world: World, new: WrittenEdition) -> WrittenEdition:
    """What holds there on the first day of `new`, were it not there."""
    return await _written(_desk(world), world.policies.editions.replaced(new.kind, new.jurisdiction, new.valid_from))


async def _written(desk: PolicyDesk, edition: Edition) -> WrittenEdition:
    return await desk.find(edition.kind, edition.jurisdiction, edition.number)


def _standing(one: WrittenEdition) -> str:
    if not one.edition:
        return "packaged"
    return f"{'in force' if one.approved_by else 'a draft'} from {one.valid_from} on"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as problem:
        raise InputError(f"--from: {text!r} is no day; write it as 2026-12-24.") from problem


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            raw = opened.read(4 * LONGEST + 1)
        return raw.decode("utf-8-sig")
    except OSError as problem:
        raise InputError(f"{file} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise InputError(f"{file} is no UTF-8 text: {problem.reason} at byte {problem.start}.") from problem
