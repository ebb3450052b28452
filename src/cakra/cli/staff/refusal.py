"""`cakra refusal list`: what was refused to officers, and failed sign-ins."""

from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.core.access.rights import Act
from cakra.kit.console import say_table
from cakra.store.rights import RefusedAct, jurisdictions_of, list_refusals
from cakra.wiring.world import World

refusal = App(name="refusal", help="See what was refused to officers, and failed sign-ins.")
_MOST = 10_000


@refusal.command(name="list")
def show_refusals(
    *,
    username: ActingOfficer,
    most: Annotated[int, Parameter(help="How many at most.")] = 100,
) -> None:
    """List the newest first: when, who, what was asked, which act was missing, and where. The password is asked for."""

    async def work(world: World) -> list[RefusedAct]:
        jurisdictions = await jurisdictions_of(world.pool, username, Act.SEE_REFUSALS)
        return list(await list_refusals(world.pool, max(1, min(most, _MOST)), jurisdictions))

    rows = [
        [
            one.at.isoformat(" ", "seconds"),
            one.what,
            one.username or "(nobody)",
            one.asked,
            one.act or "",
            one.jurisdiction or "",
        ]
        for one in acting(username, "refusal list", work)
    ]
    say_table("Refusals", ["at", "what", "user", "asked", "act", "where"], rows)
