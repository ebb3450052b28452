"""Work in processes of its own that may be killed: one job at a time each, and a time limit for the job."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context, parent_process
from typing import TypeVar

from cakra.kit.logs import get_logger

_log = get_logger(__name__)
_TRIES = 3
T = TypeVar("T")


class JobTooSlow(Exception):
    """The job took longer than it may; its process was killed and is replaced."""


class KillableProcesses:
    """`processes` children, each prepared by `prepare` before its first job; a lost one is replaced.

    `prepare` and every job are importable functions, their arguments can be pickled.
    """

    def __init__(self, processes: int, prepare: Callable[[], None]) -> None:
        self._prepare = prepare
        self._free: asyncio.Queue[_Child] = asyncio.Queue()
        self._children = [_Child() for _ in range(processes)]
        for child in self._children:
            self._free.put_nowait(child)

    async def open(self) -> None:
        """Start and prepare them all. What `prepare` raises; BrokenProcessPool when one ends each time as it starts."""
        await asyncio.gather(*(self._begin(child) for child in self._children))

    async def _begin(self, child: "_Child") -> None:
        for tried in range(_TRIES):
            try:
                await child.begin(self._prepare)
            except BrokenProcessPool:  # killed by others while it started
                _log.warning("image_process_lost", tries=tried + 1)
                child.end()
            else:
                return
        raise BrokenProcessPool("the image processes end as they start; see their standard error")

    async def run(self, seconds: float, work: Callable[..., T], *given: object) -> T:
        """The job's result, or what it raises; TooSlow after `seconds` of its own, waiting for a free child apart.

        A child that was killed by others costs a retry. BrokenProcessPool when they keep dying.
        """
        child = await self._free.get()
        try:
            for tried in range(_TRIES):
                try:
                    return await child.run(self._prepare, seconds, work, *given)
                except BrokenProcessPool:
                    _log.warning("image_process_lost", tries=tried + 1)
                    child.end()
            raise BrokenProcessPool("the image processes keep dying; see their standard error")
        finally:
            self._free.put_nowait(child)

    async def close(self) -> None:
        """Let running jobs finish and end the children."""
        for child in self._children:
            await child.close()


class _Child:
    """One process, renewed after each end."""

    def __init__(self) -> None:
        self._executor: ProcessPoolExecutor | None = None
        self._pid: int | None = None

    async def begin(self, prepare: Callable[[], None]) -> ProcessPoolExecutor:
        if self._executor is None:
            # Spawned, not forked: a fork would share the loop's sockets and the driver's threads.
            self._executor = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_live_with_parent)
        if self._pid is None:
            self._pid = await asyncio.get_running_loop().run_in_executor(self._executor, _prepared, prepare)
        return self._executor

    async def run(self, prepare: Callable[[], None], seconds: float, work: Callable[..., T], *given: object) -> T:
        executor = await self.begin(prepare)
        job = asyncio.get_running_loop().run_in_executor(executor, work, *given)
        try:
            async with asyncio.timeout(seconds):
                return await job
        except TimeoutError as reason:
            self.end()
            raise JobTooSlow(f"a job took longer than {seconds:g} s") from reason
        except asyncio.CancelledError:
            self.end()  # nobody waits for it any more, and the next job must not wait behind it
            raise

    def end(self) -> None:
        """Kill it, whatever it is doing; the next job begins another."""
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._pid = None

    async def close(self) -> None:
        """Let a running job finish and end the process."""
        if self._executor is not None:
            await asyncio.to_thread(self._executor.shutdown, wait=True, cancel_futures=True)
        self._executor = self._pid = None


def _prepared(prepare: Callable[[], None]) -> int:
    prepare()
    return os.getpid()


def _live_with_parent() -> None:
    """A child ends with its parent, also when that is killed and can end nobody; Ctrl-C is the parent's alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after_parent, name="watch-parent", daemon=True).start()


def _end_after_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # whatever it is doing
