"""Orders before people: listed, approved by a second one, rejected."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from cakra.core.access.orders import APPROVING, PROPOSING, Kind, check_decidable, check_second
from cakra.core.access.rights import Act, Foreign
from cakra.core.errors import Conflict, InputError, NotFound
from cakra.delivery.pause.pausing import end_pause, find_pause
from cakra.journey.staff.granting import WantedGrant, add_grant, check_grant
from cakra.journey.staff.proposing import SQL, plain_reason, propose
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Database, Pool, Row
from cakra.store.rights import jurisdictions_of, may, require

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `jurisdiction` None: the nation; `settled_as`: approved, rejected, or None while nobody decided."""

    order_id: int
    kind: Kind
    jurisdiction: str | None
    content: Mapping[str, Any]
    reason: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    settled_as: str | None
    settled_by: str | None
    settled_at: datetime | None
    settled_why: str | None

    def standing(self, at: datetime) -> str:
        """waiting | approved | rejected | expired."""
        return self.settled_as or ("waiting" if self.expires_at > at else "expired")


async def list_orders(
    database: Database, *, waiting: bool = True, jurisdictions: Collection[str] | None = None, most: int = 100
) -> Sequence[Order]:
    """The newest first; only those that wait, or all."""
    only = None if jurisdictions is None else sorted(jurisdictions)
    return [_order(row) for row in await database.fetch(SQL.orders, waiting, now(), only, most)]


async def propose_resume(pool: Pool, pause_id: int, *, by: str, reason: str) -> int:
    """Propose the end of a pause, as the one who made it does; the order's id. NotFound, NotAllowed, InputError."""
    at, reason = now(), plain_reason(reason)
    async with pool.acquire() as connection, connection.transaction():
        pause = await find_pause(connection, pause_id, by)
        await require(connection, by, Act.RESUME_SENDING, pause.jurisdiction)
        content: dict[str, str | int | None] = {"pause_id": pause_id, "level": pause.level, "key": pause.key}
        return await propose(connection, Kind.RESUME, pause.jurisdiction, content, reason, by, at)


async def approve(pool: Pool, order_id: int, *, by: str, reason: str = "") -> Order:
    """Do what an order says, as its second person. `by`: an authenticated officer; the order as it was.

    NotFound without such an order, and alike (Foreign) where `by` sees none; InputError `same_person` for its proposer
    or whom it favours; Conflict when it was decided, has expired, or its proposer may not propose it any more;
    NotAllowed. Then nothing is changed.
    """
    at = now()
    async with pool.acquire() as connection, connection.transaction():
        order = await _locked(connection, order_id, by)
        check_decidable(order.settled_as, order.expires_at, at)
        check_second(order.proposed_by, by, done="proposed this order", needed="another officer has to approve it")
        await require(connection, by, APPROVING[order.kind], order.jurisdiction)
        if not await may(connection, order.proposed_by, PROPOSING[order.kind], order.jurisdiction):
            raise Conflict(
                f"{order.proposed_by}, who proposed it, may not do so any more; nothing was changed. Reject it.",
                code="order_orphaned",
            )
        await _carry_out(connection, order, by, at)
        why = plain_reason(reason) if reason.strip() else None
        await connection.execute(SQL.settle_order, order_id, "approved", by, at, why)
    _log.info("order_approved", order=order_id, kind=order.kind.value, officer=by)
    return order


async def reject(pool: Pool, order_id: int, *, by: str, reason: str) -> Order:
    """Let an order come to nothing: by who could approve it, or by its proposer. Errors as of `approve`."""
    at, reason = now(), plain_reason(reason)
    async with pool.acquire() as connection, connection.transaction():
        order = await _locked(connection, order_id, by)
        check_decidable(order.settled_as, order.expires_at, at)
        act = (PROPOSING if by == order.proposed_by else APPROVING)[order.kind]
        await require(connection, by, act, order.jurisdiction)
        await connection.execute(SQL.settle_order, order_id, "rejected", by, at, reason)
    _log.info("order_rejected", order=order_id, kind=order.kind.value, officer=by)
    return order


async def _locked(connection: Connection, order_id: int, by: str) -> Order:
    """The order, locked. NotFound, and alike (Foreign) for one of an office whose orders `by` does not see."""
    seen = await jurisdictions_of(connection, by, Act.SEE_ORDERS)
    row = await connection.fetchrow(SQL.find_order, order_id)
    gone = f"There is no order {order_id}; `cakra order list` shows all."
    if row is None:
        raise NotFound(gone, code="no_such_order")
    if seen is not None and row["jurisdiction"] not in seen:
        raise Foreign(gone, by, Act.SEE_ORDERS, row["jurisdiction"], code="no_such_order")
    return _order(row)


async def _carry_out(connection: Connection, order: Order, by: str, at: datetime) -> None:
    match order.kind:
        case Kind.GRANT:
            wanted = _wanted(order)
            if wanted.username == by:
                raise InputError(f"{by} cannot approve a role for {by}; another officer does.", code="same_person")
            wanted = await check_grant(connection, wanted, at)
            await add_grant(connection, wanted, at, by=order.proposed_by, approved_by=by)
        case Kind.RESUME:
            await end_pause(connection, order.content["pause_id"], by=by, reason=order.reason)
        case _:
            assert_never(order.kind)


def _wanted(order: Order) -> WantedGrant:
    told = order.content
    begins, ends = (datetime.fromisoformat(told[key]) if told[key] else None for key in ("valid_from", "valid_to"))
    return WantedGrant(told["username"], told["role"], order.jurisdiction, begins, ends, order.reason)


def _order(row: Row) -> Order:
    return Order(**{**row, "kind": Kind(row["kind"]), "content": json.loads(row["content"])})
