"""`cakra sender list | events | release`: every official sender as it works, and what was decided about it."""

from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.delivery.senders import SenderLine, list_senders, release_sender, sender_events
from cakra.kit.clock import now
from cakra.kit.console import say, say_table
from cakra.wiring.outgoing.channels import sender_names

sender = App(name="sender", help="See how the official senders work, and let a stopped one go on.")


@sender.command(name="list")
def show_senders() -> None:
    """List every sender in use: state, since when and why, rate, tokens, and how many messages wait on its channel."""
    lines = in_world(lambda world: list_senders(world.pool, sender_names(world.settings)), "sender")
    columns = ["channel", "sender", "state", "since", "reason", "rate/s", "tokens", "waiting"]
    say_table("Senders", columns, [_cells(one) for one in lines])


def _cells(one: SenderLine) -> list[str]:
    rested = f"rest {one.rests}, until {one.rest_until.isoformat(' ', 'seconds')}" if one.rest_until else ""
    return [
        one.channel,
        one.sender,
        one.state(now()),
        one.since.isoformat(" ", "seconds"),
        "; ".join(part for part in (one.reason, rested) if part),
        "unlimited" if one.rate is None else f"{one.rate:g}",
        "" if one.tokens is None else f"{one.tokens:.0f}",
        str(one.waiting),
    ]


@sender.command
def events(
    most: Annotated[int, Parameter(help="How many.")] = 50,
) -> None:
    """Show the newest decisions about senders: rested, opened, throttled, stopped, released, portfolio_full."""
    rows = [
        [one.at.isoformat(" ", "seconds"), one.channel, one.sender, one.told, one.facts]
        for one in in_world(lambda world: sender_events(world.pool, most), "sender")
    ]
    say_table("Decisions", ["at", "channel", "sender", "decision", "facts"], rows)


@sender.command
def release(
    name: Annotated[str, Parameter(help="The sender as `cakra sender list` shows it.")],
    *,
    username: ActingOfficer,
    reason: Annotated[str, Parameter(help="What was mended at the provider.")],
    channel: Annotated[str, Parameter(help="The sender's channel.")] = "whatsapp",
) -> None:
    """Let a stopped sender go on at once, in a person's name. The password is asked for."""
    acting(
        username,
        "sender release",
        lambda world: release_sender(world.pool, channel, name, by=username, reason=reason),
    )
    say(f"{channel} sender {name} goes on.")
