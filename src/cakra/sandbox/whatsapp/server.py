"""Running the simulated provider."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import uvicorn

from cakra.kit.errors import SetupError
from cakra.kit.logs import get_logger
from cakra.sandbox.whatsapp.app import SandboxApp
from cakra.sandbox.whatsapp.provider import Provider
from cakra.sandbox.whatsapp.settings import SandboxWhatsAppSettings

_HOST = "127.0.0.1"
_KEEP_ALIVE_S = 75
_log = get_logger(__name__)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the caller's: one process may run several peers."""
        yield


async def serve(
    settings: SandboxWhatsAppSettings,
    *,
    stop: asyncio.Event | None = None,
    ready: "asyncio.Future[int] | None" = None,
) -> None:
    """Serve until `stop` is set or the task is cancelled; `ready` gets the port. SetupError: port taken.

    On stop, calls in flight get two seconds; webhooks still pending are counted in the log.
    """
    listener = _listen(settings.port)
    port: int = listener.getsockname()[1]
    provider = Provider(settings)
    server = _Server(_config(provider))
    posting = asyncio.create_task(provider.receipts.run())
    serving = asyncio.create_task(server.serve([listener]))
    _log.info("sandbox_whatsapp_listened", port=port)
    if ready is not None:
        ready.set_result(port)
    try:
        stopping = asyncio.create_task((stop or asyncio.Event()).wait())
        await asyncio.wait({stopping, serving, posting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        await serving
        posting.cancel()
        stopping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await posting
        provider.log.close()
        listener.close()
        _log.info("sandbox_whatsapp_stopped", sends=provider.counts.total(), pending=provider.receipts.pending)


def _config(provider: Provider) -> uvicorn.Config:
    return uvicorn.Config(
        SandboxApp(provider),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=2,
    )


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError as reason:
        listener.close()
        why = "it is taken" if reason.errno == errno.EADDRINUSE else str(reason.strerror)
        raise SetupError(f"The WhatsApp sandbox cannot listen on {_HOST}:{port}: {why}. Choose another.") from reason
    listener.listen(2048)
    listener.setblocking(False)
    return listener
