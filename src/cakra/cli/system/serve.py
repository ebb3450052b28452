"""`cakra up`, `web`, `worker`: the running system."""

import asyncio
import signal
import socket
from typing import Annotated

import uvicorn
import uvloop
from cyclopts import Parameter

from cakra.cli.system.supervise import interrupt_on_sigterm, kept_database, supervise
from cakra.core.errors import SetupError
from cakra.doors.headers import PatientProtocol
from cakra.kit.settings import Settings, load_settings
from cakra.store.upkeep.migrate import migrate
from cakra.store.upkeep.roles import APPLICATION
from cakra.wiring.lanes import STEPS, WorkerProcess
from cakra.wiring.official.ready import make_ready
from cakra.wiring.web import web_app
from cakra.wiring.world import open_world, owner_url

_BACKLOG = 2048


def stop_on_signals() -> asyncio.Event:
    """An event set by SIGTERM or Ctrl-C."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or SetupError that says which port is taken."""
    try:
        listener = socket.create_server((host, port), backlog=_BACKLOG, reuse_port=False)
    except OSError as problem:
        raise SetupError(
            f"Cannot listen on {host}:{port}: {problem.strerror}. Stop the other program or set CAKRA_WEB__PORT."
        ) from problem
    listener.set_inheritable(True)
    return listener


def web() -> None:
    """Serve cameras, citizens, officers and provider callbacks over HTTP, until SIGTERM or Ctrl-C."""
    settings = load_settings()
    listener = listen(settings.web.host, settings.web.port)
    uvloop.run(_serve(settings, listener))


async def _serve(settings: Settings, listener: socket.socket) -> None:
    async with open_world(settings, "cakra web", role=APPLICATION) as world, web_app(world) as app:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.web.trusted_proxies),
            forwarded_allow_ips=list(settings.web.trusted_proxies),
            timeout_graceful_shutdown=20,
            http=PatientProtocol,
        )
        await uvicorn.Server(config).serve([listener])


def worker(
    *, steps: Annotated[list[str] | None, Parameter(help=f"Which of {', '.join(STEPS)}; all when left out.")] = None
) -> None:
    """Move cases: screening, owners, notices, sending, receipts, deadlines. SIGTERM or Ctrl-C ends it."""
    unknown = set(steps or ()) - set(STEPS)
    if unknown:
        raise SetupError(f"Unknown steps {', '.join(sorted(unknown))}; there are {', '.join(STEPS)}.")
    settings = load_settings()
    uvloop.run(_work(settings, steps or list(STEPS)))


async def _work(settings: Settings, steps: list[str]) -> None:
    stopping = stop_on_signals()
    async with open_world(settings, "cakra worker", role=APPLICATION) as world:
        await WorkerProcess(world, steps=steps).run(stopping)


def up() -> None:
    """Run the whole system: migrate the database, then keep a web server and a worker until stopped.

    One that crashes is started again, the embedded database too. Ctrl-C or SIGTERM stops everything in order.
    """
    interrupt_on_sigterm()
    settings = load_settings()
    with kept_database(settings) as database:
        listen(settings.web.host, settings.web.port).close()
        asyncio.run(migrate(owner_url(settings)))
        asyncio.run(_announce(settings))
        supervise({"web": ["web"], "worker": ["worker"]}, database)


async def _announce(settings: Settings) -> None:
    async with open_world(settings, "cakra up") as world:
        await make_ready(world)
