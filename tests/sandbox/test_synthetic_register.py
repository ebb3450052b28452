"""The invented register: believable in shape, impossible in fact."""

import csv
from collections import Counter
from datetime import date

import phonenumbers
import pyarrow.parquet as pq
import pytest
from phonenumbers import carrier

from cakra.core.errors import InputError
from cakra.core.identifiers.plate import PlateKind, class_hint, parse_plate
from cakra.core.law.vehicle import PlateColour, VehicleKind
from cakra.sandbox.register import COLUMNS, Generated, generate

TODAY = date(2026, 11, 1)
ROWS = 12_000


@pytest.fixture(scope="module")
def generated(tmp_path_factory) -> Generated:
    return generate(ROWS, 42, tmp_path_factory.mktemp("register") / "register.csv", today=TODAY)


@pytest.fixture(scope="module")
def rows(generated) -> list[dict[str, str]]:
    with generated.path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_it_has_the_rows_asked_for_and_parquet_says_the_same(generated, rows, tmp_path):
    assert len(rows) == ROWS
    assert tuple(rows[0]) == COLUMNS
    again = generate(ROWS, 42, tmp_path / "register.parquet", today=TODAY)
    # In a CSV the plus of a phone is defused by an apostrophe, as every spreadsheet reads it.
    assert pq.read_table(again.path).to_pylist() == [row | {"phone": row["phone"].removeprefix("'")} for row in rows]
    assert again.samples == generated.samples
    other = generate(50, 43, tmp_path / "other.csv", today=TODAY)
    assert other.path.read_bytes() not in generated.path.read_bytes()


def test_plates_are_jakartas_and_each_vehicle_has_its_own(rows):
    spells: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        spells.setdefault(row["plate"], []).append(row)
    if rows[-1]["valid_to"]:  # the file ended between the two spells of a sale
        del spells[rows[-1]["plate"]]
    for text, owners in spells.items():
        plate = parse_plate(text)
        assert (plate.kind, plate.region, plate.text) == (PlateKind.CIVIL, "B", text)
        hint = str(class_hint(plate)).replace("goods", "truck")
        assert owners[0]["vehicle_kind"] in hint
        assert [owner["valid_to"] for owner in owners] == [owner["valid_from"] for owner in owners[1:]] + [""]
        assert all(owner["valid_from"] < TODAY.isoformat() for owner in owners)
        assert len({owner["chassis"] for owner in owners}) == 1
    assert len({owners[0]["chassis"] for owners in spells.values()}) == len(spells)
    assert max(map(len, spells.values())) == 2


def test_nobody_can_be_met(rows):
    for row in rows:
        assert row["owner_number"].startswith("00")
        assert len(row["owner_number"]) in {13, 16}
        assert "Contoh" in row["address"]
        assert row["email"] == "" or row["email"].endswith(".example")
        if not row["phone"]:
            continue
        number = phonenumbers.parse(row["phone"], "ID")
        assert phonenumbers.is_valid_number(number)
        assert carrier.name_for_number(number, "en") == ""
        national = str(number.national_number)
        if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE:
            assert national.startswith("810")
        else:
            assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE
            assert national.startswith("210")


def test_shares_are_about_as_told(rows):
    def share(keep) -> float:
        return sum(bool(keep(row)) for row in rows) / len(rows)

    assert 0.01 < share(lambda row: not row["phone"]) < 0.03
    assert 0.02 < share(lambda row: row["phone"].startswith("(021)")) < 0.04
    assert 0.03 < share(lambda row: row["owner_name"].startswith("PT ")) < 0.07
    assert 0.02 < share(lambda row: row["valid_to"]) < 0.05
    fleets = Counter(row["owner_number"] for row in rows if row["owner_name"].startswith("PT "))
    assert max(fleets.values()) > 5
    for number in list(fleets)[:20]:
        assert len({row["owner_name"] for row in rows if row["owner_number"] == number}) == 1


def test_samples_tell_the_truth_about_the_register(generated, rows):
    newest = {row["plate"]: row for row in rows if not row["valid_to"]}
    sold = {row["plate"]: row["valid_to"] for row in rows if row["valid_to"]}
    for sample in generated.samples:
        row = newest[sample.plate]
        assert (row["vehicle_kind"], row["plate_colour"]) == (sample.kind, sample.plate_colour)
        assert (row["colour"], row["electric"]) == (sample.colour, str(sample.electric).lower())
        assert row["chassis"].endswith(sample.chassis_last5)
        assert sold.get(sample.plate) == (sample.sold_on and sample.sold_on.isoformat())
        assert sample.has_phone == (sample.phone is not None)
        if sample.phone:
            number = phonenumbers.parse(row["phone"], "ID")
            assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == sample.phone


def test_a_playlist_finds_every_sort_it_needs(generated):
    electric = generated.pick(kind=VehicleKind.CAR, electric=True)[0]
    assert (electric.kind, electric.electric) == (VehicleKind.CAR, True)
    assert len({sample.plate for sample in generated.pick(6, kind=VehicleKind.MOTORCYCLE)}) == 6
    silent = generated.pick(has_phone=False)[0]
    assert silent.phone is None
    assert generated.pick(sold=True, kind=VehicleKind.CAR)[0].sold_on < TODAY
    odd = generated.pick(3, kind=VehicleKind.CAR, odd=True, plate_colour=PlateColour.WHITE)
    assert all(parse_plate(sample.plate).last_digit % 2 for sample in odd)
    for kind in (VehicleKind.BUS, VehicleKind.TRUCK):
        assert generated.pick(kind=kind)
    with pytest.raises(InputError, match="generate more rows"):
        generated.pick(10_000)


def test_progress_ends_at_the_number_of_rows(tmp_path):
    calls: list[tuple[int, int | None]] = []
    generate(15_000, 1, tmp_path / "r.parquet", lambda done, total: calls.append((done, total)), today=TODAY)
    assert calls == [(10_000, 15_000), (15_000, 15_000)]


@pytest.mark.parametrize("rows", [0, -3])
def test_no_rows_are_refused(tmp_path, rows):
    with pytest.raises(InputError, match="at least one row"):
        generate(rows, 1, tmp_path / "r.csv", today=TODAY)
