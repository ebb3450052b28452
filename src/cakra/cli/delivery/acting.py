"""Who acts: an officer proves to be there before a command does what only a leading officer may."""

import asyncio
import getpass
import sys
from typing import Annotated

from cyclopts import Parameter

from cakra.core.errors import InputError
from cakra.journey.review.staff import check_password, find_officer
from cakra.store.db import Pool

ActingOfficer = Annotated[
    str, Parameter(name="--as", help="User name of the supervisor, commander or administrator who decides it.")
]


def ask_password(username: str) -> str:
    """Typed unseen on a terminal; elsewhere the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {username}: ")
    return sys.stdin.readline().rstrip("\r\n")


async def authenticate(pool: Pool, username: str, password: str) -> None:
    """InputError, the same for an unknown user and a wrong password."""
    officer = await find_officer(pool, username)
    if not await asyncio.to_thread(check_password, officer, password):
        raise InputError(f"User name or password of {username} is wrong; nothing was changed.")
