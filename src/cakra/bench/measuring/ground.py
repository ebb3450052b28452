"""The ground a benchmark stands on: a database of its own, a synthetic register, a camera, a provider peer."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cakra.core.errors import SetupError
from cakra.journey.ownership.importing.register import import_register
from cakra.journey.ownership.lookup import count_registered
from cakra.kit.settings import Database, Photos, Settings, WhatsApp
from cakra.sandbox.register import generate
from cakra.store.db import Pool
from cakra.store.embedded import ensure_running, stop
from cakra.store.faults.parts import again_when_crosswise
from cakra.store.upkeep.migrate import migrate
from cakra.wiring.official.ready import make_ready
from cakra.wiring.world import World, open_world

Progress = Callable[[int, int | None], None]
CAMERA, OFFENCE = "BENCH-1", "LAMPU_MERAH"
TESTERS = ("penguji-satu", "penguji-dua")
_CASE_TABLES = (
    "case_file, case_event, camera_event, photo, screening, derived_picture, notice, attempt, receipt, callback, "
    "sender_state, sender_event, pair_pace, portfolio, quarantine"
)


@dataclass(frozen=True)
class Peer:
    """A sandbox provider in a process of its own."""

    port: int
    pid: int
    log: Path


def bench_settings(folder: Path, peer_port: int) -> Settings:
    """Settings of a benchmark: everything below `folder`, the provider on loopback."""
    return Settings(
        database=Database(folder=folder / "postgresql", pool=8),
        photos=Photos(url=str(folder / "photos")),
        # Without a pace: what is measured is ours, not the provider's limits.
        whatsapp=WhatsApp(
            base_url=f"http://127.0.0.1:{peer_port}",
            access_token="bench",  # noqa: S106 - loopback only
            app_secret="bench",  # noqa: S106 - loopback only
            rate_per_s=0,
            pair_s=0,
        ),
        demo=True,
    )


def bench_environment(folder: Path, peer_port: int) -> dict[str, str]:
    """The same settings as variables, for a worker in a process of its own."""
    told = bench_settings(folder, peer_port)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")},
        "CAKRA_DEMO": "true",
        "CAKRA_LOG_LEVEL": "warning",
        "CAKRA_DATABASE__FOLDER": str(told.database.folder),
        "CAKRA_PHOTOS__URL": told.photos.url,
        "CAKRA_WHATSAPP__BASE_URL": told.whatsapp.base_url,
        "CAKRA_WHATSAPP__RATE_PER_S": "0",
        "CAKRA_WHATSAPP__PAIR_S": "0",
        "CAKRA_WHATSAPP__ACCESS_TOKEN": told.whatsapp.access_token,
        "CAKRA_WHATSAPP__APP_SECRET": told.whatsapp.app_secret,
    }


@contextmanager
def open_peer(folder: Path) -> Iterator[Peer]:
    """A quick provider that accepts everything and sends no webhooks."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {"port": 0, "app_secret": "bench", "access_token": "bench", "webhook_url": None}
    path = folder / "peer.json"
    log = folder / "peer.log.jsonl"
    log.unlink(missing_ok=True)
    path.write_text(json.dumps({**told, "log_path": str(log)}), encoding="utf-8")
    command = [sys.executable, "-m", "cakra.sandbox.whatsapp", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise SetupError("The sandbox provider did not start; see its standard error above.")
            yield Peer(json.loads(line)["port"], process.pid, log)
        finally:
            process.terminate()


@asynccontextmanager
async def open_ground(folder: Path, peer: Peer, register_rows: int, progress: Progress) -> AsyncIterator[World]:
    """A migrated database with at least that many registered spells and no cases; the server stops at the end."""
    settings = bench_settings(folder, peer.port)
    server = await asyncio.to_thread(ensure_running, settings.database.folder)
    try:
        await migrate(server.url)
        async with open_world(settings, "cakra bench") as world:
            await fill_ground(world, folder, register_rows, progress)
            yield world
    finally:
        await asyncio.to_thread(stop, settings.database.folder)


async def fill_ground(world: World, folder: Path, register_rows: int, progress: Progress) -> None:
    """Cases of an earlier run are gone; jurisdiction, camera, register, official senders and templates are there."""
    await clear_cases(world)
    await add_directory(world.pool)
    await fill_register(world, folder, register_rows, progress)
    await make_ready(world)


async def clear_cases(world: World) -> None:
    """No case, notice or stopped sender is left."""
    # A worker may hold them one by one in another order.
    await again_when_crosswise(partial(world.pool.execute, f"truncate {_CASE_TABLES}"))


async def add_testers(world: World) -> None:
    """Two officers who may pause and resume; they cannot sign in."""
    for number, username in enumerate(TESTERS, 1):
        await world.pool.execute(
            "insert into officer (username, name, password_hash) values ($1, $1, '') on conflict do nothing", username
        )
        await world.pool.execute(
            "insert into officer_grant (grant_id, username, role, valid_from, given_at, reason) "
            "values ($1, $2, 'commander', '2000-01-01 00:00+00', now(), 'benchmark') on conflict do nothing",
            -number,
            username,
        )


async def add_directory(pool: Pool) -> None:
    """The benchmark's jurisdiction and camera."""
    await pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells) values "
        "('PMJ', 'Ditlantas Contoh', 'Asia/Jakarta', 0, 16) on conflict do nothing"
    )
    await pool.execute(
        "insert into camera (code, jurisdiction, name, place, road, zone, hmac_key, approved_offences, "
        "calibrated_until, audited_precision) values "
        "($1, 'PMJ', 'Bench', 'Jl. Contoh', 'Jl. Contoh', 'Asia/Jakarta', '\\x00', $2, '2100-01-01+00', 0.99) "
        "on conflict do nothing",
        CAMERA,
        [OFFENCE],
    )


async def fill_register(world: World, folder: Path, rows: int, progress: Progress) -> None:
    """At least so many registered spells; those that are there suffice where they are enough."""
    if await count_registered(world.pool) >= rows:
        return
    await world.pool.execute("truncate registration, register_import")
    path = folder / "register.parquet"
    await asyncio.to_thread(generate, rows, 20261121, path)
    await import_register(
        world.pool,
        world.sealer("register"),
        path,
        source="bench",
        synthetic=True,
        report=folder / "register.wrong.csv",
        progress=progress,
    )
    path.unlink()
    await world.pool.execute("vacuum analyze registration")
