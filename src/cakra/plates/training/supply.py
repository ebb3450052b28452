"""Batches from processes of their own, so that the network never waits for a pencil."""

from __future__ import annotations

import multiprocessing as mp
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.queues import Queue
from queue import Full
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from cakra.plates.training.samples import Sample, Samples

STREAMS = 4
"""Independent streams, taken in turn: the order of the samples does not depend on how many cores there are."""
_AHEAD = 3
_LOOK_UP_S = 2.0

Drawn = TypeVar("Drawn")
OpenStream = Callable[[tuple[int, ...]], Callable[[int], Drawn]]
"""From a seed to the function that draws the next batch of a size; a module's own function (it goes to processes)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`pictures` (n, HEIGHT, WIDTH) float16; the others ragged, one tuple a sample."""

    pictures: npt.NDArray[np.float16]
    labels: list[tuple[int, ...]]
    frames: list[tuple[int, ...]]


def drawn(samples: Samples, size: int) -> Batch:
    """One batch, drawn here."""
    return batch_of([samples.draw() for _ in range(size)])


def batch_of(samples: Sequence[Sample]) -> Batch:
    """These samples as one batch."""
    pictures = np.stack([one.picture for one in samples]).astype(np.float16)
    return Batch(pictures, [one.labels for one in samples], [one.frames for one in samples])


def plates(seed: tuple[int, ...]) -> Callable[[int], Batch]:
    """A stream of plate batches."""
    return partial(drawn, Samples(seed))


@contextmanager
def supply(
    open_stream: OpenStream[Drawn], seed: int, round_: int, size: int, processes: int
) -> Iterator[Iterator[Drawn]]:
    """Batches without end; `round_` (how far training has come) keeps a resumed run from seeing the same again."""
    context = mp.get_context("spawn")
    queues: list[Queue[Drawn]] = [context.Queue(_AHEAD) for _ in range(STREAMS)]
    workers = [
        context.Process(
            target=_draw_streams,
            args=(
                open_stream,
                {place: queues[place] for place in range(first, STREAMS, processes)},
                seed,
                round_,
                size,
            ),
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


def _in_turn(queues: list[Queue[Drawn]]) -> Iterator[Drawn]:
    while True:
        for queue in queues:
            yield queue.get()


def _draw_streams(
    open_stream: OpenStream[Drawn], queues: dict[int, Queue[Drawn]], seed: int, round_: int, size: int
) -> None:
    parent = os.getppid()
    streams = {place: open_stream((seed, round_, place)) for place in queues}
    while os.getppid() == parent:
        for place, queue in queues.items():
            _put(queue, streams[place](size), parent)
    for queue in queues.values():
        queue.cancel_join_thread()  # nobody will read what is still in the pipes


def _put(queue: Queue[Drawn], batch: Drawn, parent: int) -> None:
    """Wait for room, but not for a parent that was killed."""
    while os.getppid() == parent:
        with suppress(Full):
            queue.put(batch, timeout=_LOOK_UP_S)
            return
