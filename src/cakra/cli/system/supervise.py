"""Keeps what `cakra up` runs running, embedded database included, and stops it together."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from cakra.core.errors import CakraError
from cakra.kit.logs import get_logger
from cakra.kit.settings import Settings
from cakra.store.embedded import ensure_running, find_running, stop

_log = get_logger(__name__)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
# A process that lived this long was well; its next end is a first one again.
_WELL_AFTER_S = 60.0
_GRACE_S = 25.0
_LOOK_EVERY_S = 0.2
_LOOK_AT_DATABASE_EVERY_S = 1.0


class BackOff:
    """How long to wait before the next try: doubling from one second to thirty."""

    def __init__(self) -> None:
        self._next_s = _FIRST_PAUSE_S

    def pause_s(self) -> float:
        """The pause now; the next is twice as long."""
        pause, self._next_s = self._next_s, min(2 * self._next_s, _LONGEST_PAUSE_S)
        return pause

    def reset(self) -> None:
        """All is well again."""
        self._next_s = _FIRST_PAUSE_S


class KeptProcess:
    """One `cakra …` process, started again when it ends."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        self.name, self._arguments = name, arguments
        self._back_off = BackOff()
        self._again_at: float | None = None
        self._start()

    def look(self) -> None:
        """Start it again when it has ended and its pause is over."""
        at = time.monotonic()
        if self._again_at is not None:
            if at >= self._again_at:
                self._start()
        elif self.process.poll() is not None:
            if at - self._started > _WELL_AFTER_S:
                self._back_off.reset()
            pause = self._back_off.pause_s()
            self._again_at = at + pause
            _log.error("process_ended", process=self.name, exit_code=self.process.returncode, again_in_s=pause)

    def _start(self) -> None:
        """In a session of its own, so that Ctrl-C reaches us alone and we stop all in order."""
        command = [sys.executable, "-m", "cakra", *self._arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        self._started, self._again_at = time.monotonic(), None
        _log.info("process_started", process=self.name, pid=self.process.pid)


class KeptDatabase:
    """The embedded server, started again when it is gone; `moved` when it came back on another port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = ensure_running(folder).port
        self._back_off = BackOff()
        self.moved = threading.Event()

    def keep(self, stopping: threading.Event) -> None:
        """Until `stopping`; run it in a thread, for recovering after a crash takes its time."""
        pause = _LOOK_AT_DATABASE_EVERY_S
        while not stopping.wait(pause):
            try:
                port = ensure_running(self._folder).port
            except CakraError as problem:
                pause = self._back_off.pause_s()
                _log.error("database_not_started", reason=problem.sentence, again_in_s=pause)
                continue
            self._back_off.reset()
            pause = _LOOK_AT_DATABASE_EVERY_S
            if port != self._port:
                self._port = port
                self.moved.set()


@contextmanager
def kept_database(settings: Settings) -> Iterator[KeptDatabase | None]:
    """The embedded database, stopped at the end if it did not run before; None with a configured one."""
    if settings.database.url:
        yield None
        return
    folder = settings.database.folder.resolve()
    began = find_running(folder) is None
    try:
        yield KeptDatabase(folder)
    finally:
        if began:
            stop(folder)


def interrupt_on_sigterm() -> None:
    """Until `supervise` takes over, SIGTERM unwinds like Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def supervise(commands: Mapping[str, Sequence[str]], database: KeptDatabase | None) -> None:
    """Run `cakra …` processes by name until SIGTERM or Ctrl-C, then end them; the database is the caller's to stop."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    keeper = threading.Thread(target=database.keep, args=(stopping,), name="database") if database else None
    if keeper is not None:
        keeper.start()
    kept = [KeptProcess(name, arguments) for name, arguments in commands.items()]
    try:
        while not stopping.wait(_LOOK_EVERY_S):
            if database is not None and database.moved.is_set():
                database.moved.clear()
                _log.warning("database_moved")
                end_processes([one.process for one in kept])
            for one in kept:
                one.look()
    finally:
        stopping.set()
        end_processes([one.process for one in kept])
        if keeper is not None:
            keeper.join()


def end_processes(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ask each to finish, and end those that do not within the grace."""
    for process in processes:
        process.terminate()
    until = time.monotonic() + _GRACE_S
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            _log.warning("process_killed", pid=process.pid)
            process.kill()
            process.wait()
