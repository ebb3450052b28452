"""The process that `zygote.py` forks from: it has imported the product, and becomes what each line of its input says.

It says `{"begun": pid}` for each line, in order, and `{"ended": pid, "code": ...}` when a fork has ended.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import sys
import threading
import time
import traceback
from datetime import timedelta
from typing import Any

import time_machine

from cakra.cli import COMMANDS


def import_everything() -> None:
    """What the commands and the simulated peers import."""
    for _, module, _ in COMMANDS:
        importlib.import_module(f"cakra.cli.{module}")
    for peer in ("whatsapp", "mail", "sms"):
        importlib.import_module(f"cakra.sandbox.{peer}.server")
    for late in ("numba", "cakra.outside.letter.pades", "cakra.outside.letter.print_house.sftp"):
        importlib.import_module(late)


def tell(**said: int) -> None:
    """One line to the test process."""
    os.write(1, json.dumps(said).encode() + b"\n")


def what_to_become() -> dict[str, Any] | None:
    """Fork for every line; in the fork its line, in the first process None when nobody asks any more."""
    ended, woken = os.pipe()
    for end in (ended, woken):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    asked, forks = b"", set[int]()
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
        if 0 in ready:
            piece = os.read(0, 1 << 16)
            if not piece:
                for fork in forks:
                    os.kill(fork, signal.SIGKILL)
                return None
            *lines, asked = (asked + piece).split(b"\n")
            for line in lines:
                fork = os.fork()
                if fork == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    os.close(ended)
                    os.close(woken)
                    told: dict[str, Any] = json.loads(line)
                    return told
                forks.add(fork)
                tell(begun=fork)
        for fork in list(forks):
            pid, status = os.waitpid(fork, os.WNOHANG)
            if pid:
                forks.remove(fork)
                tell(ended=fork, code=os.waitstatus_to_exitcode(status))


def become(told: dict[str, Any]) -> None:
    """Session, streams, folder, variables and clock as told."""
    os.setsid()
    for place, (name, flags) in enumerate(told["streams"]):
        opened = os.open(name, flags)
        os.dup2(opened, place)
        os.close(opened)
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["variables"])
    os.environ.pop("PYTEST_VERSION", None)  # what the command line is made with would warn of it
    if told["ahead_s"]:
        time_machine.travel(timedelta(seconds=told["ahead_s"]), tick=True).start()
        time.time()  # the journey begins with the first question
    signal.alarm(told["longest_s"])
    sys.argv = ["", *told["arguments"]]


signal.signal(signal.SIGINT, signal.default_int_handler)
import_everything()
gc.collect()
gc.freeze()  # what is imported stays in memory that all forks share
if (told := what_to_become()) is not None:
    become(told)
    code = 1
    try:
        runpy.run_module(told["module"], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # noqa: BLE001 - whatever ends an interpreter
        traceback.print_exc()
    finally:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        # Without taking libraries down: one of them waits for threads that stayed with the first process.
        os._exit(code)
