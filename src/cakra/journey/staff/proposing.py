"""Writing an order down: what is proposed, by whom, until when it may be approved."""

import json
from collections.abc import Mapping
from datetime import datetime

from cakra.core.access.orders import LASTS, Kind
from cakra.core.errors import Conflict, InputError
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.staff")
_LONGEST_REASON = 300
_log = get_logger(__name__)


def plain_reason(text: str) -> str:
    """A reason on one line, without signs that are not printed; InputError for none, or one too long."""
    told = "".join(char for char in " ".join(text.split()) if char.isprintable())
    if not told or len(told) > _LONGEST_REASON:
        raise InputError(f"Give a reason of 1 to {_LONGEST_REASON} characters.", code="staff_reason")
    return told


async def propose(  # noqa: PLR0917 - what an order says
    connection: Connection,
    kind: Kind,
    jurisdiction: str | None,
    content: Mapping[str, str | int | None],
    reason: str,
    by: str,
    at: datetime,
) -> int:
    """Write an order that waits for a second person; its id. `content`: what its kind needs; `reason`: checked.

    The proposer's right was asked before. Conflict where the same waits already.
    """
    what = json.dumps({key: value for key, value in content.items() if not key.startswith("valid_")})
    waiting = await connection.fetchval(SQL.same_order, kind.value, what, at, jurisdiction)
    if waiting is not None:
        raise Conflict(f"Order {waiting} asks for the same and waits for a second person.", code="order_waits")
    order_id = new_id()
    told = json.dumps(content)
    await connection.execute(SQL.propose, order_id, kind.value, jurisdiction, told, reason, by, at, at + LASTS)
    _log.info("order_proposed", order=order_id, kind=kind.value, officer=by)
    return order_id
