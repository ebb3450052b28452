"""`cakra …` as a process of its own without paying for the imports each time: forked from one that made them.

The fork gets the folder, the variables, and files for its standard streams, and runs the same `main`; what starts
the interpreter itself is shown by the tests that run `python -m cakra`.
"""

import atexit
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path

import clock

_LONGEST_S = 120
_SERVER = """
import importlib, json, os, signal, sys
from cakra.cli import COMMANDS, main
for _, module, _ in COMMANDS:
    importlib.import_module(f"cakra.cli.{module}")
signal.signal(signal.SIGINT, signal.default_int_handler)
for line in sys.stdin:
    told = json.loads(line)
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.setsid()
            os.chdir(told["folder"])
            os.environ.clear()
            os.environ.update(told["variables"])
            for place, (name, flags) in enumerate(
                [("in", os.O_RDONLY), ("out", os.O_WRONLY | os.O_APPEND), ("err", os.O_WRONLY | os.O_APPEND)]
            ):
                os.dup2(os.open(os.path.join(told["streams"], name), flags), place)
            sys.stdin = open(0, encoding="utf-8", closefd=False)
            sys.argv = ["cakra", *told["arguments"]]
            signal.alarm(told["longest_s"])
            try:
                main()
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            except BaseException:
                import traceback
                traceback.print_exc()
                code = 1
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@cache
def _server(_ahead: timedelta) -> "subprocess.Popen[str]":
    """One for each clock: its forks go by the time that it was started with."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(process.kill)
    return process


def run_cakra(
    arguments: Sequence[str | Path], *, folder: Path, variables: Mapping[str, str], stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    """To its end, whatever its exit code; a negative one is the signal that ended it."""
    with tempfile.TemporaryDirectory(prefix="cakra-streams-") as name:
        streams = Path(name)
        for stream, text in (("in", stdin), ("out", ""), ("err", "")):
            (streams / stream).write_text(text, encoding="utf-8")
        told = {
            "arguments": [str(argument) for argument in arguments],
            "folder": str(folder),
            "variables": dict(variables),
            "streams": name,
            "longest_s": _LONGEST_S,
        }
        server = _server(clock.ahead())
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(told) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        out, err = ((streams / stream).read_text(encoding="utf-8") for stream in ("out", "err"))
    return subprocess.CompletedProcess(["cakra", *told["arguments"]], code, out, err)
