"""Image processes: the models are opened once in each, and a crashed one is replaced."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import TypeVar

from cakra.core.errors import SetupError
from cakra.journey.screening.look import Seen, Shot, look_at, open_reader
from cakra.kit.logs import get_logger
from cakra.plates.decision.terms import DecisionTerms

_log = get_logger(__name__)
_TRIES = 3
T = TypeVar("T")


class ImagePool:
    """Looks at photographs in processes of its own, so that the worker's loop never waits for a model."""

    def __init__(self, processes: int, terms: DecisionTerms, stamp: str | None) -> None:
        self._processes = processes
        self._terms = terms
        self._stamp = stamp
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # Spawned, not forked: a fork would share the loop's sockets and the driver's threads.
        return ProcessPoolExecutor(self._processes, mp_context=get_context("spawn"), initializer=_live_with_worker)

    async def open(self) -> None:
        """Start the processes and open their models; ModelMissingError before the first case, not with it."""
        try:
            await asyncio.gather(*(self._run(open_reader, self._terms) for _ in range(self._processes)))
        except BrokenProcessPool as problem:
            raise SetupError("The image processes end as they start; see what they say above.") from problem

    async def look(self, cases: Sequence[Sequence[Shot]]) -> list[Seen]:
        """One result a case, in order; a killed image process costs a retry, not a case."""
        return list(await asyncio.gather(*(self._look(list(shots)) for shots in cases)))

    async def _look(self, shots: list[Shot]) -> Seen:
        if not shots:
            return Seen((), ())
        return await self._run(look_at, shots, self._terms, self._stamp)

    async def _run(self, work: Callable[..., T], *given: object) -> T:
        for tried in range(_TRIES):
            pool = self._pool
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, work, *given)
            except BrokenProcessPool:
                _log.warning("image_process_lost", tries=tried + 1)
                if pool is self._pool:
                    self._pool = self._start()
        raise BrokenProcessPool("the image processes keep dying; see their standard error")

    async def close(self) -> None:
        """Let running pictures finish and end the processes."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)


def _live_with_worker() -> None:
    """An image process ends with its worker, also when that is killed and can end nobody; Ctrl-C is the worker's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after_worker, name="watch-worker", daemon=True).start()


def _end_after_worker() -> None:
    worker = parent_process()
    if worker is not None:
        worker.join()
        os._exit(1)  # whatever the models are doing
