"""`cakra sender list | release`: senders that a provider's word stopped."""

from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.journey.dispatch.senders import list_senders, release_sender
from cakra.kit.console import say, say_table

sender = App(name="sender", help="See which senders were stopped, and let them go on.")


@sender.command(name="list")
def show_senders() -> None:
    """List every sender that was ever stopped, with the reason and how many messages wait."""
    rows = [
        [
            one.channel,
            one.sender,
            "stopped" if one.stopped else "sending",
            one.since.isoformat(" ", "seconds"),
            one.reason,
            str(one.waiting),
        ]
        for one in in_world(lambda world: list_senders(world.pool), "sender")
    ]
    say_table("Senders", ["channel", "sender", "state", "since", "reason", "waiting"], rows)


@sender.command
def release(
    name: Annotated[str, Parameter(help="The sender as `cakra sender list` shows it.")],
    *,
    by: Annotated[str, Parameter(help="User name of the supervisor, commander or administrator who decides it.")],
    reason: Annotated[str, Parameter(help="What was mended at the provider.")],
    channel: Annotated[str, Parameter(help="The sender's channel.")] = "whatsapp",
) -> None:
    """Let a stopped sender go on at once, in a person's name."""
    in_world(lambda world: release_sender(world.pool, channel, name, by=by, reason=reason), "sender")
    say(f"{channel} sender {name} goes on.")
