"""Orders: what needs two people. One proposes, another approves or rejects before it expires. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cakra.core.access.rights import Act
from cakra.kit.errors import Conflict, InputError

LASTS: Final = timedelta(days=7)
"""An order that nobody decided in this time is over; it is proposed anew."""


class Kind(StrEnum):
    """What an order does when it is approved."""

    GRANT = "grant"  # a role that one officer's word does not give
    RESUME = "resume"  # the end of a pause


PROPOSING: Final[Mapping[Kind, Act]] = {Kind.GRANT: Act.MANAGE_OFFICERS, Kind.RESUME: Act.RESUME_SENDING}
APPROVING: Final[Mapping[Kind, Act]] = {Kind.GRANT: Act.APPROVE_GRANTS, Kind.RESUME: Act.RESUME_SENDING}


def check_second(first: str, second: str, *, done: str, needed: str) -> None:
    """InputError `same_person` where one officer would be both people. `done`: what the first did, `needed`: who."""
    if first == second:
        raise InputError(f"{first} {done}; {needed}.", code="same_person")


def check_decidable(settled_as: str | None, expires_at: datetime, at: datetime) -> None:
    """Conflict for an order that was decided already, or that nobody decided in time."""
    if settled_as is not None:
        raise Conflict(f"The order was {settled_as} already; nothing was changed.", code="order_settled")
    if expires_at <= at:
        raise Conflict("The order has expired; nothing was changed. Propose it anew.", code="order_expired")
