"""`cakra aside`: what fails again and again is listed and tried again; the doctor tells it."""

import asyncio
import os
from datetime import timedelta

import pytest
from tests.case_rows import put_case

from cakra.core.errors import SetupError
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.kit.ids import show_reference
from cakra.kit.settings import Settings
from cakra.store.faults.aside import mark_aside, note_lane_fault
from cakra.wiring.keeping.aside import aside_told, inputs_told, lanes_told
from camera_kit import ROOT_KEY
from console_kit import HASHED, PASSWORD
from officers import put_officer
from zygote import run_cakra


async def shell(database_url, folder, *arguments, by="komandan"):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
    told = clean | {"CAKRA_DATABASE__URL": database_url, "CAKRA_KEYS__ROOT": ROOT_KEY.hex(), "COLUMNS": "200"}
    arguments = (*arguments, "--as", by)
    return await asyncio.to_thread(run_cakra, arguments, folder=folder, variables=told, stdin=f"{PASSWORD}\n")


async def test_what_is_set_aside_is_listed_released_and_told_by_the_doctor(pool, database_url, tmp_path):
    key = await put_case(pool, state=State.NOTIFIED, step=Step.DEADLINE, due_in=timedelta(hours=1))
    reference = show_reference(await pool.fetchval("select reference from case_file"))
    for _ in range(3):
        await mark_aside(pool, key, "deadline", 0, ValueError("+6281234567890"))
    with pytest.raises(SetupError, match=r"1 cases or notices .*deadline, ValueError"):
        await aside_told(Settings(), pool, "")
    await put_officer(pool, "komandan", "commander", hashed=HASHED)
    await put_officer(pool, "rina", "reviewer", hashed=HASHED)
    refused = await shell(database_url, tmp_path, "aside", "list", by="rina")
    assert (refused.returncode, "holds no grant" in refused.stderr) == (2, True)
    done = await shell(database_url, tmp_path, "aside", "list")
    assert done.returncode == 0
    assert reference in done.stdout
    assert "ValueError" in done.stdout
    assert "81234567890" not in done.stdout, "the words of a fault may be personal"
    done = await shell(database_url, tmp_path, "aside", "release", reference)
    assert (done.returncode, done.stdout) == (0, "1 released; a worker tries again at once.\n")
    assert await pool.fetchval("select due_at <= now() from case_file")
    assert await aside_told(Settings(), pool, "") == "nothing"
    done = await shell(database_url, tmp_path, "aside", "release", reference)
    assert done.returncode == 2
    assert "Nothing of case" in done.stderr
    done = await shell(database_url, tmp_path, "aside", "release")
    assert (done.returncode, "say --all" in done.stderr) == (2, True)


async def test_the_doctor_tells_lanes_that_fail_and_inputs_that_could_not_be_taken(pool):
    assert (await lanes_told(Settings(), pool, "")).startswith("none")
    await note_lane_fault(pool, "receipts", "host:1", KeyError("x"))
    await note_lane_fault(pool, "receipts", "host:1", KeyError("x"))
    with pytest.raises(SetupError, match=r"receipts \(KeyError, 2 times since"):
        await lanes_told(Settings(), pool, "")
    assert await inputs_told(Settings(), pool, "") == "all could be taken"
    await pool.execute(
        "insert into quarantine values (1, now(), now(), 'bounces', null, true, 'set_aside', 'r', '', 0, null, null)"
    )
    with pytest.raises(SetupError, match="1 of bounces"):
        await inputs_told(Settings(), pool, "")
