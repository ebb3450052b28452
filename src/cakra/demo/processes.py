"""The processes of the demonstration: everything listens on loopback and ends with it."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cakra.core.errors import SetupError

_WEB_PORT, _PHONE_PORT = 8080, 8090
_READY_S = 60.0
_GRACE_S = 20.0
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a person looks."""

    portal: str
    console: str
    phone: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Folder, ports and the environment of every process."""

    folder: Path
    web_port: int
    phone_port: int
    environment: Mapping[str, str]

    @property
    def addresses(self) -> Addresses:
        """The three addresses."""
        web = f"http://127.0.0.1:{self.web_port}"
        return Addresses(web, f"{web}/petugas", f"http://127.0.0.1:{self.phone_port}/phone/")


def make_plan(folder: Path) -> Plan:
    """Free ports (the usual ones when they are free) and fresh secrets."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "letters", ignore_errors=True)  # the case book begins anew, and so do its letters
    web, phone = _free(_WEB_PORT), _free(_PHONE_PORT)
    told = {
        "DEMO": "true",
        "LOG_LEVEL": "warning",
        "DATABASE__FOLDER": str(folder / "postgresql"),
        "PHOTOS__URL": str(folder / "photos"),
        "LETTER__ENABLED": "true",
        "LETTER__SPOOL": str(folder / "letters"),
        "WHATSAPP__BASE_URL": f"http://127.0.0.1:{phone}",
        "WHATSAPP__ACCESS_TOKEN": secrets.token_hex(16),
        "WHATSAPP__APP_SECRET": secrets.token_hex(16),
        "WHATSAPP__VERIFY_TOKEN": secrets.token_hex(16),
        "PORTAL__BASE_URL": f"http://127.0.0.1:{web}",
        "WEB__PORT": str(web),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
    return Plan(folder, web, phone, inherited | {f"CAKRA_{name}": value for name, value in told.items()})


def _free(port: int) -> int:
    for wanted in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SetupError("No port is free on 127.0.0.1.")


@contextmanager
def provider(plan: Plan) -> Iterator[Path]:
    """The simulated provider with the owners' phones; yields its log of accepted sends."""
    log = plan.folder / "provider.jsonl"
    log.unlink(missing_ok=True)
    told = {
        "port": plan.phone_port,
        "app_secret": plan.environment["CAKRA_WHATSAPP__APP_SECRET"],
        "access_token": plan.environment["CAKRA_WHATSAPP__ACCESS_TOKEN"],
        "webhook_url": f"http://127.0.0.1:{plan.web_port}/v1/callbacks/whatsapp",
        "log_path": str(log),
        "absent_suffixes": ["77"],
    }
    path = plan.folder / "provider.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    path.chmod(0o600)
    with _process(plan, "provider", ["-m", "cakra.sandbox.whatsapp", str(path)]):
        _wait_for(f"http://127.0.0.1:{plan.phone_port}/sandbox/stats")
        yield log


@contextmanager
def product(plan: Plan) -> Iterator[None]:
    """The web server and the worker."""
    with ExitStack() as stack:
        for command in ("web", "worker"):
            stack.enter_context(_process(plan, command, ["-m", "cakra", command]))
        _wait_for(f"http://127.0.0.1:{plan.web_port}/health")
        yield


@contextmanager
def _process(plan: Plan, name: str, arguments: list[str]) -> Iterator[None]:
    with (plan.folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=dict(plan.environment),
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is ours; they are asked to finish
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(address: str) -> None:
    until = time.monotonic() + _READY_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own loopback address
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise SetupError(f"Nothing answers at {address}; see the logs in the demo's folder.") from None
            time.sleep(_LOOK_EVERY_S)
