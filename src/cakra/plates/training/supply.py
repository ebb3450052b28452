"""Batches from processes of their own, so that the network never waits for a pencil."""

from __future__ import annotations

import multiprocessing as mp
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.queues import Queue

import numpy as np
import numpy.typing as npt

from cakra.plates.training.samples import Samples

STREAMS = 4
"""Independent streams, taken in turn: the order of the samples does not depend on how many cores there are."""
_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """`pictures` (n, HEIGHT, WIDTH) float16; the others ragged, one tuple a sample."""

    pictures: npt.NDArray[np.float16]
    labels: list[tuple[int, ...]]
    frames: list[tuple[int, ...]]


def drawn(samples: Samples, size: int) -> Batch:
    """One batch, drawn here."""
    taken = [samples.draw() for _ in range(size)]
    pictures = np.stack([one.picture for one in taken]).astype(np.float16)
    return Batch(pictures, [one.labels for one in taken], [one.frames for one in taken])


@contextmanager
def supply(seed: int, round_: int, size: int, processes: int) -> Iterator[Iterator[Batch]]:
    """Batches without end; `round_` (how far training has come) keeps a resumed run from seeing the same again."""
    context = mp.get_context("spawn")
    queues: list[Queue[Batch]] = [context.Queue(_AHEAD) for _ in range(STREAMS)]
    workers = [
        context.Process(
            target=_draw_streams,
            args=({place: queues[place] for place in range(first, STREAMS, processes)}, seed, round_, size),
            daemon=True,
        )
        for first in range(min(processes, STREAMS))
    ]
    for worker in workers:
        worker.start()
    try:
        yield _in_turn(queues)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()


def _in_turn(queues: list[Queue[Batch]]) -> Iterator[Batch]:
    while True:
        for queue in queues:
            yield queue.get()


def _draw_streams(queues: dict[int, Queue[Batch]], seed: int, round_: int, size: int) -> None:
    parent = os.getppid()
    streams = {place: Samples((seed, round_, place)) for place in queues}
    while os.getppid() == parent:
        for place, queue in queues.items():
            queue.put(drawn(streams[place], size))
