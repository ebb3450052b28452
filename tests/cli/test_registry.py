"""`cakra registry import`: files as offices, databases and spreadsheets export them are stored as they mean."""

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
    "register_cp1252.csv": {"B9152ZZA": {"name": "André Ma’ruf"}},
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


# A field as it may stand there, and what is stored of it; each in a row of its own.
FIELDS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"NO_HP": "081000004321/081987654321"}, {"phone": PHONE}),
    ({"NO_HP": "0810 0000 4321 (istri)"}, {"phone": PHONE}),
    ({"NO_HP": "0062 810 0000 4321"}, {"phone": PHONE}),
    ({"NO_HP": "8.1000004321E+10"}, {"phone": PHONE}),
    ({"NO_HP": "8.1E+10"}, {"phone": None, "phone_problem": "malformed"}),
    ({"NO_HP": "NULL"}, {"phone": None, "phone_problem": "missing"}),
    ({"NIK": "'0012345678901234"}, {"key": True}),
    ({"NIK": "0012.3456 7890-1234"}, {"key": True}),
    ({"NIK": "1234567890123456.0"}, {"key": True}),
    ({"NIK": "1.23457E+15"}, {"key": False}),
    ({"NIK": "0"}, {"key": False}),
    ({"NIK": ""}, {"key": False}),
    ({"NIK": "X1234567"}, {"key": False}),
    ({"NIK": "1111111111111111"}, {"key": False}),
    ({"ALAMAT": "-"}, {"address": ""}),
    ({"ALAMAT": "TIDAK ADA"}, {"address": ""}),
    ({"ALAMAT": "'Jl. Contoh 8"}, {"address": "Jl. Contoh 8"}),
    ({"JENIS": "kereta gantung"}, {"kind": "unknown"}),
    ({"JENIS": "SPD. MOTOR"}, {"kind": "motorcycle"}),
    ({"JENIS": "MICROBUS"}, {"kind": "bus"}),
    ({"JENIS": "MB. BEBAN / LIGHT TRUCK"}, {"kind": "truck"}),
    ({"WARNA_TNKB": "PUTIH LIST BIRU"}, {"plate_colour": "white"}),
    ({"WARNA_TNKB": "HITAM / KUNING"}, {"plate_colour": "yellow"}),
    ({"WARNA_TNKB": "NULL"}, {"plate_colour": "unknown"}),
    ({"BAHAN_BAKAR": "LISTRIK"}, {"electric": True}),
    ({"BAHAN_BAKAR": "BENSIN/LISTRIK"}, {"electric": False}),
    ({"BAHAN_BAKAR": ""}, {"electric": None}),
    ({"MILIK_SAMPAI": "9999-12-31 00:00:00"}, {"valid_to": None}),
    ({"MILIK_SAMPAI": "12/31/9999 12:00:00 AM"}, {"valid_to": None}),
    ({"MILIK_SAMPAI": "0000-00-00"}, {"valid_to": None}),
    ({"MILIK_SAMPAI": "NaT"}, {"valid_to": None}),
    ({"MILIK_SAMPAI": "2999/12/31"}, {"valid_to": None}),
    ({"MILIK_SAMPAI": "31/12/2026"}, {"valid_to": datetime(2026, 12, 31, tzinfo=WIB)}),
    ({"MILIK_SEJAK": "1/3/2020 0:00:00"}, {"valid_from": datetime(2020, 3, 1, tzinfo=WIB)}),
    ({"MILIK_SEJAK": "01-MAR-2020"}, {"valid_from": datetime(2020, 3, 1, tzinfo=WIB)}),
    ({"MILIK_SEJAK": "1 Maret 2020"}, {"valid_from": datetime(2020, 3, 1, tzinfo=WIB)}),
    ({"MILIK_SEJAK": "20200301"}, {"valid_from": datetime(2020, 3, 1, tzinfo=WIB)}),
]  # fmt: skip
REFUSED = [
    ({"NAMA_PEMILIK": "NULL"}, "owner_name: is empty, or a word that stands for no name"),
    ({"NAMA_PEMILIK": "nan"}, "owner_name: is empty"),
    ({"NAMA_PEMILIK": "XXX"}, "owner_name: is empty"),
    ({"NAMA_PEMILIK": "12345"}, "owner_name: is no name"),
    ({"MILIK_SEJAK": "43891"}, "valid_from: is a spreadsheet's day number"),
    ({"MILIK_SEJAK": "01/03/20"}, "valid_from: has a year of two digits"),
    ({"MILIK_SEJAK": "1900-01-01"}, "valid_from: is the day that databases write"),
    ({"NO._RANGKA": "1.23457E+16"}, "chassis: A chassis number ends in five"),
]


def all_told(found: OwnerFacts | None) -> dict[str, Any] | None:
    return found and {
        **(told(found) or {}),
        "valid_from": found.valid_from,
        "address": found.address,
        "electric": found.vehicle.electric,
        "key": found.owner_key is not None,
        "phone_problem": found.phone_problem and found.phone_problem.value,
    }


def test_fields_as_spreadsheets_and_databases_write_them(shell: Shell) -> None:
    changes = [change for change, _ in (*FIELDS, *REFUSED)]
    rows = [line(**{"NO_POLISI": f"B {number} ZZA"} | change) for number, change in enumerate(changes, 1)]
    rows += [
        line(NO_POLISI="B\u00a09301\u00a0ZZA"),
        line(NO_POLISI="Ｂ９３０２ＺＺＡ"),
        line(NO_POLISI="B-9303.ZZA\u200b"),
    ]
    file = write(shell.folder / "fields.csv", rows)
    done = shell.run("registry", "import", file, "--synthetic")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(f"{len(rows)} rows: {len(rows) - len(REFUSED)} new")
    plates = [f"B{number}ZZA" for number in (*range(1, len(changes) + 1), 9301, 9302, 9303)]
    found = owners(shell, [(plate, NOW) for plate in plates])
    for (change, wanted), one in zip(FIELDS, found, strict=False):
        values = all_told(one)
        assert values is not None, change
        assert {key: values[key] for key in wanted} == wanted, change
    assert all(one is not None for one in found[-3:])
    wrong = report(file.with_name("fields.wrong.csv"))
    for (change, reason), given in zip(REFUSED, wrong, strict=True):
        assert reason in given["reason"], change


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_usual_encoding_and_separator_is_read(shell: Shell, encoding: str) -> None:
    for number, delimiter in enumerate(";,\t|", 1):
        row = line(NO_POLISI=f"B {number} ZZA", NAMA_PEMILIK="André", ALAMAT="Jl. Contoh 7, RT 1")
        file = write(shell.folder / f"{number}.csv", [row], encoding, delimiter)
        if encoding == "cp1252" and delimiter == ";":
            file.write_bytes(b"sep=;\r\n" + file.read_bytes())
        assert shell.run("registry", "import", file, "--synthetic").returncode == 0
    found = owners(shell, [(f"B{number}ZZA", NOW) for number in (1, 2, 3, 4)])
    assert [(one.name, one.address) for one in found if one] == [("André", "Jl. Contoh 7, RT 1")] * 4


def test_a_parquet_file_with_numbers_for_texts_says_the_same(shell: Shell) -> None:
    table = pa.table(
        {
            "plate": ["B 1 ZZA", "B 2 ZZA", "B 3 ZZA"],
            "valid_from": pa.array(["2020-03-01"] * 3).cast(pa.timestamp("ns")),
            "valid_to": pa.array([None, None, "2262-04-11"]).cast(pa.timestamp("ns")),
            "vehicle_kind": ["SEDAN"] * 3,
            "plate_colour": ["HITAM"] * 3,
            "electric": [1.0, 0.0, None],
            "year": [2019.0, None, 2020.0],
            "chassis": [12345678789.0, 12345678789.0, 12345678789.0],
            "owner_name": ["Warga"] * 3,
            "owner_number": [1234567890123456.0, 9.4e15, None],
            "address": pa.array([b"Jl. Contoh", b"Jl. Contoh", None], pa.binary()),
            "phone": [81000004321.0, 6281000004321.0, float("nan")],
        }
    )
    file = shell.folder / "r.parquet"
    pq.write_table(table, file)
    assert shell.run("registry", "import", file, "--synthetic").returncode == 0
    found = owners(shell, [(f"B{number}ZZA", NOW) for number in (1, 2, 3)])
    one, two, three = (each for each in found if each is not None)
    assert (one.phone, two.phone, three.phone) == (PHONE, PHONE, None)
    assert (one.vehicle.electric, two.vehicle.electric, three.vehicle.electric) == (True, False, False)
    assert (one.year, two.year, three.valid_to) == (2019, None, None)
    assert (one.owner_key is None, two.owner_key is None) == (False, True), "above 2^53 digits are lost"
    assert three.address == ""


def test_a_float_too_short_for_a_phone_is_no_phone(shell: Shell) -> None:
    rows = [{name: value for name, value in line().items() if name != "NO HP"}]
    table = pa.Table.from_pylist(rows).append_column("NO HP", pa.array([81000004321.0], pa.float32()))
    file = shell.folder / "r.parquet"
    pq.write_table(table, file)
    assert shell.run("registry", "import", file, "--synthetic").returncode == 0
    found = owner(shell, "B9201ZZA")
    assert found is not None
    assert found.phone is None


def test_columns_of_taxes_and_papers_are_left_out_and_named(shell: Shell) -> None:
    row = line() | {
        "TGL AKHIR PAJAK": "2027-01-01",
        "ISI MESIN": "X1",
        "NAMA DEALER": "x",
        "MODEL KENDARAAN": "MINIBUS",
    }
    told = shell.lines("registry", "import", write(shell.folder / "r.csv", [row]), "--synthetic")
    assert told[1] == "Columns not used: TGL AKHIR PAJAK, ISI MESIN, NAMA DEALER, MODEL KENDARAAN"


@pytest.mark.parametrize(
    ("heading", "instead", "asked"),
    [
        ("No. Telp", "NO HP", 'looks like phone; say --column phone="No. Telp" to use it'),
        ("Handphone Pemilik", "NO HP", "looks like phone"),
        ("TELPON RUMAH", None, "looks like phone, beside 'NO HP'"),
        ("Telepon", None, "two columns for phone: 'NO HP' and 'Telepon'; name the one to use, such as --column"),
        ("E-MAIL PEMILIK", "SUREL", "looks like email"),
        ("TGL AKHIR KEPEMILIKAN", "MILIK SAMPAI", "looks like valid_to"),
        ("NO KTP", "NIK", "looks like owner_number"),
        ("Alamatt", "ALAMAT", "looks like address"),
    ],
)
def test_headings_that_look_like_ours_are_asked_about(
    tmp_path: Path, heading: str, instead: str | None, asked: str
) -> None:
    """Before any database is looked for."""
    shell = Shell(tmp_path)
    row = {(heading if name == instead else name): value for name, value in line().items()}
    row |= {} if instead else {heading: "081000009999"}
    file = write(shell.folder / "r.csv", [row])
    assert asked in shell.refusal("registry", "import", file, "--synthetic")


def test_a_column_that_a_person_named_is_used_and_another_left_out(shell: Shell) -> None:
    row = line() | {"TELEPON": "081000009999", "TELP KANTOR": "0215234001", "CATATAN": "x"}
    file = write(shell.folder / "r.csv", [row])
    choices = ("--column", "phone=TELEPON", "--ignore-column", "TELP KANTOR")
    told = shell.lines("registry", "import", file, "--synthetic", *choices)
    assert told[1] == "Columns not used: NO HP, TELP KANTOR, CATATAN"
    found = owner(shell, "B9201ZZA")
    assert found is not None
    assert found.phone == "+6281000009999"
    assert "has no column 'HP 2'" in shell.refusal("registry", "import", file, "--column", "phone=HP 2")
    assert "write OURS=" in shell.refusal("registry", "import", file, "--column", "telefon=TELEPON")
    assert "named already" in shell.refusal(
        "registry", "import", file, "--column", "phone=TELEPON", "--column", "phone=NO HP"
    )


def test_a_preview_shows_everything_that_matters_and_nothing_personal(shell: Shell) -> None:
    write(shell.folder / "before.csv", [line(NO_POLISI=f"B {number} ZZA") for number in range(1, 13)])
    shell.lines("registry", "import", shell.folder / "before.csv", "--synthetic")
    rows = [line(NO_POLISI=f"B {number} ZZA", NO_HP="") for number in range(1, 12)]
    rows += [line(NO_POLISI="B ?? ZZA"), line(NO_POLISI="B 77 ZZA", NAMA_PEMILIK="NULL")]
    rows += [line(NO_POLISI="B 1 ZZA", MILIK_SEJAK="2026-01-01", NAMA_PEMILIK="Pembeli Baru", NIK="9912345678901234")]
    file = write(shell.folder / "new.csv", rows)
    told = shell.lines("registry", "import", file, "--synthetic", "--dry-run")
    text = "\n".join(told)
    assert "phone\tNO HP" in told
    assert "14 rows: 12 would be taken, 2 refused." in told
    assert any(one.startswith("  1 refused: plate: is no plate") for one in told)
    assert "  1 refused: owner_name: is empty, or a word that stands for no name" in told
    assert "1 new, 11 changed, 0 as before; 1 spells without an end would end where the next begins." in told
    assert "Owners with a usable phone: 8.3% (last import 100.0%)" in told
    assert any(one.startswith("This would stop the import: Only 8% of its owners have a usable phone") for one in told)
    assert told[-1] == "Nothing was changed."
    masked = told[told.index(next(one for one in told if one.startswith("plate\tvalid_from"))) + 1 :][:10]
    assert all(one.startswith("B ** ZZA\t2020-03-01") for one in masked[:10])
    for personal in ("Warga", "0012345678901234", "Jl. Contoh", "Contoh 7", "81000004321", "Pembeli", "JKJ000001"):
        assert personal not in text
    # Nothing was changed, and no report was written.
    assert count(shell, "select count(*) from registration where ended_by_next or phone is null") == 0
    assert count(shell, "select count(*) from register_import") == 1
    assert not file.with_name("new.wrong.csv").exists()

    refused = shell.refusal("registry", "import", file, "--synthetic")
    assert "nothing was changed. Only 8% of its owners have a usable phone, of the last import 100% had" in refused
    assert count(shell, "select count(*) from registration where phone is null") == 0
    assert shell.run("registry", "import", file, "--synthetic", "--allow-fewer-phones").returncode == 1
    assert count(shell, "select count(*) from registration where phone is null") == 11


def test_a_file_whose_phones_are_nearly_all_malformed_is_stopped(shell: Shell) -> None:
    rows = [line(NO_POLISI=f"B {number} ZZA", NO_HP="8.1E+10") for number in range(1, 12)]
    file = write(shell.folder / "r.csv", rows)
    assert "Of 11 phones that it names 11 are malformed" in shell.refusal("registry", "import", file, "--synthetic")
    assert count(shell, "select count(*) from registration") == 0


def test_niks_of_which_a_spreadsheet_kept_fifteen_digits_are_told_before_they_are_used(shell: Shell) -> None:
    rows = [line(NO_POLISI=f"B {number} ZZA", NIK=f"31740512345{number:04}0") for number in range(1, 12)]
    file = write(shell.folder / "r.csv", rows)
    assert "Of 11 NIKs that it names 11 end in 0" in shell.refusal("registry", "import", file, "--synthetic")
    assert count(shell, "select count(*) from registration") == 0


def test_days_with_the_month_first_are_not_read_as_other_days(shell: Shell) -> None:
    rows = [line(NO_POLISI=f"B {day} ZZA", MILIK_SEJAK=f"03/{day:02}/2020") for day in range(1, 29)]
    told = shell.refusal("registry", "import", write(shell.folder / "r.csv", rows), "--synthetic")
    assert "writes its days with the month first (16 rows can only be read so)" in told
    assert count(shell, "select count(*) from registration") == 0


def test_no_formula_comes_alive_in_the_report(shell: Shell) -> None:
    plates = ["=1+1", "@SUM(1)", "+62 1", "-9", "＝1+1", "\t=1"]
    rows = [line(), *(line(NO_POLISI=plate, NAMA_PEMILIK='=HYPERLINK("http://x.example")') for plate in plates)]
    file = write(shell.folder / "r.csv", rows)
    assert shell.run("registry", "import", file, "--synthetic").returncode == 1
    written = file.with_name("r.wrong.csv").read_text()
    assert "HYPERLINK" not in written
    assert all(
        not cell or cell[0] not in "=+-@\t＝"
        for given in report(file.with_name("r.wrong.csv"))
        for cell in given.values()
    )
    assert len(report(file.with_name("r.wrong.csv"))) == len(plates)
