"""`cakra …` and the simulated peers as processes of their own without paying for the imports each time.

They are forked from one process that made the imports (`zygote_process.py`), get the folder, the variables, the clock
and files for their standard streams, and run the same `__main__`; what starts the interpreter itself is shown by the
tests that run `python -m cakra`.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import BinaryIO

import clock

_LONGEST_S = 120
_NOTHING = Path(os.devnull)


class _Zygote:
    """The process that has imported everything."""

    def __init__(self) -> None:
        # It goes by the machine's clock, and each fork by the one that it is told.
        plain = {name: value for name, value in os.environ.items() if name != clock.AHEAD}
        paths = [path for path in plain.pop("PYTHONPATH", "").split(os.pathsep) if path and path != clock.CHILDREN]
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("zygote_process.py"))],
            env=plain | ({"PYTHONPATH": os.pathsep.join(paths)} if paths else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # our Ctrl-C ends the forks in order
        )
        self._asked = Lock()
        self._begun: SimpleQueue[int] = SimpleQueue()
        self._codes: dict[int, Future[int]] = {}
        Thread(target=self._listen, name="zygote", daemon=True).start()
        atexit.register(self._process.stdin.close)  # it kills what still runs, and ends

    def fork(self, told: Mapping[str, object]) -> tuple[int, "Future[int]"]:
        """A fork's process id, and its exit code as soon as it has one."""
        assert self._process.stdin is not None
        with self._asked:
            self._process.stdin.write(json.dumps(told) + "\n")
            self._process.stdin.flush()
            pid = self._begun.get(timeout=_LONGEST_S)
            return pid, self._codes[pid]

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "begun" in said:
                self._codes[said["begun"]] = Future()
                self._begun.put(said["begun"])
            else:
                self._codes.pop(said["ended"]).set_result(said["code"])


_zygote = cache(_Zygote)


class Forked:
    """`python -m MODULE ARGUMENTS...` in a session of its own; used as a `subprocess.Popen` is.

    `out` and `err` are added to; without `out` its standard output is `stdout`, to be read.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str | Path],
        *,
        folder: Path,
        variables: Mapping[str, str],
        given: Path = _NOTHING,
        out: Path | None = None,
        err: Path,
        longest_s: int = 0,
    ) -> None:
        self.args = [module, *map(str, arguments)]
        self.returncode: int | None = None
        self.stdout: BinaryIO | None = None
        with tempfile.TemporaryDirectory(prefix="cakra-stream-") as name:
            pipe = Path(name) / "out"
            if out is None:
                os.mkfifo(pipe)
            for file in filter(None, (out, err)):
                file.touch()  # its caller may read it before the fork has come so far
            add = os.O_WRONLY | os.O_APPEND
            told = {
                "module": module,
                "arguments": self.args[1:],
                "folder": str(folder),
                "variables": dict(variables),
                "streams": [
                    (str(given), os.O_RDONLY),
                    (str(out or pipe), os.O_WRONLY if out is None else add),
                    (str(err), add),
                ],
                "ahead_s": clock.ahead().total_seconds(),
                "longest_s": longest_s,
            }
            self.pid, self._code = _zygote().fork(told)
            if out is None:
                self.stdout = pipe.open("rb")  # back as soon as the other end is open

    def poll(self) -> int | None:
        """Its exit code, or None as long as it runs; a negative one is the signal that ended it."""
        if self._code.done():
            self.returncode = self._code.result()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; subprocess.TimeoutExpired when it still runs after so many seconds."""
        try:
            self.returncode = self._code.result(timeout)
        except TimeoutError:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0) from None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing happens when it has ended."""
        if self.poll() is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                self.wait()

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def run_cakra(
    arguments: Sequence[str | Path], *, folder: Path, variables: Mapping[str, str], stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    """To its end, whatever its exit code; a negative one is the signal that ended it."""
    with tempfile.TemporaryDirectory(prefix="cakra-streams-") as name:
        given, out, err = (Path(name) / stream for stream in ("in", "out", "err"))
        given.write_text(stdin, encoding="utf-8")
        done = Forked(
            "cakra",
            arguments,
            folder=folder,
            variables=variables,
            given=given,
            out=out,
            err=err,
            longest_s=_LONGEST_S,
        )
        code = done.wait()
        return subprocess.CompletedProcess(
            ["cakra", *done.args[1:]], code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
        )
