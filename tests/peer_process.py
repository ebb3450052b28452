"""A simulated peer as a process of its own."""

import json
import os
from contextlib import contextmanager

from zygote import Forked


@contextmanager
def running(room, folder, **settings):
    """The peer as a process; (port, path of its log)."""
    told, log = folder / f"{room}.json", folder / f"{room}.log"
    told.write_text(json.dumps({"log_path": str(log), **settings}), encoding="utf-8")
    process = Forked(f"cakra.sandbox.{room}", [told], folder=folder, variables=os.environ, err=folder / f"{room}.err")
    try:
        yield json.loads(process.stdout.readline())["port"], log
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
