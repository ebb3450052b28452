"""`cakra grant …`: a role for an officer, in one jurisdiction or the nation, for a while."""

from datetime import date
from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.cli.delivery.acting import MaybeOfficer, acting_or_founding
from cakra.cli.staff.days import span
from cakra.core.access.rights import Role
from cakra.journey.staff.granting import Given, WantedGrant, end_grant, give, list_grants
from cakra.kit.clock import now
from cakra.kit.console import say, say_table
from cakra.wiring.world import World

grant = App(name="grant", help="Give an officer a role somewhere for a while, list what was given, end it.")
Reason = Annotated[str, Parameter(help="Why, with the order it rests on; it is kept with the grant.")]


@grant.command
def add(
    username: Annotated[str, Parameter(help="The officer's user name.")],
    role: Annotated[Role, Parameter(help="The role.")],
    *,
    reason: Reason,
    jurisdiction: Annotated[str | None, Parameter(help="Where, such as PMJ; the nation when left out.")] = None,
    since: Annotated[date | None, Parameter(name="--from", help="First day; from now on when left out.")] = None,
    until: Annotated[date | None, Parameter(name="--to", help="Last day; until it is ended when left out.")] = None,
    by: MaybeOfficer = None,
) -> None:
    """Give a role. Commander and administrator wait for a second officer: `cakra order list`."""

    async def work(world: World) -> Given:
        begins, ends = await span(world.pool, jurisdiction, since, until)
        async with world.pool.acquire() as connection, connection.transaction():
            return await give(connection, WantedGrant(username, role.value, jurisdiction, begins, ends, reason), by=by)

    given = acting_or_founding(by, "grant add", work)
    where = jurisdiction or "the nation"
    if given.order_id is not None:
        say(f"{username} becomes {role} of {where} once another officer approves order {given.order_id}.")
    else:
        say(f"Grant {given.grant_id}: {username} is {role} of {where}.")


@grant.command(name="list")
def show_grants(
    username: Annotated[str | None, Parameter(help="Of this officer only.")] = None,
    *,
    every: Annotated[bool, Parameter(name="--all", negative="", help="Also what is over.")] = False,
) -> None:
    """List who is what, where, from when to when, by whom and why; an end is the first instant without it."""
    at = now()
    rows = [
        [
            str(one.grant_id),
            one.username,
            one.role,
            one.jurisdiction or "nation",
            one.valid_from.isoformat(" ", "minutes"),
            one.valid_to.isoformat(" ", "minutes") if one.valid_to else "",
            one.standing(at),
            " + ".join(name for name in (one.given_by, one.approved_by) if name) or "installation",
            one.reason,
        ]
        for one in in_world(lambda world: list_grants(world.pool, username), "grant")
        if every or one.standing(at) != "over"
    ]
    say_table("Grants", ["id", "user", "role", "where", "from", "to", "state", "by", "reason"], rows)


@grant.command
def end(
    grant_id: Annotated[int, Parameter(help="The grant as `cakra grant list` shows it.")],
    *,
    reason: Reason,
    by: MaybeOfficer = None,
) -> None:
    """End a grant at once; whoever is signed in notices with the next page."""
    acting_or_founding(by, "grant end", lambda world: end_grant(world.pool, grant_id, by=by, reason=reason))
    say(f"Grant {grant_id} has ended.")
