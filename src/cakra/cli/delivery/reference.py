"""`cakra reference …`: the numbers by which parties open their view, and a new one for one that others know."""

from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.journey.review.references import references_beside, replace_reference
from cakra.kit.clock import now
from cakra.kit.console import say, say_table
from cakra.kit.ids import read_reference, show_reference
from cakra.wiring.world import World

reference = App(name="reference", help="See the references of a case, and replace one that others came to know.")
Reference = Annotated[str, Parameter(help="The reference as it stands on the message.")]


@reference.command(name="show")
def show_references(number: Reference, *, username: ActingOfficer) -> None:
    """List every reference of the case of this one: whose it is by role, and what became of it."""
    cell, canonical = read_reference(number)
    found = acting(
        username, "reference show", lambda world: references_beside(world.pool, cell, canonical, by=username)
    )
    rows = [
        [
            show_reference(one.reference),
            one.role,
            one.opened_at.isoformat(" ", "seconds"),
            "open" if one.closed_at is None else one.closed_at.isoformat(" ", "seconds"),
            one.closed_why or "",
            show_reference(one.replaced_by) if one.replaced_by else "",
        ]
        for one in found
    ]
    say_table(
        f"Case {show_reference(found[0].case)}, {found[0].state}",
        ["reference", "party", "opened", "closed", "why", "replaced by"],
        rows,
    )


@reference.command(name="replace")
def replace_one(
    number: Reference,
    *,
    why: Annotated[str, Parameter(help="Why, in a sentence without names or numbers; it is kept with the case.")],
    username: ActingOfficer,
) -> None:
    """Close it and send its party a new one. The password is asked for, or read from standard input."""
    cell, canonical = read_reference(number)

    async def work(world: World) -> str:
        async with world.pool.acquire() as connection:
            return await replace_reference(connection, cell, canonical, why, username, now())

    fresh = acting(username, "reference replace", work)
    say(f"{show_reference(canonical)} is closed; {show_reference(fresh)} takes its place and its party is told.")
