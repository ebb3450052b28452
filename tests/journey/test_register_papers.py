"""Whole chassis and engine numbers: kept as blind indexes bound to the plate, found again as people type them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_files import WIB, owner_at, row, sealer, take, write_csv

from cakra.journey.ownership.lookup import PapersFound, find_by_papers
from cakra.journey.ownership.rules import LONGEST, chassis_last5, paper_number
from cakra.kit.seal import Sealer

CHASSIS, ENGINE = "MHKA4DB3JKJ012345", "2NR-F 876543"
SPELL = ((datetime(2020, 3, 1, tzinfo=WIB), None),)
UNTOLD = PapersFound()


@pytest.mark.parametrize("heading", ["engine", "NO MESIN", "Nomor Mesin", "no. mesin", "NOMESIN"])
async def test_owners_are_found_by_the_numbers_of_their_papers(pool, tmp_path, heading):
    await take(pool, write_csv(tmp_path / "r.csv", [row() | {heading: ENGINE}]))
    for typed in (CHASSIS, "mhka4db3jkj 012345", "*MHKA4DB3JKJ012345*", "MHKA4DB3JKJO12345", "ＭＨＫＡ4DB3JKJ012345"):
        assert (await find_by_papers(pool, sealer(), "b 1234 xyz", chassis=typed)).spells == SPELL
    for typed in (ENGINE, "2nrf876543", "2NR‑F 876543"):
        assert (await find_by_papers(pool, sealer(), "B1234XYZ", engine=typed)).spells == SPELL
    kept = await pool.fetchrow("select chassis, engine from registration")
    assert {len(kept["chassis"]), len(kept["engine"])} == {16}


@pytest.mark.parametrize("heading", ["No Rangka", "NOMOR RANGKA", "VIN", "norangka"])
async def test_the_chassis_is_read_from_the_heading_that_a_register_has(pool, tmp_path, heading):
    cells = row()
    cells[heading] = cells.pop("chassis")
    await take(pool, write_csv(tmp_path / "r.csv", [cells]))
    assert (await find_by_papers(pool, sealer(), "B1234XYZ", chassis=CHASSIS)).spells == SPELL


@pytest.mark.parametrize(
    ("plate", "numbers"),
    [
        ("B1234XYZ", {}),
        ("B1234XYZ", {"chassis": ""}),
        ("B1234XYZ", {"chassis": CHASSIS[-5:]}),
        ("B1234XYZ", {"chassis": CHASSIS[1:]}),
        ("B1234XYZ", {"chassis": CHASSIS + "6"}),
        ("B1234XYZ", {"chassis": "*" * 12 + "12345"}),
        ("B1234XYZ", {"engine": CHASSIS}),
        ("B1234XYZ", {"chassis": ENGINE}),
        ("B1234XYZ", {"chassis": "x" * (LONGEST + 1)}),
        ("B1234XYZ", {"chassis": "\x00\ud800", "engine": "' or true --"}),
        ("B2TWO", {"chassis": CHASSIS}),
        ("B1235XYZ", {"chassis": CHASSIS}),
        ("", {"chassis": CHASSIS}),
        ("no plate", {"chassis": CHASSIS}),
        ("B" * 5000, {"chassis": CHASSIS}),
        ("\x00", {"chassis": CHASSIS}),
    ],
)
async def test_whatever_does_not_fit_gets_one_answer(pool, tmp_path, plate, numbers):
    """Another vehicle of the register has the same numbers: a plate's numbers open that plate alone."""
    rows = [row(engine=ENGINE), row(plate="B 2 TWO", chassis="MHKA4DB3JKJ999999", engine="7654321")]
    await take(pool, write_csv(tmp_path / "r.csv", rows))
    assert await find_by_papers(pool, sealer(), plate, **numbers) == UNTOLD


async def test_the_same_number_has_another_index_with_another_plate_and_as_an_engine(pool, tmp_path):
    rows = [row(engine=CHASSIS), row(plate="B 2 TWO", engine=CHASSIS)]
    await take(pool, write_csv(tmp_path / "r.csv", rows))
    kept = await pool.fetch("select chassis, engine from registration")
    assert len({value for one in kept for value in one.values()}) == 4
    assert await find_by_papers(pool, Sealer(bytes(32), "owner"), "B1234XYZ", chassis=CHASSIS) == UNTOLD


@pytest.mark.parametrize(
    "engine", ["", "-", "NULL", "1500", "1.23E+10", "000000000", "***4567", "2NR\x07F876543", "x" * 600]
)
async def test_an_engine_number_that_is_none_costs_nothing_else(pool, tmp_path, engine):
    summary = await take(pool, write_csv(tmp_path / "r.csv", [row(engine=engine)]))
    assert (summary.inserted, summary.wrong) == (1, 0)
    assert (await owner_at(pool, "B1234XYZ")).name == "Rangga Contohwan"
    assert await pool.fetchval("select engine from registration") is None


async def test_a_hidden_chassis_is_the_second_factor_still_and_no_whole_number(pool, tmp_path):
    await take(pool, write_csv(tmp_path / "r.csv", [row(chassis="*" * 12 + "12345")]))
    kept = await pool.fetchrow("select chassis, chassis_last5 from registration")
    assert kept["chassis"] is None
    assert kept["chassis_last5"] == sealer().index("chassis_last5", "12345")


async def test_a_register_from_before_is_filled_by_the_next_import(pool, tmp_path):
    """As the migration leaves it: no whole numbers, and a fingerprint that knew of none."""
    file = write_csv(tmp_path / "r.csv", [row(engine=ENGINE)])
    await take(pool, file)
    await pool.execute("update registration set chassis = null, engine = null, fingerprint = '\\x00'")
    assert await find_by_papers(pool, sealer(), "B1234XYZ", chassis=CHASSIS) == UNTOLD
    assert (await take(pool, file)).updated == 1
    assert (await find_by_papers(pool, sealer(), "B1234XYZ", chassis=CHASSIS)).spells == SPELL
    assert (await take(pool, file)).unchanged == 1


async def test_a_changed_engine_changes_the_row(pool, tmp_path):
    await take(pool, write_csv(tmp_path / "a.csv", [row(engine=ENGINE)]))
    assert (await take(pool, write_csv(tmp_path / "b.csv", [row(engine="2NR-F 000001")]))).updated == 1
    assert await find_by_papers(pool, sealer(), "B1234XYZ", engine=ENGINE) == UNTOLD


async def test_every_spell_of_the_vehicle_is_found_and_no_owner(pool, tmp_path):
    rows = [row(valid_to="2026-01-01"), row(valid_from="2026-01-01", owner_name="Pembeli Baru")]
    await take(pool, write_csv(tmp_path / "r.csv", rows))
    sold = datetime(2026, 1, 1, tzinfo=WIB)
    found = await find_by_papers(pool, sealer(), "B1234XYZ", chassis=CHASSIS)
    assert found.spells == ((SPELL[0][0], sold), (sold, None))
    assert "Pembeli" not in repr(found)


@given(st.text(max_size=40))
def test_any_text_is_a_number_in_one_form_or_none(text):
    number = paper_number(text)
    assert number is None or (paper_number(number) == number and 6 <= len(number) <= 25 and number.isascii())
    if number is not None:
        assert chassis_last5(text) == number[-5:]
