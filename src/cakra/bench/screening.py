"""`cakra bench screening`: the image work on one core, and the whole way with photographs at 11 events a second."""

import asyncio
import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cakra.bench.measuring.ground import OFFENCE, Progress, bench_environment, open_ground, open_peer
from cakra.bench.measuring.load import Shot, sample_plates
from cakra.bench.measuring.meter import max_rss_mb
from cakra.bench.pipeline import RATES, feed
from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind
from cakra.evidence.mask import View
from cakra.journey.screening.look import Shot as Looked
from cakra.journey.screening.look import look_at, open_reader
from cakra.kit.clock import now
from cakra.plates.decision.terms import DecisionTerms
from cakra.sandbox.cameras.passage import DrawnPassage, Frame
from cakra.sandbox.cameras.scene import render
from cakra.wiring.cameras import plate_terms, stated_certainty
from cakra.wiring.world import World

_RATE = 11
_FRAMES = 2
_READY_S = 60.0
_LISTENING = "select exists (select from pg_stat_activity where datname = current_database() and query ilike 'listen%')"
_LOOK_ALIKES = frozenset("IOQD")  # look-alikes go to an officer and would never be handed over


async def bench_screening(folder: Path, register_rows: int, seconds: float, progress: Progress) -> dict[str, Any]:
    """The figures of design section 10; `seconds` is how long 11 events a second are fed."""
    with open_peer(folder) as peer:
        async with open_ground(folder, peer, register_rows, progress) as world:
            wanted = int(_RATE * seconds)
            kinds = await sample_plates(world.pool, 6 * wanted)
            cars = [p for p, kind in kinds if kind == "car" and not _LOOK_ALIKES & set(p[1:])][:wanted]
            pictures = await asyncio.to_thread(lambda: {plate: _photograph(plate) for plate in cars})
            work = await asyncio.to_thread(_measure, pictures, plate_terms(world.settings, stated_certainty()))
            shots = await _store(world, pictures)
            with _worker(folder, peer.port) as worker:
                await _until_listening(world)
                latency = await feed(world, cars, _RATE, len(cars) / _RATE, shots)
                memory = max_rss_mb(worker)
    per_core = work["crops_per_s_per_core"]
    return {
        **work,
        "photographs_per_event": _FRAMES,
        "cores_needed": {str(rate): round(rate * work["crops_per_event"] / per_core, 2) for rate in RATES},
        "latency_11": latency,
        "max_rss_mb": memory,
    }


def _photograph(plate: str) -> list[Frame]:
    passage = DrawnPassage(
        event_id=plate,
        camera="BENCH-1",
        offence=OFFENCE,
        at=now().replace(hour=3),
        plate=plate,
        claim=plate,
        expect="",
    )
    return [render(passage, frame, passage.seed) for frame in range(_FRAMES)]


def _measure(pictures: Mapping[str, Sequence[Frame]], terms: DecisionTerms) -> dict[str, Any]:
    """CPU of one thread: decode, read, mask, derive; what one worker's image process does for a case."""
    open_reader(terms)
    cases = [
        [Looked(f.jpeg, f.plate_box, Box(*f.vehicle_box), VehicleKind.CAR, View.FRONT, plate) for f in frames]
        for plate, frames in pictures.items()
    ]
    look_at(cases[0], terms, "CONTOH")  # the first look opens caches
    started = time.process_time()
    looked = 0
    for shots in cases:
        seen = look_at(shots, terms, "CONTOH")
        looked += sum(reading is not None for reading in seen.readings)
    spent = time.process_time() - started
    return {
        "events": len(cases),
        "crops_per_event": round(looked / len(cases), 2),
        "crops_per_s_per_core": round(looked / spent, 2),
        "ms_per_crop": round(1000 * spent / looked, 1),
    }


async def _store(world: World, pictures: Mapping[str, Sequence[Frame]]) -> dict[str, list[Shot]]:
    blobs = {hashlib.sha256(f.jpeg).digest(): f.jpeg for frames in pictures.values() for f in frames}
    await world.photos.put_many(blobs)
    return {
        plate: [Shot(hashlib.sha256(f.jpeg).digest(), len(f.jpeg), f.width, f.height, f.plate_box) for f in frames]
        for plate, frames in pictures.items()
    }


async def _until_listening(world: World) -> None:
    """The worker opens its models before it listens; TimeoutError when it never does."""
    async with asyncio.timeout(_READY_S):
        while not await world.pool.fetchval(_LISTENING):  # noqa: ASYNC110 - another process works
            await asyncio.sleep(0.1)


@contextmanager
def _worker(folder: Path, port: int) -> Iterator[int]:
    command = [sys.executable, "-m", "cakra", "worker"]
    with subprocess.Popen(command, env=bench_environment(folder, port)) as process:
        try:
            yield process.pid
        finally:
            process.terminate()
