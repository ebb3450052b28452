"""`cakra letter list | batch | responses | spool`: the print house's day by hand."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.core.errors import Conflict, SetupError
from cakra.delivery.post import Handed, PrintDay, known_spool, take_own_spool
from cakra.kit.clock import now
from cakra.kit.console import say, say_table
from cakra.kit.settings import load_settings
from cakra.wiring.lanes import proof_desk
from cakra.wiring.outgoing.letters import kept_letters, letter_days, letter_spool, print_day
from cakra.wiring.world import World, require_safe_provider

letter = App(name="letter", help="See the letters that wait, and do the print house's day by hand.")
Day = Annotated[date | None, Parameter(help="The day as `cakra letter list` shows it, such as 2026-11-21.")]


@letter.command(name="list")
def show_letters(*, day: Day = None) -> None:
    """List the days and what became of their batches; with a day, its letters and their files."""
    settings = load_settings().letter
    if day is None:
        rows = [[one.isoformat(), name, str(letters), state] for one, name, letters, state in letter_days(settings)]
        say_table("Letters", ["day", "batch", "letters", "state"], rows)
    else:
        rows = [[reference, str(file or "erased")] for reference, file in kept_letters(settings, day)]
        say_table(f"Letters of {day}", ["reference", "file"], rows)


@letter.command
def batch(*, day: Day = None) -> None:
    """Hand over every batch that is due, or that of this day now; what was handed over is not handed over again."""
    done = _by_hand(lambda today: today.hand_over(now(), day))
    for one in done.batches:
        say(f"{one.name}: {len(one.letters)} letters are with the print house (SHA-256 {one.sha256}).")
    if done.paused:
        say("Nothing was handed over: letters are paused; `cakra pause list` shows by whom and why.")
    elif not done.batches:
        say("No letters wait for a batch that is due.")


@letter.command
def responses() -> None:
    """Read what the print house said since the last time; lines that cannot be used are shown and kept."""
    done = _by_hand(lambda today: today.read_responses(now()))
    say(f"{done.receipts} receipts were applied.")
    if done.unusable:
        rows = [[name, str(line or ""), why] for name, line, why in done.unusable]
        say_table("Not usable, kept in the spool's quarantine", ["file", "line", "why"], rows)


@letter.command
def spool(*, take: Annotated[bool, Parameter(help="Make this host's folder the one, from now on.")] = False) -> None:
    """Show the folder that letters wait in. Only one may be in use: a second one would print letters twice.

    Taking is for a folder that is lost: one that is moved whole, with its file `identity`, stays the one it was.
    """

    async def work(world: World) -> None:
        settings = world.settings.letter
        if take:
            before, lost = await take_own_spool(world.pool, letter_spool(settings))
            say(
                f"Letters wait in {settings.spool} from now on"
                + (f", not in {before.folder} any more." if before else ".")
            )
            say(f"{lost} letters that only the old folder kept are set anew.")
            return
        known, ours = await known_spool(world.pool, letter_spool(settings))
        if known is None:
            say("No spool was used yet; the first worker that sends letters makes its own the one.")
        else:
            say(
                f"{known.folder} on {known.host}, since {known.since:%Y-%m-%d %H:%M} UTC; "
                + ("it is this host's." if ours else "this host's folder is another one.")
            )

    in_world(work, "letter")


def _by_hand(work: Callable[[PrintDay], Awaitable[Handed]]) -> Handed:
    async def run(world: World) -> Handed:
        settings = world.settings.letter
        if not settings.enabled or not settings.host:
            raise SetupError("There is no print house: set CAKRA_LETTER__ENABLED and CAKRA_LETTER__HOST.")
        await require_safe_provider(world)
        today = print_day(world, proof_desk(world))
        async with today.alone() as mine:
            if not mine:
                raise Conflict("A worker is at the print house's day just now; try again in a minute.")
            return await work(today)

    return in_world(run, "letter")
