"""Image processes: the models are opened once in each, and a crashed one is replaced."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from cakra.journey.screening.look import Seen, Shot, look_at, open_reader
from cakra.kit.logs import get_logger

_log = get_logger(__name__)
_TRIES = 3


class ImagePool:
    """Looks at photographs in processes of its own, so that the worker's loop never waits for a model."""

    def __init__(self, processes: int, stamp: str | None) -> None:
        self._processes = processes
        self._stamp = stamp
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # Spawned, not forked: a fork would share the loop's sockets and the driver's threads.
        return ProcessPoolExecutor(self._processes, mp_context=get_context("spawn"), initializer=open_reader)

    async def look(self, cases: Sequence[Sequence[Shot]]) -> list[Seen]:
        """One result a case, in order; a killed image process costs a retry, not a case."""
        return list(await asyncio.gather(*(self._look(list(shots)) for shots in cases)))

    async def _look(self, shots: list[Shot]) -> Seen:
        if not shots:
            return Seen((), ())
        for tried in range(_TRIES):
            pool = self._pool
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, look_at, shots, self._stamp)
            except BrokenProcessPool:
                _log.warning("image_process_lost", tries=tried + 1)
                if pool is self._pool:
                    self._pool = self._start()
        raise BrokenProcessPool("the image processes keep dying; see their standard error")

    async def close(self) -> None:
        """Let running pictures finish and end the processes."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
