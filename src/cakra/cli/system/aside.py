"""`cakra aside …`: what the machine could not go on with, and letting it try again."""

from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.core.access.rights import Act
from cakra.core.errors import InputError, NotFound
from cakra.kit.console import say, say_table
from cakra.kit.ids import read_reference, show_reference
from cakra.store.faults.aside import Aside, list_aside
from cakra.store.faults.releasing import release_aside
from cakra.store.rights import jurisdictions_of
from cakra.wiring.world import World

aside = App(name="aside", help="See cases and notices that fail again and again where they stand, and try them again.")
_ALL = 100_000


@aside.command(name="list")
def show_aside(*, username: ActingOfficer) -> None:
    """List them, the oldest first; each is also tried once an hour by itself. The password is asked for."""

    async def read(world: World) -> list[Aside]:
        return await list_aside(
            world.pool, jurisdictions=await jurisdictions_of(world.pool, username, Act.RELEASE_ASIDE)
        )

    rows = [
        [
            show_reference(one.reference),
            one.jurisdiction,
            one.state,
            f"notice, {one.step}" if one.notice_id else one.step,
            one.problem,
            str(one.times),
            one.since.isoformat(" ", "seconds"),
            one.last_at.isoformat(" ", "seconds"),
        ]
        for one in acting(username, "aside list", read)
    ]
    say_table("Set aside", ["reference", "jurisdiction", "state", "step", "fault", "times", "since", "last"], rows)


@aside.command(name="release")
def release(
    reference: Annotated[str | None, Parameter(help="The case as `cakra aside list` shows it.")] = None,
    *,
    username: ActingOfficer,
    everything: Annotated[bool, Parameter(name="--all", help="All of them.")] = False,
) -> None:
    """Let the machine try again at once, when what was wrong was mended; what fails again comes back to the list.

    With --all, everything of the offices in which the officer may. The password is asked for.
    """
    if (reference is None) != everything:
        raise InputError("Name one case, or say --all.")
    canonical = None if reference is None else read_reference(reference)[1]

    async def work(world: World) -> int:
        jurisdictions = await jurisdictions_of(world.pool, username, Act.RELEASE_ASIDE)
        found = [
            one for one in await list_aside(world.pool, _ALL, jurisdictions) if everything or one.reference == canonical
        ]
        if not found and reference is not None:
            raise NotFound(f"Nothing of case {reference} is set aside; `cakra aside list` shows what is.")
        released = 0
        for one in found:
            async with world.pool.acquire() as connection, connection.transaction():
                released += await release_aside(connection, one)
        return released

    say(f"{acting(username, 'aside release', work)} released; a worker tries again at once.")
