"""A worker of the fault run: every real lane, with a screening that has no photographs to look at."""

import asyncio
import signal

import uvloop

from cakra.engine.alarm import Alarm
from cakra.engine.lane import LaneRunner
from cakra.engine.worker import run_worker
from cakra.kit import logs
from cakra.kit.settings import load_settings
from cakra.wiring.lanes import WorkerProcess, screening_lane
from cakra.wiring.world import open_world


async def _run() -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    settings = load_settings()
    async with open_world(settings, "cakra storm worker") as world:
        worker = WorkerProcess(world, steps=("cases", "sending", "receipts"))
        alarm = Alarm(world.url, settings.worker.sweep_s)
        screening = LaneRunner(screening_lane(world, None), world.pool, alarm, worker=worker.name, cells=None)
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run(stopping))
            group.create_task(run_worker({"screening": screening.run}, alarm, stopping))


if __name__ == "__main__":
    logs.configure(level="error")
    uvloop.run(_run())
