"""A simulated peer as a process: settings from a JSON file, the port on one line, SIGTERM stops it."""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import uvloop

from cakra.kit import logs
from cakra.kit.errors import CakraError, SetupError

Serve = Callable[[asyncio.Event, "asyncio.Future[int]"], Awaitable[None]]


def run_peer(open_peer: Callable[[Mapping[str, Any]], Serve]) -> int:
    """Serve until told to stop; the exit status. `open_peer` makes the peer of a settings document."""
    logs.configure(level="warning")
    try:
        uvloop.run(_run(open_peer(_document())))
    except CakraError as reason:
        sys.stderr.write(f"{reason.sentence}\n")
        return 2
    return 0


def _document() -> Mapping[str, Any]:
    try:
        document = json.loads(Path(sys.argv[1]).read_bytes())
    except (IndexError, OSError, ValueError) as reason:
        raise SetupError(f"Name one readable JSON file with the sandbox's settings ({reason}).") from reason
    if not isinstance(document, dict):
        raise SetupError("The sandbox's settings are one JSON object.")
    return document


async def _run(serve: Serve) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    ready: asyncio.Future[int] = loop.create_future()
    ready.add_done_callback(lambda found: _announce(found.result()) if not found.cancelled() else None)
    await serve(stop, ready)


def _announce(port: int) -> None:
    sys.stdout.write(json.dumps({"port": port}) + "\n")
    sys.stdout.flush()
