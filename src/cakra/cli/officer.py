"""`cakra officer …`: the staff, and in whose name the machine may charge."""

import getpass
import sys
from datetime import date
from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.core.errors import InputError, NotFound
from cakra.core.paper import day_begins
from cakra.journey.intake.roster import list_jurisdictions
from cakra.journey.review.staff import Role, add_officer, authorise, disable_officer, list_officers
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
    role: Annotated[Role, Parameter(help="What the officer may do.")] = "reviewer",
    rank: Annotated[str, Parameter(help="The officer's rank.")] = "",
    certified: Annotated[bool, Parameter(negative="", help="The officer is a certified investigator.")] = False,
) -> None:
    """Add an officer; the password is asked for, or read as one line of standard input."""
    password = read_password(f"Password of {username}: ")
    in_world(
        lambda world: add_officer(
            world.pool, username, name=name, rank=rank, role=role, certified=certified, password=password
        ),
        "officer",
    )
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
    """List everybody, active first; `standing` counts the authorisations in force."""
    rows = [
        [
            one.username,
            one.name,
            one.rank,
            one.role,
            "yes" if one.certified else "no",
            "yes" if one.active else "no",
            str(one.standing),
        ]
        for one in in_world(lambda world: list_officers(world.pool), "officer")
    ]
    say_table("Officers", ["user", "name", "rank", "role", "certified", "active", "standing"], rows)


@officer.command
def disable(username: Username) -> None:
    """End an officer's access at once: open sessions close and standing authorisations are revoked."""
    in_world(lambda world: disable_officer(world.pool, username), "officer")
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
) -> None:
    """Record a standing authorisation: the machine charges admitting owners in this officer's name."""

    async def record(world: World) -> int:
        zones = {one.code: one.zone for one in await list_jurisdictions(world.pool)}
        if jurisdiction not in zones:
            raise NotFound(f"There is no jurisdiction {jurisdiction}; `cakra jurisdiction list` shows all.")
        known = world.law.offences.codes
        return await authorise(
            world.pool,
            username,
            jurisdiction=jurisdiction,
            offences=list(known) if offence == ["all"] else offence,
            valid_from=day_begins(since, zones[jurisdiction]) if since else now(),
            valid_to=day_begins(until, zones[jurisdiction], later=1) if until else None,
            document=document,
            known_offences=known,
        )

    say(f"Authorisation {in_world(record, 'officer')} of {username} recorded.")
