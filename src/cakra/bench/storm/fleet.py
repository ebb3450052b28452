"""The processes of a fault run: started, killed at will, started again when they ended."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil

from cakra.core.errors import SetupError
from cakra.kit.settings import Settings
from cakra.store.embedded import ensure_running, find_running

_GRACE_S = 20.0
_GROWN_UP_S = 5.0  # a process killed as it starts does nothing worth interrupting
KILLED = ("worker-1", "worker-2", "web", "database")
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Fleet:
    """What runs. `environment`: of every process of ours."""

    folder: Path
    environment: dict[str, str]
    phone_port: int = 0
    mail_port: int = 0
    sms_port: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)

    @property
    def sends_log(self) -> Path:
        """What the simulated WhatsApp accepted."""
        return self.folder / "sends.jsonl"

    @property
    def mail_log(self) -> Path:
        """What the simulated mail server accepted."""
        return self.folder / "mail.jsonl"

    def start(self, name: str) -> None:
        """Web server or worker; each has a log of its own in the folder."""
        module = ["cakra", "web"] if name == "web" else ["cakra.bench.storm.worker"]
        with (self.folder / f"{name}.log").open("a", encoding="utf-8") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *module], env=self.environment, stdout=log, stderr=log, text=True
            )
        self.started[name] = time.monotonic()

    def kill(self, chance: Random) -> None:
        """`kill -9` of one that is at work; it starts again at once, as under a supervisor."""
        young = {name for name, at in self.started.items() if time.monotonic() - at < _GROWN_UP_S}
        name = chance.choice([name for name in KILLED if name not in young])
        if name == "database":
            found = find_running(self.folder / "postgresql")
            if found is not None:
                psutil.Process(found.pid).kill()
                self.kills[name] += 1
            ensure_running(self.folder / "postgresql")
            return
        self.running[name].kill()
        self.running[name].wait()
        self.kills[name.partition("-")[0]] += 1
        self.start(name)

    def restart_what_ended(self) -> None:
        """A process that gave up (its database was killed as it started) is started again."""
        for name, process in list(self.running.items()):
            if name in KILLED and process.poll() is not None:
                self.start(name)

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """GET (or PUT) of the simulated WhatsApp's own pages."""
        data = None if body is None else json.dumps(body).encode()
        method = "GET" if body is None else "PUT"
        address = f"http://127.0.0.1:{self.phone_port}{path}"
        request = urllib.request.Request(address, data, method=method)
        with _direct.open(request, timeout=10) as answer:
            return json.loads(answer.read())

    def turn_mail(self, faults: Mapping[str, float]) -> None:
        """Switches of the simulated mail server."""
        with socket.create_connection(("127.0.0.1", self.mail_port), timeout=10) as link, link.makefile("rwb") as talk:
            talk.readline()
            talk.write(b"XFAULTS " + json.dumps(dict(faults)).encode() + b"\r\n")
            talk.flush()
            if not talk.readline().startswith(b"250"):
                raise SetupError("The mail sandbox did not take its switches.")

    def peer(self, room: str, told: Mapping[str, Any]) -> int:
        """A simulated provider, never killed: it is what the truth is read from. Its port."""
        path = self.folder / f"{room}.json"
        path.write_text(json.dumps(told), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", f"cakra.sandbox.{room}", str(path)], stdout=subprocess.PIPE, text=True
        )
        self.running[room] = process
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SetupError(f"The {room} sandbox did not start; see its standard error above.")
        return int(json.loads(line)["port"])

    def stop(self, name: str) -> None:
        """End one of them gracefully; it is not started again."""
        self._end([name])

    def end_ours(self) -> None:
        """Stop the web server and the workers; the database is still there for their last words."""
        self._end([name for name in self.running if name in KILLED])

    def end(self) -> None:
        """Stop everything, ours first."""
        self.end_ours()
        self._end(list(self.running))

    def _end(self, names: Sequence[str]) -> None:
        ending = [self.running.pop(name) for name in names]
        for process in ending:
            process.send_signal(signal.SIGTERM)
        for process in ending:
            try:
                process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def open_fleet(
    folder: Path, faults: Mapping[str, Any], mail_faults: Mapping[str, Any], settings: Mapping[str, str]
) -> Iterator[Fleet]:
    """Peers are running, ours are not yet; everything ends with the block. `settings`: more CAKRA_ variables."""
    folder.mkdir(parents=True, exist_ok=True)
    bounces = folder / "bounces"
    for part in ("new", "cur", "tmp"):
        (bounces / part).mkdir(parents=True, exist_ok=True)
    web = free_port()
    fleet = Fleet(folder, {})
    for log in (fleet.sends_log, fleet.mail_log):
        log.unlink(missing_ok=True)
    secret, token = secrets.token_hex(16), secrets.token_hex(16)
    try:
        fleet.phone_port = fleet.peer(
            "whatsapp",
            {
                "port": 0,
                "app_secret": secret,
                "access_token": token,
                "webhook_url": f"http://127.0.0.1:{web}/v1/callbacks/whatsapp",
                "log_path": str(fleet.sends_log),
                "delivered_after_s": 0.3,
                "faults": dict(faults),
            },
        )
        told = {"log_path": str(fleet.mail_log), "bounce_folder": str(bounces), "faults": dict(mail_faults)}
        fleet.mail_port = fleet.peer("mail", told)
        fleet.sms_port = fleet.peer("sms", {"log_path": str(fleet.folder / "sms.jsonl")})
        fleet.environment = _environment(fleet, web, secret, token, settings)
        yield fleet
    finally:
        fleet.end()


def _environment(fleet: Fleet, web: int, secret: str, token: str, more: Mapping[str, str]) -> dict[str, str]:
    told = {
        "DEMO": "true",
        "LOG_LEVEL": "error",
        "DATABASE__FOLDER": str(fleet.folder / "postgresql"),
        "PHOTOS__URL": str(fleet.folder / "photos"),
        "WEB__PORT": str(web),
        "PORTAL__BASE_URL": f"http://127.0.0.1:{web}",
        "WHATSAPP__BASE_URL": f"http://127.0.0.1:{fleet.phone_port}",
        "WHATSAPP__APP_SECRET": secret,
        "WHATSAPP__ACCESS_TOKEN": token,
        "WHATSAPP__TIMEOUT_S": "3",
        "EMAIL__HOST": "127.0.0.1",
        "EMAIL__PORT": str(fleet.mail_port),
        "EMAIL__TLS": "none",
        "EMAIL__FROM_ADDRESS": "notis@etle.example",
        "EMAIL__ENVELOPE_DOMAIN": "notif.etle.example",
        "EMAIL__BOUNCE_FOLDER": str(fleet.folder / "bounces"),
        "SMS__HOST": "127.0.0.1",
        "SMS__PORT": str(fleet.sms_port),
        "LETTER__SPOOL": str(fleet.folder / "letters"),
        # The peers are quicker than any provider: no pace of ours is to be measured.
        "WHATSAPP__RATE_PER_S": "100000",
        "WHATSAPP__BURST": "100000",
        "WHATSAPP__PAIR_S": "0.001",
        **more,
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
    return inherited | {f"CAKRA_{name}": value for name, value in told.items()}


def settings_of(environment: Mapping[str, str]) -> Settings:
    """The settings that the processes read from this environment."""
    nested: dict[str, Any] = {}
    for name, value in environment.items():
        if name.startswith("CAKRA_"):
            section, _, key = name.removeprefix("CAKRA_").lower().partition("__")
            if key:
                nested.setdefault(section, {})[key] = value
            else:
                nested[section] = value
    return Settings(**nested)
