"""Keeps the processes of `cakra up` running, and stops them together."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import FrameType

from cakra.kit.logs import get_logger

_log = get_logger(__name__)
_RESTART_PAUSE_S = 1.0
_GRACE_S = 25.0
_LOOK_EVERY_S = 0.2


def supervise(commands: Mapping[str, Sequence[str]]) -> int:
    """Run `cakra …` processes by name until SIGTERM or Ctrl-C; returns the exit code."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    running = {name: start_process(arguments) for name, arguments in commands.items()}
    while not stopping.wait(_LOOK_EVERY_S):
        for name, process in list(running.items()):
            if process.poll() is not None:
                _log.error("process_ended", process=name, exit_code=process.returncode)
                time.sleep(_RESTART_PAUSE_S)
                running[name] = start_process(commands[name])
    end_processes(list(running.values()))
    return 0


def start_process(arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    """`cakra ARGUMENTS` with this interpreter, in a group of its own so that Ctrl-C reaches us first."""
    return subprocess.Popen([sys.executable, "-m", "cakra", *arguments], start_new_session=True)


def end_processes(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ask each to finish, and end those that do not within the grace."""
    for process in processes:
        process.terminate()
    until = time.monotonic() + _GRACE_S
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
