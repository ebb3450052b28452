"""`python -m cakra.sandbox.whatsapp SETTINGS.json`: one JSON line with the port when ready; SIGTERM stops it."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import uvloop

from cakra.kit import logs
from cakra.kit.errors import CakraError, SetupError
from cakra.sandbox.whatsapp.server import serve
from cakra.sandbox.whatsapp.settings import SandboxWhatsAppSettings


async def _run(settings: SandboxWhatsAppSettings) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    ready: asyncio.Future[int] = loop.create_future()
    ready.add_done_callback(lambda found: _announce(found.result()) if not found.cancelled() else None)
    await serve(settings, stop=stop, ready=ready)


def _announce(port: int) -> None:
    sys.stdout.write(json.dumps({"port": port}) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Read the settings file and serve."""
    logs.configure(level="warning")
    try:
        try:
            document = json.loads(Path(sys.argv[1]).read_bytes())
        except (IndexError, OSError, ValueError) as reason:
            raise SetupError(f"Name one readable JSON file with the sandbox's settings ({reason}).") from reason
        uvloop.run(_run(SandboxWhatsAppSettings.read(document)))
    except CakraError as reason:
        sys.stderr.write(f"{reason.sentence}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
