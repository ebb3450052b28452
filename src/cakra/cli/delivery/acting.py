"""Who acts: an officer proves to be there before a command does something in that name; refusals are written down."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from cyclopts import Parameter

from cakra.cli.camera import in_world
from cakra.core.access.rights import Foreign, NotAllowed
from cakra.core.errors import InputError
from cakra.journey.staff.granting import is_founding
from cakra.journey.staff.officers import check_password, find_officer
from cakra.kit.clock import now
from cakra.store.db import Pool
from cakra.store.rights import note_refusal
from cakra.wiring.world import World

T = TypeVar("T")
ActingOfficer = Annotated[
    str, Parameter(name="--as", help="User name of the officer who does it; the password is asked for.")
]
MaybeOfficer = Annotated[
    str | None,
    Parameter(name="--as", help="User name of the officer who does it; left out only while an installation begins."),
]


def ask_password(username: str) -> str:
    """Typed unseen on a terminal; elsewhere the next line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {username}: ")
    return sys.stdin.readline().rstrip("\r\n")


async def authenticate(pool: Pool, username: str, password: str, command: str) -> None:
    """InputError, the same for an unknown user and a wrong password; `command` is kept with the refusal."""
    officer = await find_officer(pool, username)
    if not await asyncio.to_thread(check_password, officer, password):
        await note_refusal(pool, "sign_in", username, f"cakra {command}", now())
        raise InputError(f"User name or password of {username} is wrong; nothing was changed.")


def acting(username: str, command: str, work: Callable[[World], Awaitable[T]], *, password: str | None = None) -> T:
    """Run something in an officer's name; what no grant carries is written down before it is told.

    `command`: after `cakra`, without what was given to it; `password`: asked for when None.
    """
    proof = ask_password(username) if password is None else password

    async def run(world: World) -> T:
        await authenticate(world.pool, username, proof, command)
        try:
            return await work(world)
        except (NotAllowed, Foreign) as refused:
            await note_refusal(
                world.pool,
                "not_allowed",
                refused.username,
                f"cakra {command}",
                now(),
                act=refused.act,
                jurisdiction=refused.jurisdiction,
            )
            raise

    return in_world(run, command)


def acting_or_founding(
    username: str | None, command: str, work: Callable[[World], Awaitable[T]], *, password: str | None = None
) -> T:
    """As `acting`; without an officer only while fewer than two could approve a grant. InputError."""
    if username is not None:
        return acting(username, command, work, password=password)

    async def run(world: World) -> T:
        if not await is_founding(world.pool):
            raise InputError("Say with --as who does it: this installation has officers who manage the others.")
        return await work(world)

    return in_world(run, command)
