"""The register under bad luck and bad will: killed, raced, copied, mixed, read by someone with the disk."""

import asyncio
import contextlib
import os
import signal
import sys
from datetime import date
from pathlib import Path

import pytest
from register_files import NOW, owner_at, read_report, row, sealer, take, write_csv

from cakra.core.errors import Conflict, StoreError
from cakra.journey.ownership.importing import register
from cakra.journey.ownership.importing.register import ImportSummary, import_register
from cakra.journey.ownership.lookup import SQL, count_registered, find_owners, is_synthetic
from cakra.kit.seal import Sealer
from cakra.sandbox.register import generate


async def everything(pool) -> list[str]:
    """Every table of the database as PostgreSQL prints it."""
    tables = await pool.fetch(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    dump: list[str] = []
    for table in tables:
        dump += [line[0] for line in await pool.fetch(f"select t::text from {table['relname']} t")]
    return dump


async def test_synthetic_and_real_never_mix(pool, tmp_path):
    path = write_csv(tmp_path / "r.csv", [row()])
    assert not await is_synthetic(pool)
    await take(pool, path, synthetic=True)
    assert await is_synthetic(pool)
    with pytest.raises(Conflict) as refusal:
        await take(pool, write_csv(tmp_path / "s.csv", [row(plate="B 2 TWO")]), synthetic=False)
    assert "must never mix" in refusal.value.sentence
    assert await count_registered(pool) == 1


async def test_one_import_at_a_time(pool, tmp_path):
    path = write_csv(tmp_path / "r.csv", [row()])
    async with pool.acquire() as other:
        assert await other.fetchval(SQL.lock_import)
        with pytest.raises(Conflict, match="Another import"):
            await take(pool, path)
    assert (await take(pool, path)).inserted == 1


async def test_personal_data_stand_in_no_table_in_clear(pool, tmp_path):
    generated = generate(400, 5, tmp_path / "g.csv", today=date(2026, 11, 1))
    await take(pool, generated.path, synthetic=True)
    await take(pool, write_csv(tmp_path / "r.csv", [row(), row(plate="x")]), synthetic=True)
    dump = "\n".join(await everything(pool))
    assert "B1234XYZ" in dump  # the search would find what is there
    wanted = [str(row()[name]) for name in ("owner_name", "owner_number", "address", "email", "chassis")]
    # Nothing so short that digests and sealed bytes, printed as hexadecimal, could hold it by chance.
    wanted += ["+6281000004321", "81000004321", "Rangga", "12345678901234"]
    wanted += [given[name] for given in read_report(generated.path) for name in ("owner_number", "owner_name")]
    wanted += [sample.phone.removeprefix("+62") for sample in generated.samples if sample.phone]
    for text in wanted:
        assert text not in dump
        assert text.encode().hex() not in dump


async def test_a_sealed_owner_opens_only_under_its_key_and_in_its_row(pool, tmp_path):
    await take(pool, write_csv(tmp_path / "r.csv", [row(), row(plate="B 2 TWO", owner_name="Lain")]))
    with pytest.raises(StoreError):
        await find_owners(pool, Sealer(bytes(32), "owner"), [("B1234XYZ", NOW)])
    other = "select owner from registration where plate = 'B2TWO'"
    await pool.execute(f"update registration set owner = ({other}) where plate = 'B1234XYZ'")
    with pytest.raises(StoreError):
        await owner_at(pool, "B1234XYZ")


IMPORTER = Path(__file__).with_name("importer.py")


async def _take_when_free(pool, path: Path) -> ImportSummary:
    """Import once PostgreSQL has noticed that the dead importer's session ended."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await take(pool, path, synthetic=True)
            except Conflict:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_an_importer_that_dies_in_the_middle_changes_nothing(pool, database_url, tmp_path, how):
    generated = generate(60_000, 3, tmp_path / "g.csv", today=date(2026, 11, 1))
    assert generated.rows > register.PARALLEL_FROM_ROWS
    standing = write_csv(tmp_path / "standing.csv", [row()])
    await take(pool, standing, synthetic=True)
    importer = await asyncio.create_subprocess_exec(
        sys.executable, IMPORTER, database_url, generated.path,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert importer.stdout is not None
    done = int((await asyncio.wait_for(importer.stdout.readline(), 60)).split()[0])
    assert 0 < done < generated.rows
    if how == signal.SIGINT:  # a terminal's Ctrl-C reaches the sealing processes too
        os.killpg(importer.pid, how)
    else:
        importer.kill()
    # The pipe ends when the importer and every sealing process of its own have ended.
    await asyncio.wait_for(importer.stdout.read(), 60)
    assert await importer.wait() != 0
    assert await count_registered(pool) == 1
    assert (await owner_at(pool, "B1234XYZ")).name == "Rangga Contohwan"
    unfinished = "select count(*) from register_import where finished_at is null and source = 'doomed'"
    assert await pool.fetchval(unfinished) == 1
    summary = await _take_when_free(pool, standing)
    assert (summary.unchanged, await count_registered(pool)) == (1, 1)
    assert await pool.fetchval("select count(*) from register_staging") == 0


async def test_worker_processes_and_a_single_thread_write_the_same_register(pool, tmp_path, monkeypatch):
    generated = generate(9_000, 11, tmp_path / "g.parquet", today=date(2026, 11, 1))
    await take(pool, generated.path, synthetic=True)
    monkeypatch.setattr(register, "PARALLEL_FROM_ROWS", 0)
    calls: list[tuple[int, int | None]] = []
    report = tmp_path / "wrong.csv"
    summary = await import_register(
        pool, sealer(), generated.path, source="test", synthetic=True, report=report,
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    assert (summary.unchanged, summary.wrong) == (9_000, 0)
    assert calls[-1] == (9_000, 9_000)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


async def test_readers_see_the_old_register_until_the_new_one_is_whole(pool, tmp_path):
    old = [row(plate=f"B {number} OLD") for number in range(1, 200)]
    await take(pool, write_csv(tmp_path / "a.csv", old))
    new = [entry | {"owner_name": "Pemilik Baru"} for entry in old]
    importing = asyncio.create_task(take(pool, write_csv(tmp_path / "b.csv", new)))
    wanted = [(f"B{number}OLD", NOW) for number in range(1, 200)]
    seen: list[set[str]] = []
    while not importing.done():
        seen.append({owner.name for owner in await find_owners(pool, sealer(), wanted) if owner})
    assert (await importing).updated == 199
    assert {"Rangga Contohwan"} in seen
    assert all(len(names) == 1 for names in seen)
    assert (await owner_at(pool, "B7OLD")).name == "Pemilik Baru"


@contextlib.asynccontextmanager
async def held_row(pool):
    """Somebody else's lock on the one row that stands: an import that changes it waits inside its transaction."""
    async with pool.acquire() as other, other.transaction():
        await other.execute("select from registration where plate = 'B1234XYZ' for update")
        yield


async def _waiting_import(pool, application: str) -> int:
    """The backend of an import that has come to the lock."""
    waiting = "select pid from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'"
    async with asyncio.timeout(60):
        while (pid := await pool.fetchval(waiting, application)) is None:  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.02)
    return pid


def changes(tmp_path: Path) -> Path:
    rows = [row(owner_name="Pemilik Palsu"), *(row(plate=f"B {number} NEW") for number in range(1, 50))]
    return write_csv(tmp_path / "changes.csv", rows)


async def test_an_importer_killed_while_it_merges_changes_nothing(pool, database_url, tmp_path):
    await take(pool, write_csv(tmp_path / "standing.csv", [row()]), synthetic=True)
    async with held_row(pool):
        importer = await asyncio.create_subprocess_exec(
            sys.executable, IMPORTER, database_url, changes(tmp_path), stdout=asyncio.subprocess.DEVNULL
        )
        await _waiting_import(pool, "doomed import")
        importer.kill()
        await importer.wait()
    summary = await _take_when_free(pool, tmp_path / "standing.csv")
    assert (summary.unchanged, await count_registered(pool)) == (1, 1)
    assert (await owner_at(pool, "B1234XYZ")).name == "Rangga Contohwan"


async def test_a_database_that_ends_the_session_leaves_the_register_as_it_was(pool, tmp_path):
    await take(pool, write_csv(tmp_path / "standing.csv", [row()]))
    async with held_row(pool):
        importing = asyncio.create_task(take(pool, changes(tmp_path)))
        pid = await _waiting_import(pool, "cakra tests")
        assert await pool.fetchval("select pg_terminate_backend($1)", pid)
        with pytest.raises(StoreError, match="whole or not at all"):
            await importing
    assert (await owner_at(pool, "B1234XYZ")).name == "Rangga Contohwan"
    assert await count_registered(pool) == 1
    assert (await take(pool, changes(tmp_path))).inserted == 49


async def test_a_report_that_cannot_be_written_stops_the_import_with_a_sentence(pool, tmp_path):
    path = write_csv(tmp_path / "r.csv", [row(), row(plate="x")])
    (tmp_path / "r.wrong.csv").mkdir()
    with pytest.raises(StoreError, match=r"report .* cannot be written"):
        await take(pool, path)
    assert await count_registered(pool) == 0
