"""`cakra jurisdiction` and `cakra camera`: all or nothing, every wrong row named, keys told once, the watch shown."""

import asyncio
import csv
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest
from tests.cli.conftest import Shell

from cakra.core.errors import InputError
from cakra.doors.cameras.signature import is_push_secret
from cakra.journey.intake import Camera, CameraBook
from cakra.journey.intake.registering.roster_file import read_roster
from cakra.journey.watching.rules import Limits
from cakra.journey.watching.standing import trust_again
from cakra.journey.watching.watch import CameraWatch
from cakra.kit.seal import Sealer
from cakra.store.connect import create_pool
from cakra.store.db import Pool
from officers import officer_sql

T = TypeVar("T")
HEADER = "code,jurisdiction,name,place,road,approved_offences,calibrated_until,audited_precision,speed_limit_kmh"
GOOD = f"{HEADER}\nJKT-1,PMJ,Satu,Jl. Satu,Jl. Satu,GANJIL_GENAP PONSEL,2027-06-30,0.99,\n"


@pytest.fixture
def city(shell: Shell) -> Shell:
    rows(shell, "insert into jurisdiction values ('PMJ', 'Ditlantas Contoh', 'Asia/Jakarta', 0, 4)")
    return shell


def rows(shell: Shell, query: str, *values: Any) -> list[asyncpg.Record]:
    async def ask() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(shell.environment["CAKRA_DATABASE__URL"])
        try:
            return await connection.fetch(query, *values)
        finally:
            await connection.close()

    return asyncio.run(ask())


def write(shell: Shell, text: str, name: str = "cameras.csv") -> Path:
    path = shell.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def in_pool(shell: Shell, work: Callable[[Pool], Awaitable[T]]) -> T:
    """What the web server or the worker does beside the commands."""

    async def run() -> T:
        pool = await create_pool(shell.environment["CAKRA_DATABASE__URL"], min_size=1, max_size=1, name="cakra tests")
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(run())


def known_camera(shell: Shell, code: str) -> Camera:
    """As the cameras' door finds it."""
    root = bytes.fromhex(shell.environment["CAKRA_KEYS__ROOT"])
    camera = in_pool(shell, lambda pool: CameraBook(pool, Sealer(root, "camera")).find(code))
    assert camera is not None
    return camera


def known_key(shell: Shell, code: str) -> bytes:
    return known_camera(shell, code).key


def test_jurisdictions_get_cells_of_their_own(city: Shell) -> None:
    assert city.lines("jurisdiction", "add", "JTM", "--name", "Polda Contoh", "--zone", "Asia/Jakarta") == [
        "JTM added on cells 4 to 19."
    ]
    found = rows(city, "select code, first_cell, cells from jurisdiction order by first_cell")
    assert [tuple(row) for row in found] == [("PMJ", 0, 4), ("JTM", 4, 16)]
    assert [line.split("\t")[0] for line in city.lines("jurisdiction", "list")] == ["code", "PMJ", "JTM"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("PMJ", "--name", "Dua"), "There is a jurisdiction PMJ already"),
        (("pmj", "--name", "Dua"), "capital letters"),
        (("BALI", "--name", "Dua", "--zone", "Asia/Denpasar"), "is no time zone"),
        (("BALI", "--name", "Dua", "--cells", "1021"), "1 to 1020 cells"),
    ],
)
def test_a_wrong_jurisdiction_is_refused(city: Shell, arguments: tuple[str, ...], words: str) -> None:
    assert words in city.refusal("jurisdiction", "add", *arguments)
    assert len(rows(city, "select from jurisdiction")) == 1


def test_new_cameras_get_keys_that_their_door_knows(city: Shell) -> None:
    told = city.lines("camera", "import", write(city, GOOD), "--keys", city.folder / "keys.csv")
    assert told[0] == "1 new, 0 changed, 0 as before."
    kept = city.folder / "keys.csv"
    assert kept.stat().st_mode & 0o777 == 0o600
    [entry] = csv.DictReader(kept.read_text().splitlines())
    assert entry["camera"] == "JKT-1"
    assert known_key(city, "JKT-1") == bytes.fromhex(entry["key"])
    [camera] = rows(city, "select * from camera")
    # The last day counts whole, in the camera's own zone.
    assert camera["calibrated_until"] == datetime(2027, 6, 30, 17, tzinfo=UTC)
    assert (camera["zone"], camera["active"], camera["approved_offences"]) == (
        "Asia/Jakarta",
        True,
        ["GANJIL_GENAP", "PONSEL"],
    )


def test_without_a_key_file_keys_are_printed_once(city: Shell) -> None:
    file = write(city, GOOD)
    code, key = city.lines("camera", "import", file)[-1].split("\t")
    assert (code, bytes.fromhex(key)) == ("JKT-1", known_key(city, "JKT-1"))
    assert city.lines("camera", "import", file) == ["0 new, 0 changed, 1 as before."]


def test_a_list_changes_what_it_has_columns_for_and_nothing_else(city: Shell) -> None:
    city.lines("camera", "import", write(city, GOOD), "--keys", city.folder / "keys.csv")
    key = known_key(city, "JKT-1")
    assert city.lines("camera", "import", write(city, "code,place,active\nJKT-1,Jl. Baru,yes\n")) == [
        "0 new, 1 changed, 0 as before."
    ]
    [camera] = rows(city, "select place, calibrated_until, approved_offences from camera")
    assert camera["place"] == "Jl. Baru"
    assert camera["calibrated_until"] is not None
    assert camera["approved_offences"] == ["GANJIL_GENAP", "PONSEL"]
    assert known_key(city, "JKT-1") == key


def test_a_semicolon_list_with_a_byte_order_mark_is_read(city: Shell) -> None:
    text = GOOD.replace("GANJIL_GENAP PONSEL", "GANJIL_GENAP|PONSEL").replace(",", ";")
    (city.folder / "excel.csv").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert city.lines("camera", "import", "excel.csv")[0] == "1 new, 0 changed, 0 as before."


def test_a_toml_list_is_read(city: Shell) -> None:
    file = write(
        city,
        """
[[camera]]
code = "TOL-1"
jurisdiction = "PMJ"
name = "Tol"
place = "Tol Dalam Kota KM 5"
road = "Tol Dalam Kota"
zone = "Asia/Makassar"
vendor = "hikvision"
approved_offences = ["BATAS_KECEPATAN"]
calibrated_until = 2027-06-30
speed_limit_kmh = 80
speed_trigger_kmh = 88
latitude = -6.2
longitude = 106.8
active = false
offence_map = {speed = "BATAS_KECEPATAN"}
""",
        "cameras.toml",
    )
    city.lines("camera", "import", file)
    [camera] = rows(city, "select * from camera")
    assert json.loads(camera["offence_map"]) == {"speed": "BATAS_KECEPATAN"}
    assert (camera["speed_trigger_kmh"], camera["latitude"], camera["active"]) == (88, -6.2, False)
    assert camera["calibrated_until"] == datetime(2027, 6, 30, 16, tzinfo=UTC)
    assert city.lines("camera", "import", file) == ["0 new, 0 changed, 1 as before."]


def test_a_list_that_a_spreadsheet_saved_is_read(city: Shell) -> None:
    head = f"{HEADER},latitude,longitude,active".replace(",", ";").replace("_", " ").upper()
    lines = [
        head,
        "101.0;PMJ;Satu;Jl. Café;Jl. Satu;GANJIL_GENAP;30/06/2027;0,99;80.0;-6,2;106,8;1.0;;",
        "'102;PMJ;Dua;Jl. Dua;Jl. Dua;-;NULL;n/a;;;;YA",
        ";;;;;;;;;;;",
    ]
    text = "\r\n".join(lines)
    path = city.folder / "cameras.csv"
    path.write_bytes(text.encode("cp1252"))
    assert city.lines("camera", "import", path)[0] == "2 new, 0 changed, 0 as before."
    first, second = rows(city, "select * from camera order by code")
    assert (first["code"], first["place"], first["latitude"], first["longitude"]) == ("101", "Jl. Café", -6.2, 106.8)
    assert (first["audited_precision"], first["speed_limit_kmh"], first["active"]) == (pytest.approx(0.99), 80, True)
    assert first["calibrated_until"] == datetime(2027, 6, 30, 17, tzinfo=UTC)
    assert (second["code"], second["calibrated_until"], second["approved_offences"]) == ("102", None, [])


@pytest.mark.parametrize("day", ["9999-12-31", "31/12/9999"])
def test_a_calibration_without_an_end_is_a_fault(day: str) -> None:
    [row] = read_roster(f"code,calibrated_until\nA,{day}\n", toml=False)
    assert row.faults == [f"calibrated_until: {day!r} is no real end; a calibration has one"]


def test_an_open_quote_costs_its_line_alone() -> None:
    text = 'code,name,place\nA,"Satu,Jl. Satu\nB,Dua,Jl. Dua\nC,Tiga,Jl. Tiga\n'
    read = read_roster(text, toml=False)
    assert [row.code for row in read] == ["A", "B", "C"]
    assert [bool(row.faults) for row in read] == [True, False, False]
    assert "lines 2 to 4" in read[0].faults[0]


def test_every_wrong_row_is_named_and_nothing_is_applied(city: Shell) -> None:
    header = f"{HEADER},speed_trigger_kmh,latitude,longitude,active,zone,offence_map"
    wrong = (
        header,
        "JKT-1,PMJ,Satu,Jl. Satu,Jl. Satu,,,,,,,,,,",
        "JKT 2,PMJ,Dua,Jl. Dua,Jl. Dua,,,,,,,,,,",
        "JKT-1,PMJ,Tiga,Jl. Tiga,Jl. Tiga,,,,,,,,,,",
        "JKT-4,XXX,,Jl. Empat,Jl. Empat,NGEBUT,06/30/2027,1.5,-1,,,,,,",
        "JKT-5,PMJ,Lima,Jl. Lima,Jl. Lima,,,,80,60,95,106,mungkin,Jakarta,{",
        "JKT-6,PMJ,Enam",
    )
    text = "\n".join(wrong)
    keys = city.folder / "keys.csv"
    told = city.refusal("camera", "import", write(city, text), "--keys", keys).splitlines()
    assert told[0] == "5 of 6 rows are wrong, nothing was imported:"
    lines = dict(line.split(": ", 1) for line in told[1:])
    assert lines.keys() == {"line 3", "line 4", "line 5", "line 6", "line 7"}
    assert "code: 'JKT 2' must be" in lines["line 3"]
    assert "JKT-1 stands on line 2 already" in lines["line 4"]
    for words in ("jurisdiction: XXX is unknown", "name:", "NGEBUT is unknown", "'06/30/2027'", "'1.5'", "'-1'"):
        assert words in lines["line 5"], words
    for words in ("speed_trigger_kmh", "'95'", "'mungkin'", "'Jakarta'", "offence_map"):
        assert words in lines["line 6"], words
    assert "3 cells for 15 columns" in lines["line 7"]
    assert not keys.exists()
    assert not rows(city, "select from camera")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,colour\nA,red\n", "unknown column 'colour'"),
        ("name,place\nA,B\n", "lacks the column 'code'"),
        ("code,code\nA,B\n", "'code' twice"),
        ("", "lacks the column 'code'"),
    ],
)
def test_a_csv_that_is_no_list_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_roster(text, toml=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[camera]\n", "not readable as TOML"),
        ("[camera]\ncode = 'A'\n", r"\[\[camera\]\] tables"),
        ("note = 1\n[[camera]]\ncode = 'A'\n", r"\[\[camera\]\] tables"),
        ("camera = [1]\n", r"\[\[camera\]\] tables"),
    ],
)
def test_a_toml_that_is_no_list_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_roster(text, toml=True)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ("code = 7", "code: 7 must be"),
        ("code = 'A'\nactive = 'mungkin'", "active: 'mungkin'"),
        ("code = 'A'\nlatitude = true", "latitude: True"),
        ("code = 'A'\napproved_offences = 5", "approved_offences: is no list"),
        ("code = 'A'\noffence_map = {a = 1}", "offence_map: is no JSON object"),
        ("code = 'A'\nname = \"a\\u0000b\"", "name: has control characters"),
        ("name = 'A'", "code: is missing"),
    ],
)
def test_a_wrong_value_of_toml_is_named_with_its_line(values: str, fault: str) -> None:
    [row] = read_roster(f"# cameras\n\n[[camera]]\n{values}\n", toml=True)
    assert row.line == 3
    assert [one for one in row.faults if one.startswith(fault)], row.faults


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cameras.csv", b"code\nJKT-9\n", "line 2: jurisdiction: is missing; name: is missing; place: is missing"),
        ("cameras.csv", b"code,name\n", "holds no camera"),
        ("cameras.csv", b"code\n\x81\xfe\n", "neither UTF-8 nor Windows-1252"),
        ("cameras.csv", b"PK\x03\x04", "a spreadsheet's workbook"),
        ("cameras.xlsx", b"PK", "neither .csv nor .toml"),
    ],
)
def test_a_file_that_is_no_list_is_refused(city: Shell, name: str, content: bytes, words: str) -> None:
    path = city.folder / name
    path.write_bytes(content)
    assert words in city.refusal("camera", "import", path)


def test_a_missing_file_is_named(city: Shell) -> None:
    assert city.refusal("camera", "import", "nowhere.csv") == "nowhere.csv cannot be read: No such file or directory."


def test_keys_are_not_written_over_another_file(city: Shell) -> None:
    keys = city.folder / "keys.csv"
    keys.write_text("mine")
    assert "exists already" in city.refusal("camera", "import", write(city, GOOD), "--keys", keys)
    assert keys.read_text() == "mine"
    assert not rows(city, "select from camera")


def test_a_rotated_key_replaces_the_old_one_and_changes_the_push_address(city: Shell) -> None:
    city.lines("camera", "import", write(city, GOOD), "--keys", city.folder / "keys.csv")
    before = known_key(city, "JKT-1")
    [first] = city.lines("camera", "push-url", "JKT-1")
    done = city.run("camera", "key", "JKT-1", "--rotate")
    after = known_key(city, "JKT-1")
    assert done.returncode == 0
    assert bytes.fromhex(done.stdout.strip()) == after != before
    [second] = city.lines("camera", "push-url", "JKT-1", "--base", "https://kamera.contoh.example/")
    assert second.startswith("https://kamera.contoh.example/v1/hikvision/JKT-1/")
    assert first.rsplit("/", 1)[1] != second.rsplit("/", 1)[1]
    assert is_push_secret(known_camera(city, "JKT-1"), second.rsplit("/", 1)[1])


def test_a_key_is_not_shown_again_and_an_unknown_camera_has_none(city: Shell) -> None:
    city.lines("camera", "import", write(city, GOOD), "--keys", city.folder / "keys.csv")
    assert "told once" in city.refusal("camera", "key", "JKT-1")
    assert "no camera JKT-7" in city.refusal("camera", "key", "JKT-7", "--rotate")
    assert "no camera JKT-7" in city.refusal("camera", "push-url", "JKT-7")


def test_a_reader_that_has_enough_ends_the_list_quietly(city: Shell) -> None:
    lines = "".join(f"JKT-{number},PMJ,Satu,Jl. Satu {'x' * 150},Jl. Satu,,,,\n" for number in range(2000))
    city.lines("camera", "import", write(city, f"{HEADER}\n{lines}"), "--keys", city.folder / "keys.csv")
    process = subprocess.Popen(
        [sys.executable, "-m", "cakra", "camera", "list"],
        cwd=city.folder,
        env=city.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"code\t")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 141


def test_the_list_shows_each_camera_on_a_line(city: Shell) -> None:
    city.lines("camera", "import", write(city, GOOD), "--keys", city.folder / "keys.csv")
    header, line = (text.split("\t") for text in city.lines("camera", "list"))
    shown = dict(zip(header, line, strict=True))
    assert shown["code"] == "JKT-1"
    assert shown["approved"] == "GANJIL_GENAP PONSEL"
    assert shown["precision"] == "0.990"


@pytest.fixture
def judged(city: Shell) -> Shell:
    """Officers agreed with JKT-2 in 4 of 4 decisions and with JKT-1 in 1 of 8; then the worker looked."""
    second = GOOD.splitlines()[1].replace("JKT-1", "JKT-2")
    third = GOOD.splitlines()[1].replace("JKT-1", "JKT-3")
    city.lines("camera", "import", write(city, f"{GOOD}{second}\n{third}\n"), "--keys", city.folder / "keys.csv")
    rows(
        city,
        "insert into camera_agreement (cell, case_id, camera, at, agreed)"
        " select 0, n, case when n <= 8 then 'JKT-1' else 'JKT-2' end, now() - interval '1 hour' + n * interval '1 s',"
        " n = 1 or n > 8 from generate_series(1, 12) n",
    )

    in_pool(city, lambda pool: CameraWatch(pool, Limits(), 60.0).look())
    return city


def test_the_watch_shows_first_whom_officers_decide_for_and_why(judged: Shell) -> None:
    header, *lines = (line.split("\t") for line in judged.lines("camera", "watch"))
    fallen, agreed, unheard = (dict(zip(header, line, strict=True)) for line in lines)
    assert (fallen["code"], fallen["state"], fallen["because of"]) == ("JKT-1", "human", "agreement")
    assert fallen["last change"].startswith("machine 20")
    assert fallen["agreement"] == "", "counted anew since the fall-back"
    assert (agreed["code"], agreed["state"], agreed["agreement"]) == ("JKT-2", "trusted", "4 of 4 (51%-100%)")
    assert (agreed["because of"], agreed["last change"]) == ("", "")
    assert unheard == dict.fromkeys(header, "") | {"code": "JKT-3", "state": "trusted"}


def test_what_officers_say_after_a_fall_back_and_who_ended_it_are_shown(judged: Shell) -> None:
    rows(judged, "insert into camera_agreement values (0, 20, 'JKT-1', now(), true)")
    header, line, *_ = (line.split("\t") for line in judged.lines("camera", "watch"))
    assert dict(zip(header, line, strict=True))["agreement"] == "1 of 1 (21%-100%)"
    rows(judged, officer_sql("sari", "supervisor", name="Sari"))
    in_pool(judged, lambda pool: trust_again(pool, "JKT-1", by="sari", reason="Fokus dibetulkan"))
    header, line, *_ = (line.split("\t") for line in judged.lines("camera", "watch"))
    shown = dict(zip(header, line, strict=True))
    assert (shown["code"], shown["state"]) == ("JKT-1", "trusted")
    assert shown["last change"].startswith("Sari 20")
    assert shown["last change"].endswith("Fokus dibetulkan")


def test_the_watch_is_over_all_cameras_and_says_so_to_who_names_one(judged: Shell) -> None:
    assert "Nothing was expected after these words: JKT-7" in judged.refusal("camera", "watch", "JKT-7")


def test_the_watch_over_no_cameras_is_an_empty_table(shell: Shell) -> None:
    assert [line.split("\t")[0] for line in shell.lines("camera", "watch")] == ["code"]


def test_cameras_of_odd_even_whose_road_is_in_no_zone_are_named(city: Shell) -> None:
    lines = [
        HEADER,
        "JKT-1,PMJ,Satu,a,Jl. M.H. Thamrin,GANJIL_GENAP,,,",
        "JKT-2,PMJ,Dua,b,Jl. Casablanca,GANJIL_GENAP,,,",
        'JKT-3,PMJ,Tiga,c,"Simpang Sarinah, Jl. MH Thamrin",GANJIL_GENAP,,,',
        "JKT-4,PMJ,Empat,d,Jl. Casablanca,PONSEL,,,",
    ]
    file = write(city, "\n".join(lines) + "\n")
    told = city.lines("camera", "import", file)
    assert told[0] == "4 new, 0 changed, 0 as before."
    assert told[1:3] == [
        "JKT-2: Jl. Casablanca is not in the odd-even zone; the machine rejects its odd-even cases.",
        "JKT-3: The road name 'Simpang Sarinah, Jl. MH Thamrin' contains 'MH THAMRIN'; officers decide its cases.",
    ]
    assert [line for line in told[3:] if line.startswith(("JKT-1:", "JKT-4:"))] == []
    assert city.lines("camera", "import", file) == ["0 new, 0 changed, 4 as before."], "told once"
