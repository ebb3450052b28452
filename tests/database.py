"""One PostgreSQL for a whole test run, shared by all xdist workers, and a migrated database for each test.

The run's first process makes an empty folder and a keeper; whoever needs the server first starts it
there. The keeper waits until that first process ends, however it ends, and then erases the server.

A worker keeps one migrated database and lends it to one test after the other (`Lent`); `clearing.py` makes it as new
between them.
"""

import asyncio
import contextlib
import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TypeVar
from urllib.parse import urlsplit

import asyncpg

import clock
from cakra.store.connect import connect
from cakra.store.embedded import ensure_running
from cakra.store.upkeep.migrate import migrate, read_folder
from clearing import Clearing, Link

# Nothing here outlives the run, so nothing waits for the disk; tests of durability start servers of their own.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
KEEPER = (
    "import pathlib, shutil, sys; sys.stdin.read(); from cakra.store.embedded import erase;"
    "folder = pathlib.Path(sys.argv[1]); erase(folder / 'data'); shutil.rmtree(folder)"
)
T = TypeVar("T")
TEMPLATE_LOCK = 7_114_220_951


def run_apart(work: Coroutine[object, object, T]) -> T:
    """Run a coroutine in a thread of its own: a fixture may not touch the test's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class Keeper:
    """The folder of the run's server, and the process that erases it when the run is over."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cakra-tests-"))
        self.folder.chmod(0o711)  # as root the server runs under another account
        self._process = subprocess.Popen(
            [sys.executable, "-c", KEEPER, self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end(self) -> None:
        """Erase the server and wait until it is gone."""
        self._process.communicate()
        assert self._process.returncode == 0, f"the test server in {self.folder} could not be erased"


@dataclass(frozen=True)
class TestServer:
    """A server on which tests may create databases."""

    __test__ = False
    url: str

    def address(self, database: str) -> str:
        """The address of another database of this server."""
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

    async def prepare_template(self) -> str:
        """Migrate the template database, once for all workers, and return its name.

        There are two: by the machine's clock, and one whose column defaults know of a moved clock.
        """
        marks = "".join(file.sha256 for file in read_folder())
        moved = bool(clock.ahead())
        name = f"cakra_template_{hashlib.sha256(marks.encode()).hexdigest()[:12]}{'_moved' if moved else ''}"
        connection = await connect(self.url, name="cakra tests")
        try:
            await connection.execute(f"select pg_advisory_lock({TEMPLATE_LOCK})")
            # The comment is the proof that an earlier call came to its end.
            ready = await connection.fetchval(
                "select shobj_description(oid, 'pg_database') from pg_database where datname = $1", name
            )
            if ready != "migrated":
                await connection.execute(f"drop database if exists {name} with (force)")
                await connection.execute(f"create database {name}")
                if moved:
                    await clock.move_database(self.address(name))
                await migrate(self.address(name))
                await connection.execute(f"comment on database {name} is 'migrated'")
        finally:
            await connection.close()
        return name

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The address of a new database, dropped afterwards whoever is still connected."""
        name = run_apart(self.create(template))
        try:
            yield self.address(name)
        finally:
            run_apart(self.drop(name))

    async def create(self, template: str) -> str:
        """A new database; its name. Its clock is this process's."""
        name = f"cakra_test_{secrets.token_hex(6)}"
        await self._execute(f"create database {name} template {template}")
        if clock.ahead():
            await clock.move_database(self.address(name))
        return name

    async def drop(self, name: str) -> None:
        """Whoever is still connected."""
        await self._execute(f"drop database if exists {name} with (force)")

    async def _execute(self, statement: str) -> None:
        connection = await connect(self.url, name="cakra tests")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


class Lent:
    """The worker's database, lent to one test at a time; another is made when a test changed its tables."""

    def __init__(self, server: TestServer, template: str) -> None:
        self._server, self._template = server, template
        self._name: str | None = None
        self._clearing: Clearing | None = None
        self._link: Link | None = None
        # Its connection outlives the tests' event loops.
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def lend(self) -> Iterator[str]:
        """The address of a database as the migrations leave it; ours alone until it is given back."""
        name, self._name = self._name or self._run(self._make()), None
        yield self._server.address(name)
        if self._run(self._is_as_new(name)):
            self._name = name
        else:
            self._run(self._give_up(name))

    def end(self) -> None:
        """The worker is done."""
        if self._name is not None:
            self._run(self._give_up(self._name))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _make(self) -> str:
        name = await self._server.create(self._template)
        if self._clearing is None:
            self._clearing = await Clearing.read(self._server.address(name))
        return name

    async def _is_as_new(self, name: str) -> bool:
        """A test may have cut off our connection with all others: then once more with another."""
        assert self._clearing is not None
        for _ in range(2):
            try:
                if self._link is None or self._link.is_closed():
                    self._link = await connect(self._server.address(name), name="cakra tests, clearing")
                return await self._clearing.clear(self._link)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._hang_up()
        return False

    async def _give_up(self, name: str) -> None:
        await self._hang_up()
        await self._server.drop(name)

    async def _hang_up(self) -> None:
        if self._link is not None:
            self._link.terminate()
        self._link = None


def start_test_server(folder: Path) -> TestServer:
    """The server of this run: the one named in CAKRA_TEST_DATABASE_URL, or ours, started by the first caller."""
    named = os.environ.get("CAKRA_TEST_DATABASE_URL")
    return TestServer(named or ensure_running(folder / "data", settings=FAST).url)
