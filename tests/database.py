"""One PostgreSQL for a whole test run, shared by all xdist workers, and a fresh database for each test.

The run's first process makes an empty folder and a keeper; whoever needs the server first starts it
there. The keeper waits until that first process ends, however it ends, and then erases the server.
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
from typing import TypeVar
from urllib.parse import urlsplit

from cakra.store.connect import connect
from cakra.store.embedded import ensure_running
from cakra.store.migrate import migrate, read_folder

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
        """Migrate the template database, once for all workers, and return its name."""
        marks = "".join(file.sha256 for file in read_folder())
        name = f"cakra_template_{hashlib.sha256(marks.encode()).hexdigest()[:12]}"
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
                await migrate(self.address(name))
                await connection.execute(f"comment on database {name} is 'migrated'")
        finally:
            await connection.close()
        return name

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The address of a new database, dropped afterwards whoever is still connected."""
        name = f"cakra_test_{secrets.token_hex(6)}"
        run_apart(self._execute(f"create database {name} template {template}"))
        try:
            yield self.address(name)
        finally:
            run_apart(self._execute(f"drop database if exists {name} with (force)"))

    async def _execute(self, statement: str) -> None:
        connection = await connect(self.url, name="cakra tests")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def start_test_server(folder: Path) -> TestServer:
    """The server of this run: the one named in CAKRA_TEST_DATABASE_URL, or ours, started by the first caller."""
    named = os.environ.get("CAKRA_TEST_DATABASE_URL")
    return TestServer(named or ensure_running(folder / "data", settings=FAST).url)
