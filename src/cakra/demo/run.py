"""The order of things: database, city, processes, traffic, owners, table."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from cakra.demo.city import OFFICER, City, build
from cakra.demo.owners import answer_some
from cakra.demo.processes import Plan, make_plan, product, provider
from cakra.demo.tally import Tally, as_table, settle, take, until_listening
from cakra.demo.traffic import drive
from cakra.kit import logs
from cakra.kit.console import progress_bar
from cakra.kit.settings import Settings, load_settings
from cakra.store.embedded import erase, stop
from cakra.store.upkeep.migrate import migrate
from cakra.wiring.official.ready import make_ready
from cakra.wiring.world import World, database_url, open_world

_say = Console(stderr=True).print
_ANSWERS = 3


def run_demo(folder: Path, *, once: bool) -> None:
    """Play the demonstration; `once` prints the summary and ends, else it stays up until Ctrl-C."""
    plan = make_plan(folder.resolve())
    os.environ.update(plan.environment)
    logs.configure(level="warning")
    settings = load_settings()
    try:
        asyncio.run(_play(settings, plan, once=once))
    finally:
        stop(settings.database.folder)


def erase_demo(folder: Path) -> None:
    """Stop the demonstration's database and remove everything it left."""
    erase(folder.resolve() / "postgresql")
    shutil.rmtree(folder, ignore_errors=True)


async def _play(settings: Settings, plan: Plan, *, once: bool) -> None:
    _say("[bold]Cakra Presisi[/] – a demonstration with invented people (CONTOH), on this machine only.")
    await migrate(await asyncio.to_thread(database_url, settings))
    async with open_world(settings, "cakra demo") as world:
        with progress_bar("Register of 200,000 vehicles") as progress:
            city = await build(world, plan.folder, progress)
        with ExitStack() as stack:
            log = await asyncio.to_thread(stack.enter_context, provider(plan))
            await make_ready(world)
            await asyncio.to_thread(stack.enter_context, product(plan))
            await until_listening(world.pool)
            tally = await _traffic(world, plan, city, log)
            _tell(plan, city, tally, once=once)
            if once:
                sys.stdout.write(json.dumps(tally.summary, ensure_ascii=False) + "\n")
                sys.stdout.flush()
            else:
                await _until_stopped()
                _say("Stopping …")


async def _traffic(world: World, plan: Plan, city: City, log: Path) -> Tally:
    with progress_bar("Traffic") as progress:
        sent = await drive(plan.addresses.portal, city, progress)
    await settle(world.pool)
    await asyncio.to_thread(answer_some, plan.addresses.portal, await world.pool.fetch(_ANSWERABLE, _ANSWERS), city)
    return await take(world.pool, sent, log, plan.addresses.portal)


_ANSWERABLE = """
select reference, plate from case_file where state = 'notified' order by received_at limit $1
"""


def _tell(plan: Plan, city: City, tally: Tally, *, once: bool) -> None:
    out = Console(width=None if sys.stdout.isatty() else 150)
    out.print(as_table(tally))
    figures, where = tally.summary, plan.addresses
    out.print(
        f"{figures['events']} events: {figures['cases']} cases, {figures['duplicates']} duplicates, "
        f"{figures['quarantined']} quarantined; {figures['notified']} notices handed over, "
        f"p50 {figures['shutter_to_handover_ms']['p50']} ms after the shutter; letters kept for the "
        f"day's batch: {figures['letters']}; {figures['codes_issued']} deposit codes."
    )
    if once:
        return
    out.print(f"\n  Owners' phones    {where.phone}\n  Portal            {where.portal}")
    out.print(f"  Officers' console {where.console}   user {OFFICER}, password {city.password}")
    for letter in sorted((plan.folder / "letters").glob("*/*.pdf"))[:1]:
        out.print(f"  A letter          {letter}")
    _show_one(tally, city, out.print)
    out.print("\nCtrl-C ends everything.")


def _show_one(tally: Tally, city: City, say: Callable[[str], None]) -> None:
    for row in tally.cases:
        if row["state"] == "notified" and row["plate"] in city.chassis:
            say(
                f"  Try it as an owner: reference {row['reference']}, plate {row['plate']}, "
                f"chassis ends in {city.chassis[row['plate']]}"
            )
            return


async def _until_stopped() -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
