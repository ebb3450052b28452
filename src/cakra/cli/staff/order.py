"""`cakra order …`: what one officer proposed and another approves or rejects."""

from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.core.access.orders import Kind
from cakra.core.access.rights import Act
from cakra.journey.staff import ordering
from cakra.journey.staff.ordering import Order, list_orders
from cakra.kit.clock import now
from cakra.kit.console import say, say_table
from cakra.store.rights import jurisdictions_of
from cakra.wiring.world import World

order = App(name="order", help="See what waits for a second officer, approve it or reject it.")
Number = Annotated[int, Parameter(help="The order as `cakra order list` shows it.")]
_MOST = 500


@order.command(name="list")
def show_orders(
    *,
    username: ActingOfficer,
    every: Annotated[bool, Parameter(name="--all", negative="", help="Also what was decided or has expired.")] = False,
) -> None:
    """List what waits, the newest first. The password is asked for, or read from standard input."""

    async def work(world: World) -> list[Order]:
        jurisdictions = await jurisdictions_of(world.pool, username, Act.SEE_ORDERS)
        return list(await list_orders(world.pool, waiting=not every, jurisdictions=jurisdictions, most=_MOST))

    at = now()
    rows = [
        [
            str(one.order_id),
            one.kind.value,
            _what(one),
            one.jurisdiction or "nation",
            one.proposed_by,
            one.reason,
            one.expires_at.isoformat(" ", "minutes"),
            one.standing(at),
            one.settled_by or "",
        ]
        for one in acting(username, "order list", work)
    ]
    columns = ["id", "kind", "what", "where", "proposed by", "reason", "expires", "state", "decided by"]
    say_table("Orders", columns, rows)


def _what(one: Order) -> str:
    told = one.content
    if one.kind is Kind.GRANT:
        return f"{told['username']} becomes {told['role']}"
    return f"the end of pause {told['pause_id']} ({told['level']} {told['key']})".replace(" )", ")")


@order.command
def propose_resume(
    pause_id: Annotated[int, Parameter(help="The pause as `cakra pause list` shows it.")],
    *,
    reason: Annotated[str, Parameter(help="Why it is safe; it is kept.")],
    username: ActingOfficer,
) -> None:
    """Propose the end of a pause, as the officer who made it does; another one approves."""
    made = acting(
        username,
        "order propose-resume",
        lambda world: ordering.propose_resume(world.pool, pause_id, by=username, reason=reason),
    )
    say(f"Order {made} waits for another officer: `cakra order approve {made} --as …`.")


@order.command
def approve(
    number: Number, *, username: ActingOfficer, reason: Annotated[str, Parameter(help="Kept with it.")] = ""
) -> None:
    """Approve an order, as another officer than its proposer: what it says is done at once."""
    done = acting(
        username,
        "order approve",
        lambda world: ordering.approve(world.pool, number, by=username, reason=reason),
    )
    say(f"Order {number} is approved: {_what(done)}.")


@order.command
def reject(
    number: Number, *, username: ActingOfficer, reason: Annotated[str, Parameter(help="Why; it is kept.")]
) -> None:
    """Let an order come to nothing: by who could approve it, or by its proposer."""
    acting(username, "order reject", lambda world: ordering.reject(world.pool, number, by=username, reason=reason))
    say(f"Order {number} is rejected.")
