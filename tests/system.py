"""The whole system as real processes: database, simulated provider, `cakra web`, `cakra worker`.

Everything lies in one folder of its own and listens on ports the system chose.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import asyncpg
import pytest

import clock
from cakra.journey.ownership.importing.register import import_register
from cakra.kit.seal import Sealer
from cakra.kit.settings import Settings
from cakra.outside.photos import open_photo_store
from cakra.sandbox.cameras.client import Camera, Reply, requests_of
from cakra.sandbox.cameras.passage import DrawnPassage, Frame
from cakra.sandbox.cameras.pool import RegisteredVehicle, registered
from cakra.sandbox.cameras.sites import SITES
from cakra.sandbox.register import Generated, generate
from cakra.store.embedded import EmbeddedServer, ensure_running
from cakra.store.upkeep.migrate import migrate
from cakra.wiring.official.ready import make_ready
from cakra.wiring.world import open_world
from children import Child, Keeper, free_port, until

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
JURISDICTION = ("PMJ", "Ditlantas Polda Metro Jaya (CONTOH)", "Asia/Jakarta", 1, 4)
# The playlist dates odd-even passages back to hours in which the rule held.
_CLOCK_TOLERANCE_S = 60 * 24 * 3600.0
_direct = build_opener(ProxyHandler({}))


def tell(config: pytest.Config, line: str) -> None:
    """A line for whoever watches the run, captured output or not."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        sys.stderr.write(f"\n{line}\n")
        sys.stderr.flush()


class System:
    """One installation; `start_*` bring up its parts, `close` ends them all."""

    def __init__(self, **changes: str) -> None:
        self._keeper = Keeper()
        self.folder = self._keeper.folder
        self.children: dict[str, Child] = {}
        self.register: Generated | None = None
        self.root_key = secrets.token_bytes(32)
        self.camera_key = secrets.token_bytes(32)
        self.web_port = free_port()
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.sends_log = self.folder / "sends.jsonl"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
        self.environment = clean | {
            "CAKRA_DEMO": "true",
            "CAKRA_DATABASE__FOLDER": str(self.folder / "postgresql"),
            "CAKRA_KEYS__ROOT": self.root_key.hex(),
            "CAKRA_PHOTOS__URL": str(self.folder / "photos"),
            "CAKRA_WEB__PORT": str(self.web_port),
            "CAKRA_PORTAL__BASE_URL": self.url,
            "CAKRA_WHATSAPP__ACCESS_TOKEN": "token-contoh",
            "CAKRA_WHATSAPP__APP_SECRET": "rahasia-contoh",
            "CAKRA_WHATSAPP__VERIFY_TOKEN": "verifikasi-contoh",
            **changes,
        }

    def settings(self) -> Settings:
        """The settings its processes see."""
        before = {name: value for name, value in os.environ.items() if name.startswith("CAKRA_")}
        wanted = {name: value for name, value in self.environment.items() if name.startswith("CAKRA_")}
        for name in before:
            del os.environ[name]
        os.environ.update(wanted)
        try:
            return Settings()
        finally:
            for name in wanted:
                del os.environ[name]
            os.environ.update(before)

    # ------------------------------------------------------------------ processes
    def start_database(self, **postgres: str) -> EmbeddedServer:
        """Start PostgreSQL (or find it running)."""
        return ensure_running(self.folder / "postgresql", settings=postgres)

    @property
    def database_said(self) -> str:
        """PostgreSQL's own log."""
        return (self.folder / "postgresql" / "server.log").read_text(errors="replace")

    def start_sandbox(self, **settings: Any) -> None:
        """The simulated provider; its address goes into the environment of what starts later."""
        told = self.environment
        document = {
            "port": 0,
            "app_secret": told["CAKRA_WHATSAPP__APP_SECRET"],
            "access_token": told["CAKRA_WHATSAPP__ACCESS_TOKEN"],
            "webhook_url": f"{self.url}/v1/callbacks/whatsapp",
            "log_path": str(self.sends_log),
            **settings,
        }
        file = self.folder / "sandbox.json"
        file.write_text(json.dumps(document))
        child = Child(self._keeper, "sandbox", ["cakra.sandbox.whatsapp", str(file)], self.environment, listen=True)
        self.children["sandbox"] = child
        assert child.process.stdout is not None
        announced = child.process.stdout.readline()
        assert announced, child.said
        self.environment["CAKRA_WHATSAPP__BASE_URL"] = f"http://127.0.0.1:{json.loads(announced)['port']}"

    def start(self, name: str, *, fresh: bool = False) -> Child:
        """`cakra web` or `cakra worker`."""
        child = Child(self._keeper, name, ["cakra", name], self.environment, fresh=fresh)
        self.children[name] = child
        return child

    def wait_until_served(self, seconds: float = 60.0) -> None:
        """Until the web process answers; fails at once when it has ended."""

        def served() -> bool:
            web = self.children["web"]
            assert web.process.poll() is None, web.said
            try:
                _direct.open(f"{self.url}/v1/callbacks/whatsapp", timeout=2).close()
            except HTTPError:  # it has an opinion, so it is there
                return True
            except OSError:
                return False
            return True

        until(served, seconds, "a serving web process")

    def close(self) -> None:
        """End everything and erase the folder; a process that does not stop fails the test."""
        try:
            codes = {name: self.children[name].stop() for name in ("web", "worker", "sandbox") if name in self.children}
        finally:
            self._keeper.end()
        assert all(code in {0, -signal.SIGTERM} for code in codes.values()), codes

    # ------------------------------------------------------------------ what it knows
    def prepare(self, rows: int, seed: int = 7) -> Generated:
        """Migrate, register jurisdiction and cameras, import a synthetic register, announce the templates."""
        register = generate(rows, seed, self.folder / "register.csv")
        asyncio.run(self._prepare(register.path))
        return register

    async def _prepare(self, register: Path) -> None:
        server = self.start_database()
        if clock.ahead():
            await clock.move_database(server.url)
        await migrate(server.url)
        async with open_world(self.settings(), "cakra tests") as world:
            async with world.pool.acquire() as connection:
                await connection.execute("insert into jurisdiction values ($1, $2, $3, $4, $5)", *JURISDICTION)
                until_when = datetime.now(UTC) + timedelta(days=365)
                for site in SITES:
                    await connection.execute(
                        "insert into camera (code, jurisdiction, name, place, road, zone, hmac_key, approved_offences,"
                        " calibrated_until, audited_precision, clock_tolerance_s, speed_limit_kmh, speed_trigger_kmh)"
                        " values ($1, 'PMJ', $1, $2, $2, 'Asia/Jakarta', $3, $4, $5, 0.99, $6, $7, $8)",
                        site.code,
                        site.road,
                        Sealer(self.root_key, "camera").seal(self.camera_key, site.code.encode()),
                        list(site.offences),
                        until_when,
                        _CLOCK_TOLERANCE_S,
                        site.speed_limit_kmh,
                        site.speed_limit_kmh and site.speed_limit_kmh * 1.1,
                    )
            await import_register(
                world.pool,
                world.sealer("register"),
                register,
                source="test",
                synthetic=True,
                report=self.folder / "wrong.csv",
            )
            await make_ready(world)

    def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Rows of the system's database."""
        return asyncio.run(self._fetch(query, values))

    async def _fetch(self, query: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.start_database().url)
        try:
            return await connection.fetch(query, *values)
        finally:
            await connection.close()

    def value(self, query: str, *values: Any) -> Any:
        """The first value of the first row."""
        return self.fetch(query, *values)[0][0]

    def camera(self, code: str) -> Camera:
        """A registered camera's client."""
        return Camera(self.url, code, self.camera_key)

    def post(self, passage: DrawnPassage, frames: Sequence[Frame]) -> Reply:
        """One event by the way its passage names, once."""
        with self.camera(passage.camera) as camera:
            return camera.send_all(requests_of(passage, frames), int(time.time()))

    def photo(self, digest: bytes) -> bytes:
        """An original or derived picture out of the evidence store."""
        return asyncio.run(open_photo_store(self.environment["CAKRA_PHOTOS__URL"]).get(digest))

    # ------------------------------------------------------------------ the provider's side
    def ask_sandbox(self, path: str, body: Any = None) -> Any:
        """GET (or PUT with a body) of the simulated provider's own pages; JSON."""
        return json.loads(self.read_sandbox(path, None if body is None else json.dumps(body).encode()))

    def read_sandbox(self, path: str, body: bytes | None = None) -> bytes:
        """The same, as bytes."""
        address = self.environment["CAKRA_WHATSAPP__BASE_URL"] + path
        with _direct.open(Request(address, body, method="GET" if body is None else "PUT"), timeout=10) as answer:
            return bytes(answer.read())

    def sends(self) -> list[dict[str, Any]]:
        """Every accepted send, from the provider's own log."""
        return [json.loads(line) for line in self.sends_log.read_bytes().splitlines()]


def vehicles(register: Generated) -> list[RegisteredVehicle]:
    """The register's samples as the cameras' playlist wants them."""
    made = (
        registered(
            sample.plate,
            sample.kind.value,
            sample.colour,
            sample.plate_colour.value,
            electric=sample.electric,
            has_phone=sample.has_phone,
            sold_on=sample.sold_on,
        )
        for sample in register.samples
    )
    return [vehicle for vehicle in made if vehicle is not None]


@contextlib.contextmanager
def running_system(
    *, rows: int = 3000, sandbox: dict[str, Any] | None = None, durable: bool = False, **changes: str
) -> Iterator[System]:
    """Everything started, migrated and filled; `register` holds what was imported.

    `durable`: PostgreSQL as in production; without it a killed one may forget what it had confirmed.
    """
    system = System(**changes)
    try:
        system.start_database(**({} if durable else FAST))
        system.start_sandbox(**(sandbox or {}))
        system.register = system.prepare(rows)
        system.start("web")
        system.start("worker")
        system.wait_until_served()
        yield system
    except BaseException:
        for name, child in system.children.items():
            sys.stderr.write(f"--- {name} said last:\n{child.said[-3000:]}\n")
        raise
    finally:
        system.close()
