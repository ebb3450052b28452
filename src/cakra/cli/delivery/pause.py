"""`cakra pause …` and `cakra resume …`: let nothing leave, and let it go on again, each by a person who proves it."""

from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.delivery.pause import pausing
from cakra.kit.console import say, say_table
from cakra.wiring.outgoing.channels import sender_names
from cakra.wiring.world import World

pause = App(name="pause", help="Let nothing leave: everything, a jurisdiction, a channel or a sender.")
resume = App(name="resume", help="End a pause, as a second person.")
Reason = Annotated[str, Parameter(help="Why; it is kept with the pause.")]


@pause.default
def pause_sending(
    level: Annotated[pausing.Level, Parameter(help="What is paused.")],
    key: Annotated[str, Parameter(help="Code of the jurisdiction, channel or sender; none for everything.")] = "",
    *,
    reason: Reason,
    username: ActingOfficer,
) -> None:
    """Pause at once; calls in flight finish. The password is asked for, or read from standard input."""

    async def work(world: World) -> int:
        senders = [name for names in sender_names(world.settings).values() for name in names]
        return await pausing.pause(world.pool, level, key, by=username, reason=reason, senders=senders)

    say(f"Pause {acting(username, 'pause', work)} is in force; another person ends it with `cakra resume`.")


@pause.command(name="list")
def show_pauses() -> None:
    """List what is paused now."""
    rows = [
        [str(one.pause_id), one.level, one.key, one.paused_by, one.paused_at.isoformat(" ", "seconds"), one.reason]
        for one in in_world(lambda world: pausing.open_pauses(world.pool), "pause")
    ]
    say_table("Pauses", ["id", "level", "key", "by", "since", "reason"], rows)


@resume.default
def resume_sending(
    pause_id: Annotated[int, Parameter(help="The pause as `cakra pause list` shows it.")],
    *,
    reason: Reason,
    username: ActingOfficer,
) -> None:
    """Let what was paused leave again; not by the person who paused it."""
    acting(username, "resume", lambda world: pausing.resume(world.pool, pause_id, by=username, reason=reason))
    say(f"Pause {pause_id} has ended.")
