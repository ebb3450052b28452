"""`cakra reference`: what became of a case's numbers, and another in place of one that leaked."""

import asyncio
import os

from tests.zygote import run_cakra

from cakra.kit.ids import show_reference
from camera_kit import ROOT_KEY
from console_kit import HASHED, PASSWORD
from officers import put_officer
from portal_kit import notified_case


async def shell(database_url, folder, *arguments, stdin=""):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
    told = clean | {"CAKRA_DATABASE__URL": database_url, "CAKRA_KEYS__ROOT": ROOT_KEY.hex(), "COLUMNS": "200"}
    return await asyncio.to_thread(run_cakra, arguments, folder=folder, variables=told, stdin=stdin)


async def test_a_reference_is_replaced_and_its_story_shown(pool, database_url, tmp_path):
    case = await notified_case(pool)
    await put_officer(pool, "sari", "supervisor", certified=True, hashed=HASHED)
    await pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells) values ('JTM', 'x', 'Asia/Jakarta', 900, 1)"
    )
    await put_officer(pool, "jauh", "supervisor", hashed=HASHED, jurisdiction="JTM")
    number = show_reference(case.reference)
    asked = ("reference", "replace", number, "--why", "Pesan beredar di grup warga", "--as", "sari")
    wrong = await shell(database_url, tmp_path, *asked, stdin="bukan ini\n")
    assert (wrong.returncode, "nothing was changed" in wrong.stderr) == (2, True)
    assert await pool.fetchval("select count(*) from reference where closed_at is not null") == 0
    done = await shell(database_url, tmp_path, *asked, stdin=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    fresh = await pool.fetchval("select replaced_by from reference where reference = $1", case.reference)
    assert done.stdout.startswith(f"{number} is closed; {show_reference(fresh)} takes its place")
    for asked_for in (number, show_reference(fresh)):
        shown = await shell(
            database_url, tmp_path, "reference", "show", asked_for, "--as", "sari", stdin=f"{PASSWORD}\n"
        )
        for said in (number, show_reference(fresh), "owner", "Pesan beredar di grup warga"):
            assert said in shown.stdout
    again = await shell(database_url, tmp_path, *asked, stdin=f"{PASSWORD}\n")
    assert again.returncode != 0
    assert again.stderr.startswith(f"cakra: Reference {number} is closed already")
    for asked_for, said in ((("reference", "show"), "There is no reference"), (("policy", "of"), "There is no case")):
        far = await shell(database_url, tmp_path, *asked_for, number, "--as", "jauh", stdin=f"{PASSWORD}\n")
        assert (far.returncode, said in far.stderr) == (2, True)
        near = await shell(database_url, tmp_path, *asked_for, number, "--as", "sari", stdin=f"{PASSWORD}\n")
        assert (near.returncode, near.stderr) == (0, "")
    refused = await pool.fetch("select asked, act, jurisdiction from staff_refusal where username = 'jauh'")
    assert {tuple(row) for row in refused} == {
        ("cakra reference show", "read_cases", "PMJ"),
        ("cakra policy of", "read_cases", "PMJ"),
    }
    looked = await pool.fetch("select what, case_id from staff_access where username = 'sari'")
    assert {tuple(row) for row in looked} == {("references", case.case_id), ("decided_under", case.case_id)}
    assert await pool.fetchval("select count(*) from staff_access where username = 'jauh'") == 0
    mistyped = f"{number[:-1]}{'0' if number[-1] != '0' else '1'}"
    unknown = await shell(database_url, tmp_path, "reference", "show", mistyped, "--as", "sari", stdin=PASSWORD)
    assert (unknown.returncode, "typing mistake" in unknown.stderr) == (2, True)
