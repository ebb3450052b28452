"""`cakra demo`: the whole system with a synthetic city; `cakra sandbox`: its simulated provider alone."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import uvloop
from cyclopts import Parameter

from cakra.cli.system.serve import stop_on_signals
from cakra.core.errors import SetupError
from cakra.demo.run import erase_demo, run_demo
from cakra.kit.console import say
from cakra.kit.settings import Settings, load_settings
from cakra.sandbox.whatsapp import SandboxWhatsAppSettings, serve

_FOLDER = Path("var/demo")
_LOG = Path("var/sandbox-sends.jsonl")
_LOOPBACK = {"127.0.0.1", "localhost"}


def demo(
    *,
    once: Annotated[bool, Parameter(help="End by itself; the last line is the summary as JSON.")] = False,
    erase: Annotated[bool, Parameter(help="Remove what earlier demonstrations left, and do nothing else.")] = False,
    folder: Annotated[Path, Parameter(help="Where the demonstration keeps its data.")] = _FOLDER,
) -> None:
    """Run everything with invented people: cameras, provider, phones, portal, console. Loopback only."""
    if erase:
        erase_demo(folder)
    else:
        run_demo(folder, once=once)


def sandbox(
    *, log: Annotated[Path, Parameter(help="Where every accepted message is appended, a JSON line each.")] = _LOG
) -> None:
    """Simulate the WhatsApp provider and the owners' phones on the port of CAKRA_WHATSAPP__BASE_URL.

    Token, secret and account are those of CAKRA_WHATSAPP__*; receipts go to CAKRA_PORTAL__BASE_URL. It
    listens on this machine only, and so must both addresses be.
    """
    uvloop.run(_simulate(sandbox_settings(load_settings(), log)))


def sandbox_settings(settings: Settings, log: Path) -> SandboxWhatsAppSettings:
    """The provider that these settings would meet; SetupError unless it is on this machine and has secrets."""
    told = settings.whatsapp
    provider = urlsplit(told.base_url)
    for name, address in (("WHATSAPP", told.base_url), ("PORTAL", settings.portal.base_url)):
        if urlsplit(address).hostname not in _LOOPBACK:
            raise SetupError(
                f"The sandbox stays on this machine, but CAKRA_{name}__BASE_URL is {address}; "
                "set it to http://127.0.0.1 and a port."
            )
    if provider.scheme != "http" or not provider.port:
        raise SetupError(f"CAKRA_WHATSAPP__BASE_URL is {told.base_url}; the sandbox needs http and a port in it.")
    for name in ("access_token", "app_secret"):
        if not getattr(told, name):
            raise SetupError(f"CAKRA_WHATSAPP__{name.upper()} is empty; choose any text, the same for all processes.")
    log.parent.mkdir(parents=True, exist_ok=True)
    return SandboxWhatsAppSettings(
        port=provider.port,
        app_secret=told.app_secret,
        access_token=told.access_token,
        webhook_url=f"{settings.portal.base_url.rstrip('/')}/v1/callbacks/whatsapp",
        log_path=log,
        phone_number_id=told.phone_number_id,
        display_number=told.display_number,
        business_account_id=told.account_id,
    )


async def _simulate(settings: SandboxWhatsAppSettings) -> None:
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    ready.add_done_callback(_announce)
    await serve(settings, stop=stop_on_signals(), ready=ready)


def _announce(ready: "asyncio.Future[int]") -> None:
    if not ready.cancelled():
        say(f"The simulated provider listens; the owners' phones are at http://127.0.0.1:{ready.result()}/phone/")
        sys.stdout.flush()
