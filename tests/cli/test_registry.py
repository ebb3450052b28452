"""`cakra registry import`: files as offices, databases and spreadsheets export them; what is stored is what they say."""

import asyncio
import csv
import shutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import asyncpg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cli.conftest import Shell
from tests.shared import shared_dir

from cakra.journey.ownership.lookup import find_owners
from cakra.journey.ownership.rules import OwnerFacts
from cakra.kit.seal import Sealer
from cakra.store.connect import create_pool

WIB = timezone(timedelta(hours=7))
NOW = datetime(2026, 11, 1, tzinfo=UTC)
HEADER = (
    "NO POLISI;MILIK SEJAK;MILIK SAMPAI;JENIS;WARNA TNKB;NO. RANGKA;NAMA PEMILIK;NIK;ALAMAT;NO HP;BAHAN BAKAR;SUREL"
)
GOOD = {
    "NO POLISI": "B 9201 ZZA",
    "MILIK SEJAK": "2020-03-01",
    "MILIK SAMPAI": "",
    "JENIS": "MINIBUS",
    "WARNA TNKB": "PUTIH",
    "NO. RANGKA": "MHKA4DB3JKJ000001",
    "NAMA PEMILIK": "Warga Contoh",
    "NIK": "0012345678901234",
    "ALAMAT": "Jl. Contoh 7",
    "NO HP": "081000004321",
    "BAHAN BAKAR": "BENSIN",
    "SUREL": "",
}
PHONE = "+6281000004321"


def line(**changes: str) -> dict[str, str]:
    return GOOD | {name.replace("_", " "): value for name, value in changes.items()}


def write(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8", delimiter: str = ";") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def owner(shell: Shell, plate: str, at: datetime = NOW) -> OwnerFacts | None:
    return owners(shell, [(plate, at)])[0]


def owners(shell: Shell, wanted: list[tuple[str, datetime]]) -> list[OwnerFacts | None]:
    async def ask() -> list[OwnerFacts | None]:
        pool = await create_pool(shell.environment["CAKRA_DATABASE__URL"], min_size=1, max_size=1, name="cakra tests")
        try:
            root = bytes.fromhex(shell.environment["CAKRA_KEYS__ROOT"])
            return await find_owners(pool, Sealer(root, "register"), wanted)
        finally:
            await pool.close()

    return asyncio.run(ask())


def count(shell: Shell, query: str) -> int:
    async def ask() -> int:
        connection = await asyncpg.connect(shell.environment["CAKRA_DATABASE__URL"])
        try:
            return int(await connection.fetchval(query))
        finally:
            await connection.close()

    return asyncio.run(ask())


def report(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# What each file of the shared folder says of its plates; None: the row is refused.
SHARED: dict[str, dict[str, dict[str, Any] | None]] = {
    "register_phone_as_float.csv": {plate: {"phone": PHONE} for plate in ("B9101ZZA", "B9102ZZA")},
    "register_open_quote.csv": {
        "B9107ZZA": {"phone": PHONE},
        "B9108ZZA": None,
        **{f"B91{number:02}ZZA": {"name": "Warga Contoh", "phone": PHONE} for number in (9, 10, 11)},
    },
    "register_end_9999.csv": {f"B911{number}ZZA": {"valid_to": None} for number in range(2, 6)},
    "register_kinds.csv": {
        f"B913{number}ZZA": {"kind": kind}
        for number, kind in enumerate(
            ("car", "car", "car", "car", "truck", "motorcycle", "motorcycle", "car")
        )
    },
    "register_plate_colours.csv": {
        f"B914{number}ZZA": {"plate_colour": colour}
        for number, colour in enumerate(("black", "white", "unknown", "white"))
    },
    "register_cp1252.csv": {"B9152ZZA": {"name": "André Maß"}},
    "register_phone_heading_unknown.csv": {"B9103ZZA": {"phone": PHONE}},
}  # fmt: skip


def told(found: OwnerFacts | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "phone": found.phone,
        "name": found.name,
        "valid_to": found.valid_to,
        "kind": found.vehicle.kind.value,
        "plate_colour": found.vehicle.plate_colour.value,
    }


@pytest.mark.parametrize("name", sorted(SHARED))
def test_every_file_of_the_field_is_read_as_it_means(shell: Shell, name: str) -> None:
    shared = shared_dir() / "cases" / "registers"
    assert {path.name for path in shared.glob("*.csv")} <= set(SHARED), "a file without its right values"
    file = shell.folder / name
    shutil.copyfile(shared / name, file)
    arguments = ["registry", "import", str(file), "--synthetic"]
    if name == "register_phone_heading_unknown.csv":
        asked = shell.refusal(*arguments)
        assert "'NO TELP' looks like phone" in asked
        assert '--column phone="NO TELP"' in asked
        assert count(shell, "select count(*) from registration") == 0
        arguments += ["--column", "phone=NO TELP"]
    done = shell.run(*arguments)
    plates = SHARED[name]
    refused = sum(values is None for values in plates.values())
    assert done.returncode == (1 if refused else 0), done.stderr
    assert done.stdout.startswith(f"{len(plates)} rows: {len(plates) - refused} new, 0 changed, 0 as before, {refused}")
    assert len(file.read_bytes().splitlines()) - 1 == len(plates)
    for plate, found in zip(plates, owners(shell, [(plate, NOW) for plate in plates]), strict=True):
        values, wanted = told(found), plates[plate]
        if wanted is None:
            assert values is None, plate
        else:
            assert values is not None, plate
            assert {key: values[key] for key in wanted} == wanted, plate
    if name == "register_open_quote.csv":
        [wrong] = report(file.with_name("register_open_quote.wrong.csv"))
        assert (wrong["line"], wrong["plate"], wrong["result"]) == ("3", "B 9108 ZZA", "refused")
        assert "lines 3 to 6" in wrong["reason"]
