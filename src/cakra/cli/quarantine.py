"""`cakra quarantine …`: what doors set aside, shown masked, tried again, or dropped, each in an officer's name."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.journey.intake import QuarantineDesk
from cakra.kit.clock import now
from cakra.kit.console import say, say_table
from cakra.wiring.cameras.quarantine import quarantine_desk
from cakra.wiring.world import World

T = TypeVar("T")
quarantine = App(name="quarantine", help="See what doors set aside, try it again, or drop it.")
Number = Annotated[int, Parameter(help="The number, as `cakra quarantine list` and the refusal tell it.")]


def at_desk(work: Callable[[QuarantineDesk], Awaitable[T]], username: str | None = None) -> T:
    """Run something at the quarantine's desk, after `username` has proved to be there (None: nobody has to)."""

    async def run(world: World) -> T:
        async with quarantine_desk(world) as desk:
            return await work(desk)

    return in_world(run, "quarantine") if username is None else acting(username, "quarantine", run)


@quarantine.command(name="list")
def show_lines(
    *,
    door: Annotated[str, Parameter(help="Only of this door, such as hikvision_isapi.")] = "",
    camera: Annotated[str, Parameter(help="Only of this camera.")] = "",
    before: Annotated[int | None, Parameter(help="Only what is older than this number.")] = None,
    settled: Annotated[bool, Parameter(name="--all", negative="", help="Also what was dealt with.")] = False,
    most: Annotated[int, Parameter(help="How many at most.")] = 50,
) -> None:
    """List what waits, the newest first: why it was refused, and how old it is."""
    most = max(1, min(most, 1000))
    found = at_desk(lambda desk: desk.lines(door=door, camera=camera, before=before, most=most, settled=settled))
    at = now()
    rows = [
        [
            str(one.quarantine_id),
            one.received_at.isoformat(" ", "seconds"),
            f"{(at - one.received_at).total_seconds() / 3600:.1f} h",
            one.door,
            one.camera or ("-" if one.authentic else "(a stranger)"),
            one.code + (f" ({one.settled_as})" if one.settled_as else ""),
            str(one.raw_bytes),
            one.why[:160],
        ]
        for one in found
    ]
    say_table("Quarantine", ["number", "received", "age", "door", "camera", "code", "bytes", "why"], rows)


@quarantine.command(name="show")
def show_one(number: Number, *, username: ActingOfficer) -> None:
    """Show one, its plates, phones and addresses masked; that it was shown is recorded."""
    line, shown = at_desk(lambda desk: desk.show(number, by=username), username)
    say(f"{line.quarantine_id}  {line.door}  {line.camera or '(a stranger)'}  {line.received_at:%Y-%m-%d %H:%M:%S} UTC")
    say(f"{line.code}: {line.why}")
    if shown is None:
        say("Its body is not kept.")
        return
    for part in shown.parts:
        say(f"part  {part.name or '(without a name)'}  {part.media_type}  {part.size} bytes")
    if shown.text:
        say(shown.text + (" …" if shown.cut else ""))


@quarantine.command
def release(
    number: Number,
    *,
    username: ActingOfficer,
    reason: Annotated[str, Parameter(help="What was mended; it is kept.")] = "",
) -> None:
    """Try one again through its own door, with what is configured now, and say what became of it."""
    released = at_desk(lambda desk: desk.release(number, by=username, reason=reason), username)
    say(f"{number} was taken: {released.words_en}")


@quarantine.command
def drop(
    number: Number, *, username: ActingOfficer, reason: Annotated[str, Parameter(help="Why; it is kept.")]
) -> None:
    """Give one up: its body is deleted, that it was there and why it was dropped stays."""
    at_desk(lambda desk: desk.drop(number, by=username, reason=reason), username)
    say(f"{number} was dropped.")
