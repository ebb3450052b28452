"""Small register files for tests (rows by keyword over one good row), and the two doors of the register."""

import csv
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cakra.journey.ownership.importing.register import ImportSummary, import_register
from cakra.journey.ownership.lookup import find_owners
from cakra.kit.seal import Sealer

WIB = timezone(timedelta(hours=7))
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROOT = bytes(range(32))
GOOD = {
    "plate": "B 1234 XYZ",
    "valid_from": "2020-03-01",
    "valid_to": "",
    "vehicle_kind": "car",
    "brand": "TOYOTA",
    "model": "AVANZA",
    "colour": "HITAM",
    "year": "2019",
    "plate_colour": "black",
    "electric": "false",
    "chassis": "MHKA4DB3JKJ012345",
    "owner_name": "Rangga Contohwan",
    "owner_number": "0012345678901234",
    "address": "Jl. Contoh Melati No. 7 RT 001/RW 002, Jakarta Selatan",
    "phone": "0810-0000-4321",
    "email": "rangga@warga.example",
    "preferred_channel": "",
    "language": "",
}


def sealer() -> Sealer:
    return Sealer(ROOT, "owner")


def row(**changes: str) -> dict[str, str]:
    return GOOD | changes


def write_csv(path: Path, rows: list[dict[str, str]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: list[dict[str, object]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def read_report(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        return list(csv.DictReader(stream))


async def take(pool, path: Path, *, synthetic: bool = False) -> ImportSummary:
    report = path.with_suffix(".wrong.csv")
    return await import_register(pool, sealer(), path, source="test", synthetic=synthetic, report=report)


async def owner_at(pool, plate: str, at: datetime = NOW):
    return (await find_owners(pool, sealer(), [(plate, at)]))[0]
