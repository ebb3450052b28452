"""`cakra officer …`: the staff, and in whose name the machine may charge."""

import getpass
import sys
from datetime import date
from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.cli.delivery.acting import MaybeOfficer, acting_or_founding, ask_password
from cakra.cli.staff.days import span
from cakra.core.access.rights import Role
from cakra.core.errors import InputError
from cakra.journey.staff.granting import Given, list_grants
from cakra.journey.staff.officers import Officer, add_officer, authorise, disable_officer, list_officers
from cakra.kit.clock import now
from cakra.kit.console import say, say_table
from cakra.wiring.world import World

officer = App(name="officer", help="Add, list and disable officers, and record who authorises charges.")
Username = Annotated[str, Parameter(help="The officer's user name.")]


@officer.command
def add(
    username: Username,
    *,
    name: Annotated[str, Parameter(help="The name that stands on documents.")],
    role: Annotated[Role, Parameter(help="The first role; `cakra grant add` gives more.")] = Role.REVIEWER,
    jurisdiction: Annotated[str | None, Parameter(help="Where, such as PMJ; the nation when left out.")] = None,
    rank: Annotated[str, Parameter(help="The officer's rank.")] = "",
    certified: Annotated[bool, Parameter(negative="", help="The officer is a certified investigator.")] = False,
    by: MaybeOfficer = None,
) -> None:
    """Add an officer with a first role; the password is asked for, or read as one line of standard input.

    With --as, that officer's password comes first. Commander and administrator then wait for a second officer:
    `cakra order list`.
    """
    proof = ask_password(by) if by is not None else None
    password = read_password(f"Password of {username}: ")

    async def work(world: World) -> Given:
        return await add_officer(
            world.pool,
            username,
            name=name,
            rank=rank,
            role=role.value,
            certified=certified,
            password=password,
            jurisdiction=jurisdiction,
            by=by,
        )

    given = acting_or_founding(by, "officer add", work, password=proof)
    if given.order_id is not None:
        say(f"{username} added; as {role} once another officer approves order {given.order_id}.")
    else:
        say(f"{username} added as {role}.")


def read_password(prompt: str) -> str:
    """Typed twice on a terminal, unseen; elsewhere the first line of standard input. InputError."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(prompt)
    if getpass.getpass("Again: ") != password:
        raise InputError("The two passwords differ; nothing was changed.")
    return password


@officer.command(name="list")
def show_officers() -> None:
    """List everybody, active first: roles in force and where, and how many authorisations stand (`standing`)."""
    at = now()

    async def read(world: World) -> tuple[list[Officer], dict[str, list[str]]]:
        roles: dict[str, list[str]] = {}
        for one in await list_grants(world.pool):
            if one.standing(at) == "in force":
                roles.setdefault(one.username, []).append(f"{one.role} {one.jurisdiction or ''}".strip())
        return await list_officers(world.pool), roles

    officers, roles = in_world(read, "officer")
    rows = [
        [
            one.username,
            one.name,
            one.rank,
            ", ".join(roles.get(one.username, [])),
            "yes" if one.certified else "no",
            "yes" if one.active else "no",
            str(one.standing),
        ]
        for one in officers
    ]
    say_table("Officers", ["user", "name", "rank", "role", "certified", "active", "standing"], rows)


@officer.command
def disable(username: Username, *, by: MaybeOfficer = None) -> None:
    """End an officer's access at once: open sessions close and standing authorisations are revoked."""
    acting_or_founding(by, "officer disable", lambda world: disable_officer(world.pool, username, by=by))
    say(f"{username} is disabled.")


@officer.command(name="authorise")
def authorise_charges(
    username: Username,
    *,
    jurisdiction: Annotated[str, Parameter(help="Where the authorisation holds, such as PMJ.")],
    document: Annotated[str, Parameter(help="The number of the order that it rests on.")],
    offence: Annotated[list[str], Parameter(negative="", help="An offence code; give it again for more, or all.")],
    since: Annotated[date | None, Parameter(name="--from", help="First day; from now on when left out.")] = None,
    until: Annotated[date | None, Parameter(name="--to", help="Last day; open when left out.")] = None,
    by: MaybeOfficer = None,
) -> None:
    """Record a standing authorisation: the machine charges admitting owners in this officer's name."""

    async def record(world: World) -> int:
        begins, ends = await span(world.pool, jurisdiction, since, until)
        known = world.law.offences.codes
        return await authorise(
            world.pool,
            username,
            jurisdiction=jurisdiction,
            offences=list(known) if offence == ["all"] else offence,
            valid_from=begins or now(),
            valid_to=ends,
            document=document,
            known_offences=known,
            by=by,
        )

    recorded = acting_or_founding(by, "officer authorise", record)
    say(f"Authorisation {recorded} of {username} recorded.")
