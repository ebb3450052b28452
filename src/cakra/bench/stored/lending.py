"""The kept grounds: each is made once and never written again; a benchmark gets a copy that ends with it."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cakra.bench.measuring.ground import Progress, add_directory, bench_settings, fill_register
from cakra.bench.stored.making import add_stored, ground_key
from cakra.core.errors import SetupError, StorageFull
from cakra.store.embedded import ensure_running, erase, stop
from cakra.store.upkeep.migrate import migrate
from cakra.wiring.world import open_world

# A ground that a crash interrupts is made anew, so making one waits for no disk; its log need not be copied either.
_MAKING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_parallel_maintenance_workers": "0",
}
_PROOF = "stored.json"
_BYTES_A_CASE = 8_000


@contextmanager
def lend_stored(folder: Path, rows: int, register_rows: int, progress: Progress) -> Iterator[Path]:
    """A folder of this run's own with a database of so many stored cases; it is gone when the block ends.

    The ground is kept under `folder` and made first where it is missing; one of another schema is deleted.
    SetupError where the database's files would lie elsewhere.
    """
    ground = folder / f"stored-{rows}-{ground_key(rows, register_rows)}"
    for other in folder.glob(f"stored-{rows}-*"):
        if other != ground or not (other / _PROOF).exists():
            forget(other)
    folder.mkdir(parents=True, exist_ok=True)
    made = (ground / _PROOF).exists()
    wanted, free = rows * _BYTES_A_CASE * (1 if made else 2), shutil.disk_usage(folder).free
    if free < wanted:
        raise StorageFull(f"{folder} has {free >> 30} GB free, and {rows} stored cases need {wanted >> 30} GB.")
    if not made:
        ground.mkdir()
        asyncio.run(_make(ground, rows, register_rows, progress))
        _keep(ground, rows, register_rows)
    run = folder / "run"
    forget(run)
    # Where the file system can, the copy shares the ground's blocks until it changes them.
    subprocess.run(["cp", "-a", "--reflink=auto", ground, run], check=True)  # noqa: S607 - coreutils, on any Linux
    try:
        yield run
    finally:
        forget(run)


def forget(folder: Path) -> None:
    """Stop what runs in a folder of ours and delete it."""
    if (folder / "postgresql").is_dir():
        erase(folder / "postgresql")
    shutil.rmtree(folder, ignore_errors=True)


async def _make(ground: Path, rows: int, register_rows: int, progress: Progress) -> None:
    settings = bench_settings(ground, 0)
    server = await asyncio.to_thread(ensure_running, settings.database.folder, settings=_MAKING)
    try:
        await migrate(server.url)
        async with open_world(settings, "cakra bench stored") as world:
            await add_directory(world.pool)
            await fill_register(world, ground, register_rows, progress)
            await add_stored(world, rows, progress)
    finally:
        await asyncio.to_thread(stop, settings.database.folder)


def _keep(ground: Path, rows: int, register_rows: int) -> None:
    """Only now it counts as made."""
    if (ground / "postgresql" / "postgresql").is_symlink():
        raise SetupError(
            f"The database's account cannot reach {ground}, so its files lie elsewhere and cannot be copied; "
            "name a folder that every account may enter (--folder /var/tmp/cakra-bench)."
        )
    (ground / _PROOF).write_text(json.dumps({"rows": rows, "register": register_rows}), encoding="utf-8")
