"""The traffic of the demonstration: what the playlist says is photographed, signed and posted by simulated cameras."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cakra.demo.city import SEED, City
from cakra.kit.clock import now
from cakra.sandbox.cameras.client import Camera, Request, requests_of
from cakra.sandbox.cameras.passage import DrawnPassage
from cakra.sandbox.cameras.scene import render
from cakra.sandbox.cameras.script import playlist

Progress = Callable[[int, int | None], None]
_PACE_S = 0.55


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event as posted and answered. `at`: when its shutter fell."""

    passage: DrawnPassage
    at: datetime
    status: int


async def drive(base_url: str, city: City, progress: Progress) -> list[SentEvent]:
    """Play the whole list, one event about every half second; a camera is a thread with a connection of its own."""
    passages = playlist(SEED, city.vehicles, now(), always_odd_even=True)
    posted: dict[str, tuple[datetime, list[Request]]] = {}
    sent: list[asyncio.Future[SentEvent]] = []
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(2) as cameras:
        for place, passage in enumerate(passages):
            started = time.perf_counter()
            sent.append(loop.run_in_executor(cameras, _post, base_url, city, passage, posted))
            progress(place + 1, len(passages))
            await asyncio.sleep(max(0.0, _PACE_S - (time.perf_counter() - started)))
        return list(await asyncio.gather(*sent))


def _post(
    base_url: str, city: City, planned: DrawnPassage, posted: dict[str, tuple[datetime, list[Request]]]
) -> SentEvent:
    if planned.event_id not in posted:
        posted[planned.event_id] = _photograph(planned)
    at, requests = posted[planned.event_id]
    with Camera(base_url, planned.camera, city.keys[planned.camera]) as camera:
        reply = camera.send_all(requests, int(now().timestamp()))
    return SentEvent(planned, at, reply.status)


def _photograph(planned: DrawnPassage) -> tuple[datetime, list[Request]]:
    """The shutter falls now, except for what a camera kept back for days."""
    at = now()
    if at - planned.at < timedelta(hours=1):
        planned = replace(planned, at=at)
    frames = [render(planned, frame, planned.seed) for frame in range(planned.frames)]
    return planned.at, requests_of(planned, frames)
