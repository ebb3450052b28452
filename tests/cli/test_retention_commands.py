"""`cakra retention`: the classes, a dry run, a run, holds by two officers, the log, the doctor."""

import asyncio
import os
from datetime import timedelta

import pytest
from tests.case_rows import put_case
from tests.zygote import run_cakra

from cakra.core.errors import SetupError
from cakra.core.states.journey import State
from cakra.kit.clock import now
from cakra.kit.ids import show_reference
from cakra.kit.settings import Settings
from cakra.wiring.keeping.retention import retention_told
from camera_kit import ROOT_KEY
from console_kit import HASHED, PASSWORD
from officers import put_officer


@pytest.fixture
def cakra(database_url, tmp_path):
    async def run(*arguments, stdin=""):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
        told = clean | {
            "CAKRA_DATABASE__URL": database_url,
            "CAKRA_KEYS__ROOT": ROOT_KEY.hex(),
            "CAKRA_PHOTOS__URL": str(tmp_path / "photos"),
            "CAKRA_LOG_LEVEL": "error",
            "COLUMNS": "250",
        }
        return await asyncio.to_thread(
            run_cakra, ("retention", *arguments), folder=tmp_path, variables=told, stdin=stdin
        )

    return run


async def past_its_time(pool):
    key = await put_case(pool, state=State.REJECTED, step=None)
    await pool.execute("update case_file set state_since = now() - interval '8 days' where case_id = $1", key[1])
    return show_reference(await pool.fetchval("select reference from case_file where case_id = $1", key[1]))


async def test_a_hold_keeps_a_case_from_a_run_until_a_second_person_ends_it(pool, cakra):
    for name in ("komandan", "wakil"):
        await put_officer(pool, name, "commander", hashed=HASHED)
    reference = await past_its_time(pool)
    told = "--why", "Praperadilan 12/2026", "--as"
    wrong = await cakra("hold", reference, *told, "komandan", stdin="another\n")
    assert (wrong.returncode, "wrong; nothing was changed" in wrong.stderr) == (2, True)
    done = await cakra("hold", reference, *told, "komandan", stdin=PASSWORD)
    assert (done.returncode, reference in done.stdout) == (0, True), done.stderr
    listed = (await cakra("list")).stdout
    assert all(words in listed for words in ("rejected", "7 days", "10 years"))
    held = (await cakra("held", "--as", "wakil", stdin=PASSWORD)).stdout
    assert all(words in held for words in (reference, "Praperadilan 12/2026"))
    assert "0 cases erased" in (await cakra("run")).stdout
    same = await cakra("release", reference, *told, "komandan", stdin=PASSWORD)
    assert (same.returncode, "another officer" in same.stderr) == (2, True)
    assert (await cakra("release", reference, *told, "wakil", stdin=PASSWORD)).returncode == 0
    assert "1 cases erased" in (await cakra("run")).stdout
    assert await pool.fetchval("select count(*) from case_file") == 0
    late = await cakra("hold", reference, *told, "wakil", stdin=PASSWORD)
    assert (late.returncode, "may have been erased" in late.stderr) == (2, True)
    log = (await cakra("log")).stdout
    assert any({"rejected", "1"} <= set(line.split()) for line in log.splitlines())


async def test_a_dry_run_counts_and_changes_nothing(pool, cakra):
    await past_its_time(pool)
    done = await cakra("run", "--dry-run")
    (line,) = [line for line in done.stdout.splitlines() if "rejected" in line]
    assert [word for word in line.split() if word.isdigit()] == ["1"]
    assert await pool.fetchval("select count(*) from case_file") == 1
    assert await pool.fetchval("select count(*) from erasure") == 0


@pytest.mark.parametrize("reference", ["", "7K2M", "x" * 500])
async def test_a_reference_that_is_none_is_told(cakra, reference):
    done = await cakra("hold", reference, "--why", "x", "--as", "komandan", stdin=PASSWORD)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


async def test_the_doctor_tells_what_lags(pool, cakra):
    assert await retention_told(Settings(), pool, "") == "what is past its time is erased"
    await cakra("run")
    await pool.execute(
        "update erasure set at = now() - interval '2 days' where class = 'settled';"
        "update erasure set failed = 3, problem = 'DataError' where class = 'rejected';"
        "insert into leaving_picture (sha256, listed_at) values ('\\x01', now() - interval '2 days')"
    )
    with pytest.raises(SetupError) as told:
        await retention_told(Settings(), pool, "")
    since = now() - timedelta(days=2)
    assert f"nobody looked through settled since {since:%Y-%m-%d}" in told.value.sentence
    assert "3 of rejected could not be erased (DataError)" in told.value.sentence
    assert "1 pictures have been waiting" in told.value.sentence
