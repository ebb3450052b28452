"""The worker process of `cakra bench pipeline`: the real lanes, with a screening that has no photographs to look at."""

import asyncio
import signal
import sys
from pathlib import Path

import uvloop

from cakra.bench.measuring.ground import bench_settings
from cakra.engine.alarm import Alarm
from cakra.engine.lane import LaneRunner
from cakra.engine.sending import SendingLane
from cakra.engine.worker import run_worker
from cakra.kit import logs
from cakra.wiring.lanes import screening_lane
from cakra.wiring.outgoing.channels import dispatch_desks, open_pace
from cakra.wiring.world import open_world, require_safe_provider


async def _run(folder: Path, port: int) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    settings = bench_settings(folder, port)
    async with open_world(settings, "cakra bench worker") as world:
        await require_safe_provider(world)
        await open_pace(world)
        alarm = Alarm(world.url, settings.worker.sweep_s)
        cases = LaneRunner(screening_lane(world, None), world.pool, alarm, worker="bench", cells=None)
        sends = SendingLane(
            dispatch_desks(world)[0],
            alarm,
            worker="bench",
            cells=None,
            in_flight=settings.whatsapp.connections,
            flush_s=settings.worker.flush_ms / 1000,
        )
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await run_worker({"cases": cases.run, "sends": sends.run}, alarm, stopping)


if __name__ == "__main__":
    logs.configure(level="warning")
    uvloop.run(_run(Path(sys.argv[1]), int(sys.argv[2])))
