"""A simulated peer as a process of its own."""

import json
import subprocess
import sys
from contextlib import contextmanager


@contextmanager
def running(room, folder, **settings):
    """The peer as a process; (port, path of its log)."""
    told, log = folder / f"{room}.json", folder / f"{room}.log"
    told.write_text(json.dumps({"log_path": str(log), **settings}), encoding="utf-8")
    command = [sys.executable, "-m", f"cakra.sandbox.{room}", str(told)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())["port"], log
        finally:
            process.terminate()
