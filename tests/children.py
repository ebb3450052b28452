"""Child processes of a test, and a keeper that ends them even when the test process itself is killed."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cakra.store.embedded.processes import wait_gone
from zygote import Forked

_KEEPER = """
import os, pathlib, shutil, signal, sys
pids = set()
for line in sys.stdin:
    (pids.add if line[0] == "+" else pids.discard)(int(line[1:]))
for pid in pids:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
from cakra.store.embedded import erase
folder = pathlib.Path(sys.argv[1])
erase(folder / "postgresql")
shutil.rmtree(folder)
"""


def until(condition: Callable[[], Any], seconds: float = 60.0, what: str = "the condition") -> Any:
    """Poll until the condition holds; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} never came true in {seconds:.0f} s"
        time.sleep(0.1)
    return found


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kill_server(pid: int) -> None:
    """`kill -9` a process that is not our child; back when it is gone, for a dying server still looks like one."""
    os.kill(pid, signal.SIGKILL)
    assert wait_gone(pid, 30), f"process {pid} survived kill -9"


class Keeper:
    """A folder with a database of its own, and the process that clears everything away at the end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cakra-system-"))
        self.folder.chmod(0o711)  # as root the server runs under another account
        self._process = subprocess.Popen(
            [sys.executable, "-c", _KEEPER, self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def tell(self, line: str) -> None:
        """`+pid`: end it if we die; `-pid`: it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """Erase database and folder, and wait until they are gone."""
        self._process.communicate()
        assert self._process.returncode == 0, f"{self.folder} could not be erased"


class Child:
    """One process of the system; what it writes is kept in a file.

    `fresh`: with an interpreter of its own, whose variables (`PYTHONPATH`) say what is imported.
    """

    def __init__(
        self,
        keeper: Keeper,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        listen: bool = False,
        fresh: bool = False,
    ) -> None:
        self._keeper, self.name = keeper, name
        self.errors = keeper.folder / f"{name}.log"
        self.process: Forked | subprocess.Popen[bytes] = (
            self._fresh(arguments, environment) if fresh else self._forked(arguments, environment, listen)
        )
        keeper.tell(f"+{self.process.pid}")

    def _forked(self, arguments: Sequence[str], environment: Mapping[str, str], listen: bool) -> Forked:
        module, *told = arguments
        out = None if listen else self.errors
        return Forked(module, told, folder=self.errors.parent, variables=environment, out=out, err=self.errors)

    def _fresh(self, arguments: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        with self.errors.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env=environment,
                cwd=self.errors.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # our Ctrl-C ends them in order
            )

    @property
    def said(self) -> str:
        """Everything it, or an earlier one of its name, wrote."""
        return self.errors.read_text(errors="replace")

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self._reap(None)

    def stop(self, seconds: float = 30.0) -> int:
        """Ask it to finish; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self._reap(seconds)

    def _reap(self, seconds: float | None) -> int:
        try:
            return self.process.wait(seconds)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self._keeper.tell(f"-{self.process.pid}")
            if self.process.stdout is not None:
                self.process.stdout.close()
