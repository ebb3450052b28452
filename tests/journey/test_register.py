"""The register through its real doors: files in, PostgreSQL, owners out."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from register_files import NOW, WIB, owner_at, read_report, row, sealer, take, write_csv, write_parquet

from cakra.core.errors import InputError
from cakra.core.law.vehicle import PlateColour, VehicleFacts, VehicleKind
from cakra.journey.ownership.importing.register import ImportSummary
from cakra.journey.ownership.lookup import SQL, count_registered, find_owners, is_synthetic
from cakra.journey.ownership.rules import CHASSIS_INDEX, OWNER_INDEX, PhoneProblem, chassis_last5


@pytest.mark.parametrize("delimiter", [",", ";"])
async def test_a_csv_register_answers_with_owner_and_vehicle(pool, tmp_path, delimiter):
    summary = await take(pool, write_csv(tmp_path / "r.csv", [row()], delimiter))
    assert summary == ImportSummary(1, 1, 0, 0, 0, 0, (), None)
    owner = await owner_at(pool, "B1234XYZ")
    assert (owner.name, owner.phone, owner.phone_problem) == ("Rangga Contohwan", "+6281000004321", None)
    assert owner.address == row()["address"]
    assert owner.email == "rangga@warga.example"
    assert owner.vehicle == VehicleFacts(VehicleKind.CAR, PlateColour.BLACK, electric=False)
    assert (owner.brand, owner.model, owner.colour, owner.year) == ("TOYOTA", "AVANZA", "HITAM", 2019)
    assert owner.valid_from == datetime(2020, 3, 1, tzinfo=WIB)
    assert owner.valid_to is None
    # What an owner types from the STNK, in lower case and with letter O for zero.
    assert owner.chassis_last5 == sealer().index(CHASSIS_INDEX, chassis_last5("o12345"))
    assert owner.chassis_last5 != sealer().index(CHASSIS_INDEX, chassis_last5("12346"))
    assert owner.owner_key == sealer().index(OWNER_INDEX, "0012345678901234")


async def test_a_parquet_register_with_types_of_its_own_says_the_same(pool, tmp_path):
    typed = row() | {"valid_from": datetime(2020, 3, 1, tzinfo=WIB), "valid_to": None, "year": 2019, "electric": False}
    again = typed | {
        "plate": "B 77 QQ",
        "valid_from": datetime(2021, 1, 1, 5, tzinfo=UTC),
        "electric": True,
        "year": None,
    }
    summary = await take(pool, write_parquet(tmp_path / "r.parquet", [typed, again]))
    assert (summary.inserted, summary.wrong) == (2, 0)
    csv_summary = await take(pool, write_csv(tmp_path / "r.csv", [row()]))
    assert csv_summary.unchanged == 1
    other = await owner_at(pool, "B77QQ")
    assert (other.vehicle.electric, other.year, other.valid_from) == (True, None, datetime(2021, 1, 1, 5, tzinfo=UTC))


async def test_clerks_headings_and_words_are_understood(pool, tmp_path):
    path = tmp_path / "r.csv"
    path.write_text(
        "\ufeffNo. Polisi;Berlaku Dari;Jenis;Warna TNKB;No Rangka;Nama;NIK;Alamat;Catatan\n"
        "B 9 A;17/08/2021;Sepeda  Motor;Putih;MH1-JM0123456;Ayu;00.1234.5678.9012.34;Jl. Contoh;x\n",
        encoding="utf-8",
    )
    summary = await take(pool, path)
    assert summary.ignored_columns == ("Catatan",)
    owner = await owner_at(pool, "B9A")
    assert (owner.vehicle.kind, owner.vehicle.plate_colour) == (VehicleKind.MOTORCYCLE, PlateColour.WHITE)
    assert owner.valid_from == datetime(2021, 8, 17, tzinfo=WIB)
    assert owner.phone_problem is PhoneProblem.MISSING


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (("Surel", "English"), ("email", "en")),
        (("WA", "Bahasa Indonesia"), ("whatsapp", "id")),
        (("pos", ""), ("letter", None)),
        (("E-Mail", "en-US"), ("email", "en")),
        (("fax", "Sunda"), (None, None)),  # what we cannot do costs nobody the notice
        (("", ""), (None, None)),
    ],
)
async def test_what_an_owner_asked_for_is_kept(pool, tmp_path, given, read):
    clerks = {"preferred_channel": "Saluran", "language": "Bahasa"}
    asked = row(preferred_channel=given[0], language=given[1])
    path = write_csv(tmp_path / "r.csv", [{clerks.get(name, name): value for name, value in asked.items()}])
    assert (await take(pool, path)).ignored_columns == ()
    owner = await owner_at(pool, "B1234XYZ")
    assert (owner.preferred_channel, owner.language) == read


WRONG = {
    "plate": ("B 0123 AA", "zero"),
    "valid_from": ("31-02-2020", "YYYY-MM-DD"),
    "valid_to": ("2019-01-01", "not later than valid_from"),
    "chassis": ("12", "five letters or digits"),
    "owner_name": ("  ", "is empty"),
    "address": ("Jl. \0 Contoh", "control characters"),
}


async def test_wrong_rows_go_to_the_report_and_the_rest_is_taken(pool, tmp_path):
    rows = [row()] + [
        row(**{"plate": f"B {number} BAD", column: text}) for number, (column, (text, _)) in enumerate(WRONG.items(), 1)
    ]
    summary = await take(pool, write_csv(tmp_path / "r.csv", rows))
    assert (summary.inserted, summary.wrong, summary.rows) == (1, len(WRONG), len(WRONG) + 1)
    report = read_report(summary.report)
    assert stat.S_IMODE(summary.report.stat().st_mode) == 0o600
    for line, (told, (column, (_, why))) in enumerate(zip(report, WRONG.items(), strict=True), 3):
        reason = told["reason"]
        assert (told["line"], told["column"]) == (str(line), column)
        assert why in reason
        assert told["result"] == "refused"
        assert told["plate"] == rows[line - 2]["plate"]
    # A row is found by its line and its plate; nothing else of anybody's is repeated.
    written = summary.report.read_text()
    assert not any(row()[name] in written for name in ("owner_number", "owner_name", "phone", "address", "email"))


async def test_several_faults_of_a_row_are_told_at_once(pool, tmp_path):
    rows = [row(), row(plate="??", valid_from="x", owner_name="")]
    report = read_report((await take(pool, write_csv(tmp_path / "r.csv", rows))).report)
    assert report[0]["column"] == "plate | valid_from | owner_name"


async def test_bytes_quotes_and_widths_that_are_wrong_cost_only_their_rows(pool, tmp_path):
    path = write_csv(tmp_path / "r.csv", [row()])
    good = path.read_bytes().splitlines(keepends=True)[1]
    latin = good.replace(b"B 1234 XYZ", b"B 2 LAT").replace(b"Rangga", b"Jos\xe9 Andr\xc3\xa9")
    narrow = b"B 3 NAR,2020-01-01\r\n"
    unclosed = b'"' + b"x" * 80 + b"\r\n" + (b"y" * 1000 + b"\r\n") * 140
    last = good.replace(b"B 1234 XYZ", b"B 4 END")
    path.write_bytes(path.read_bytes() + latin + narrow + unclosed + last)
    summary = await take(pool, path)
    assert await owner_at(pool, "B1234XYZ")
    assert summary.inserted == 2
    assert await owner_at(pool, "B4END")
    reasons = [given["reason"] for given in read_report(summary.report)]
    assert any("bytes that cannot be read" in reason for reason in reasons)
    assert any("has 2 values where the header has 18" in reason for reason in reasons)
    assert any("lines 5 to" in reason for reason in reasons)
    # Every line that is not blank is a row, and each was taken or refused.
    assert summary.rows == summary.wrong + 2 == len(path.read_bytes().splitlines()) - 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"plate,colour\nB 1 A,red\n", "lacks the columns valid_from, vehicle_kind"),
        (b"plate,nopol,valid_from\n", "two columns for plate: 'plate' and 'nopol'; name the one to use"),
        (b"PK\x03\x04 a workbook", "a spreadsheet's workbook"),
        (b"plate;owner_name\nB 1 A;Andr\x81\n", "neither UTF-8 nor Windows-1252 (byte 0x81)"),
        (b"PAR1 and then nothing", "cannot be read"),
        (None, "cannot be read: No such file"),
    ],
)
async def test_a_file_that_is_no_register_is_refused_with_a_sentence(pool, tmp_path, content, says):
    path = tmp_path / "r.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as refusal:
        await take(pool, path)
    assert says in refusal.value.sentence
    assert await count_registered(pool) == 0


async def test_a_file_with_only_wrong_rows_or_none_is_refused(pool, tmp_path):
    with pytest.raises(InputError) as refusal:
        await take(pool, write_csv(tmp_path / "r.csv", [row(plate="x"), row(valid_from="x")]))
    assert "Not one of the 2 rows" in refusal.value.sentence
    assert len(read_report(tmp_path / "r.wrong.csv")) == 2
    header_only = write_csv(tmp_path / "h.csv", [row()])
    header_only.write_bytes(header_only.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(InputError, match="no rows"):
        await take(pool, header_only)
    # A refused file leaves open which kind of register this becomes.
    await take(pool, write_csv(tmp_path / "s.csv", [row()]), synthetic=True)
    assert await is_synthetic(pool)


async def test_the_owner_is_looked_up_at_the_time_of_the_offence(pool, tmp_path):
    sold = datetime(2025, 6, 1, tzinfo=WIB)
    first = row(valid_to="2025-06-01")
    second = row(valid_from="2025-06-01", owner_name="Sinta Pembeli", owner_number="0099999999999999", phone="")
    await take(pool, write_csv(tmp_path / "r.csv", [second, first, row(plate="B 1 OTH", valid_to="2021-01-01")]))
    tick = timedelta(microseconds=1)
    wanted = [
        ("B1234XYZ", sold),
        ("B1OTH", NOW),
        ("B1234XYZ", sold - tick),
        ("B404NO", NOW),
        ("B1234XYZ", datetime(2020, 3, 1, tzinfo=WIB) - tick),
        ("B1234XYZ", sold),
    ]
    found = await find_owners(pool, sealer(), wanted)
    names = [owner.name if owner else None for owner in found]
    assert names == ["Sinta Pembeli", None, "Rangga Contohwan", None, None, "Sinta Pembeli"]
    assert (found[0].phone, found[0].phone_problem) == (None, PhoneProblem.MISSING)
    assert await find_owners(pool, sealer(), []) == []


async def test_the_same_file_again_changes_nothing_and_a_sale_changes_one_row(pool, tmp_path):
    rows = [row(), row(plate="B 2 TWO"), row(plate="B 2 TWO")]
    assert (await take(pool, write_csv(tmp_path / "a.csv", rows))).inserted == 2
    before = await pool.fetch("select *, xmin from registration order by plate")
    again = await take(pool, write_csv(tmp_path / "a.csv", rows))
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 3)
    assert await pool.fetch("select *, xmin from registration order by plate") == before
    sale = [row(valid_to="2026-01-01"), row(valid_from="2026-01-01", owner_name="Pembeli Baru")]
    after = await take(pool, write_csv(tmp_path / "b.csv", sale))
    assert (after.inserted, after.updated, after.unchanged) == (1, 1, 0)
    assert (await owner_at(pool, "B1234XYZ")).name == "Pembeli Baru"
    assert (await owner_at(pool, "B2TWO")).name == "Rangga Contohwan"
    kept = await pool.fetch(
        "select rows, inserted, updated, unchanged, finished_at from register_import order by import_id"
    )
    assert [tuple(record)[:4] for record in kept] == [(3, 2, 0, 1), (3, 0, 0, 3), (2, 1, 1, 0)]
    assert all(record["finished_at"] for record in kept)


async def test_overlapping_spells_of_a_plate_are_refused(pool, tmp_path):
    await take(pool, write_csv(tmp_path / "a.csv", [row(), row(plate="B 5 FIV", valid_to="2021-01-01")]))
    rows = [
        row(plate="B 5 FIV", valid_from="2020-12-31", owner_name="Penyerobot"),  # into the register's closed spell
        row(plate="B 2 TWO", valid_to="2022-01-02"),
        row(plate="B 2 TWO", valid_from="2022-01-01"),
        row(plate="B 3 TRI", valid_to="2022-01-01"),
        row(plate="B 3 TRI", valid_from="2022-01-01"),
        row(plate="B 4 FOR", owner_name="Satu"),
        row(plate="B 4 FOR", owner_name="Dua"),
        row(plate="B 6 SIX", valid_from="2021-01-01"),
    ]
    summary = await take(pool, write_csv(tmp_path / "b.csv", rows))
    assert (summary.inserted, summary.wrong, summary.unchanged) == (3, 5, 0)
    report = read_report(summary.report)
    assert sorted(int(given["line"]) for given in report) == [2, 3, 4, 7, 8]
    assert {given["plate"] for given in report} == {"B5FIV", "B2TWO", "B4FOR"}
    assert all("contradict each other" in given["reason"] for given in report)
    before, since = datetime(2020, 12, 1, tzinfo=WIB), datetime(2020, 12, 31, tzinfo=WIB)
    assert not (await owner_at(pool, "B5FIV", before)).disputed
    assert (await owner_at(pool, "B5FIV", since)).disputed, "from there on nobody is addressed"
    # A file that tells one story settles it.
    told = [
        row(plate="B 5 FIV", valid_to="2020-12-31"),
        row(plate="B 5 FIV", valid_from="2020-12-31", owner_name="Baru"),
    ]
    await take(pool, write_csv(tmp_path / "c.csv", told))
    settled = await owner_at(pool, "B5FIV", since)
    assert (settled.name, settled.disputed) == ("Baru", False)


OLD = row(owner_name="Siti Contoh", owner_number="0011111111111112")
NEW = row(valid_from="2026-05-01", owner_name="Budi Contoh", owner_number="0099999999999998")
MIDDLE = row(valid_from="2023-01-01", owner_name="Ayu Contoh", owner_number="")


@pytest.mark.parametrize("files", [[[OLD], [NEW]], [[NEW], [OLD]], [[OLD, NEW]], [[NEW, OLD]], [[OLD], [NEW], [OLD]]])
async def test_a_newer_open_spell_ends_the_older_one_in_any_order(pool, tmp_path, files):
    told: list[dict[str, str]] = []
    for number, rows in enumerate(files):
        summary = await take(pool, write_csv(tmp_path / f"{number}.csv", rows))
        assert summary.wrong == 0
        told += read_report(summary.report) if summary.report else []
        assert len(told) == (number > 0 or len(rows) > 1)
    [end] = told
    assert (end["result"], end["column"]) == ("ended", "valid_to")
    assert "2026-05-01" in end["reason"]
    change = datetime(2026, 5, 1, tzinfo=WIB)
    assert (await owner_at(pool, "B1234XYZ")).name == "Budi Contoh"
    assert (await owner_at(pool, "B1234XYZ", change)).name == "Budi Contoh"
    before = await owner_at(pool, "B1234XYZ", change - timedelta(seconds=1))
    assert (before.name, before.valid_to) == ("Siti Contoh", change)


async def test_an_end_that_was_set_moves_when_more_is_known(pool, tmp_path):
    for number, rows in enumerate([[OLD], [NEW], [MIDDLE]]):
        await take(pool, write_csv(tmp_path / f"{number}.csv", rows))
    at = [datetime(year, 6, 1, tzinfo=WIB) for year in (2022, 2025, 2026)]
    assert [(await owner_at(pool, "B1234XYZ", when)).name.split()[0] for when in at] == ["Siti", "Ayu", "Budi"]
    # An end that the file tells itself stands in place of it.
    await take(pool, write_csv(tmp_path / "told.csv", [OLD | {"valid_to": "2022-12-01"}]))
    assert await owner_at(pool, "B1234XYZ", datetime(2022, 12, 15, tzinfo=WIB)) is None


async def test_a_newer_owner_who_cannot_be_read_leaves_the_vehicle_to_an_officer(pool, tmp_path):
    other = row(plate="B 7 ZZA")
    await take(pool, write_csv(tmp_path / "a.csv", [OLD, other]))
    nameless, known = NEW | {"owner_name": "NULL"}, other | {"owner_name": "-"}
    summary = await take(pool, write_csv(tmp_path / "b.csv", [nameless, known, row(plate="B 8 ZZA")]))
    assert summary.wrong == 2
    assert (await owner_at(pool, "B1234XYZ")).disputed
    assert not (await owner_at(pool, "B1234XYZ", datetime(2026, 4, 30, tzinfo=WIB))).disputed
    assert not (await owner_at(pool, "B7ZZA")).disputed, "a fault in a spell that is known says nothing new"
    await take(pool, write_csv(tmp_path / "c.csv", [NEW]))
    assert not (await owner_at(pool, "B1234XYZ")).disputed


async def test_two_owners_from_one_day_leave_the_vehicle_to_an_officer(pool, tmp_path):
    await take(pool, write_csv(tmp_path / "a.csv", [OLD]))
    both = [NEW, NEW | {"owner_name": "Ani Contoh"}]
    summary = await take(pool, write_csv(tmp_path / "b.csv", [*both, row(plate="B 7 ZZA")]))
    assert (summary.wrong, summary.inserted) == (2, 1)
    assert (await owner_at(pool, "B1234XYZ")).disputed, "the earlier owner is not addressed for ever"
    assert not (await owner_at(pool, "B1234XYZ", datetime(2026, 4, 30, tzinfo=WIB))).disputed
    await take(pool, write_csv(tmp_path / "c.csv", [NEW]))
    settled = await owner_at(pool, "B1234XYZ")
    assert (settled.name, settled.disputed) == ("Budi Contoh", False)


async def test_no_import_leaves_two_owners_at_one_instant(pool, tmp_path):
    """Against a plain reading of half-open spells, for every pair of files over a few years."""
    cases: list[list[tuple[int, int]]] = [[(1, 3)], [(3, 5)], [(2, 4)], [(1, 5)], [(1, 2), (2, 3)], [(4, 6), (1, 2)]]
    plates = {f"B{number}CAS": pair for number, pair in enumerate([(a, b) for a in cases for b in cases], 1)}
    for turn in (0, 1):
        rows = [
            row(plate=plate, valid_from=f"200{start}-01-01", valid_to=f"200{end}-01-01", owner_name=f"Pemilik {turn}")
            for plate, pair in plates.items()
            for start, end in pair[turn]
        ]
        await take(pool, write_csv(tmp_path / f"{turn}.csv", rows))
    kept: dict[str, list[tuple[int, int]]] = {}
    for record in await pool.fetch("select plate, valid_from, valid_to from registration"):
        years = (record["valid_from"].astimezone(WIB).year % 10, record["valid_to"].astimezone(WIB).year % 10)
        kept.setdefault(record["plate"], []).append(years)
    for plate, (first, second) in plates.items():
        replaced = {start: (start, end) for start, end in first} | {start: (start, end) for start, end in second}
        years = [year for start, end in replaced.values() for year in range(start, end)]
        overlap = len(years) != len(set(years))
        assert sorted(kept[plate]) == sorted(first if overlap else replaced.values()), plate


async def test_every_named_query_stands_against_the_migrated_schema(pool):
    async with pool.acquire() as connection:
        for name, statement in SQL.statements.items():
            assert await connection.prepare(statement), name
