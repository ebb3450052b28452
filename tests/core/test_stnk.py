"""The words of an STNK; an unknown one convicts and acquits nobody."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.law_texts import law_book, odd_even_rules

from cakra.core.identifiers.plate import parse_plate
from cakra.core.law.stnk import electric_of, plate_colour_of, vehicle_kind_of
from cakra.core.law.vehicle import PlateColour, VehicleFacts, VehicleKind

KINDS = {
    "car": (
        *(
            "MINIBUS",
            "SEDAN",
            "JEEP",
            "MB. PENUMPANG",
            "STATION WAGON",
            "MB. PENUMPANG / MINIBUS",
            "R4",
            "Roda 4",
            "R-4",
        ),
        *("mobil", "MOBIL PENUMPANG", "JEEP S.C.HDTP", "SEDAN TAXI", "MINIBUS (MPV)"),
    ),
    "motorcycle": ("SPD MOTOR", "SPD. MOTOR", "SEPEDA MOTOR", "SPM", "R2", "RODA DUA", "roda 2", "SEPEDA MOTOR SOLO"),
    "bus": ("BUS", "MICROBUS", "MICRO BUS", "MOBIL BUS / MICROBUS", "BIS"),
    "truck": (
        *("PICK UP", "PICKUP", "LIGHT TRUCK", "TRONTON", "DUMP TRUCK", "MB. BEBAN / PICK UP", "MBL. BARANG"),
        *("TRUCK/TRONTON", "LIGHT TRUCK BOX", "mobil barang", "BLIND VAN", "TRACTOR HEAD"),
    ),
    "special": ("RANSUS", "khusus", "FORKLIFT", "MOBIL AMBULANS"),
    "unknown": ("", "becak", "NULL", "PICKUP/JEEP", "RODA 6", "R3", "unknown", "-", "RODA 4 ATAU LEBIH"),
}
COLOURS = {
    "white": (
        "PUTIH",
        "PUTIH-HITAM",
        "DASAR PUTIH",
        "PUTIH LIST BIRU",
        "TULISAN HITAM DASAR PUTIH",
        "white",
        "TNKB PUTIH",
        "HITAM DI ATAS PUTIH",
        "LATAR PUTIH HURUF HITAM",
    ),
    "black": ("HITAM", "Hitam / Putih", "DASAR HITAM TULISAN PUTIH", "PUTIH DIATAS HITAM", "White on black"),
    "yellow": ("KUNING", "KUNING/HITAM", "HITAM KUNING"),
    "red": ("MERAH", "MERAH PUTIH"),
    "green": ("HIJAU", "HIJAU-HITAM"),
    "unknown": ("", "BIRU", "pink", "KUNING MERAH", "NULL"),
}
ELECTRIC = {
    True: ("1", "1.0", "Y", "YA", "BEV", "EV", "LISTRIK", "True", "baterai", "V", "\u2713"),
    False: (
        "0",
        "0.0",
        "N",
        "TIDAK",
        "BENSIN",
        "SOLAR",
        "HYBRID",
        "BENSIN/LISTRIK",
        "PHEV",
        "",
        "-",
        "NULL",
        "NON LISTRIK",
        "BUKAN LISTRIK",
        "NON-EV",
        "TANPA BATERAI",
        "LISTRIK: TIDAK",
    ),
    None: ("mungkin", "HIDROGEN", "T", "t"),  # true in one export, *tidak* in another
}


@pytest.mark.parametrize(("word", "kind"), [(word, kind) for kind, words in KINDS.items() for word in words])
def test_a_kind_is_known_by_its_words(word, kind):
    assert vehicle_kind_of(word).value == vehicle_kind_of(word.lower()).value == kind


@pytest.mark.parametrize(("word", "colour"), [(word, colour) for colour, words in COLOURS.items() for word in words])
def test_a_plate_colour_is_its_ground(word, colour):
    assert plate_colour_of(word).value == colour


@pytest.mark.parametrize(("word", "told"), [(word, told) for told, words in ELECTRIC.items() for word in words])
def test_only_a_battery_is_electric(word, told):
    assert electric_of(word) is told


@given(st.text(max_size=60))
def test_any_words_are_a_kind_a_colour_and_a_fuel_or_unknown(words):
    assert vehicle_kind_of(words) in VehicleKind
    assert plate_colour_of(words) in PlateColour
    assert electric_of(words) in {True, False, None}


@pytest.mark.parametrize(
    "vehicle",
    [
        VehicleFacts(VehicleKind.UNKNOWN, PlateColour.WHITE, electric=False),
        VehicleFacts(VehicleKind.CAR, PlateColour.UNKNOWN, electric=False),
        VehicleFacts(VehicleKind.CAR, PlateColour.WHITE, electric=None),
    ],
)
def test_what_the_register_does_not_know_is_an_officers(vehicle):
    """An even plate on an odd date, in the zone and its hours: only the unknown is open."""
    instant = datetime(2026, 11, 3, 1, tzinfo=UTC)
    plate = parse_plate("B 1234 ZZA")
    assert odd_even_rules().judge(plate, instant, "Jl. Jenderal Sudirman", vehicle).violates is None


def test_an_unknown_kind_neither_fits_an_offence_nor_does_not():
    book = law_book()
    bound = [book.offences.at(code, date(2026, 11, 3)) for code in book.offences.codes]
    assert {one.fits(VehicleKind.UNKNOWN) for one in bound if one.vehicle_kinds} == {None}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("SEDAN BARANG", VehicleKind.TRUCK),
        ("MINIBUS BEBAN", VehicleKind.TRUCK),
        ("JEEP MB BRG", VehicleKind.TRUCK),
        ("MINIBUS PICK UP", VehicleKind.UNKNOWN),
        ("BUS BARANG", VehicleKind.UNKNOWN),
    ],
)
def test_a_passenger_cars_shape_that_carries_goods_is_a_goods_vehicle(words, kind):
    assert vehicle_kind_of(words) is kind


def test_a_named_ground_goes_before_other_colours_when_it_is_a_plates():
    assert plate_colour_of("HITAM DASAR PUTIH") is PlateColour.WHITE
    assert plate_colour_of("HITAM DASAR COKLAT") is PlateColour.BLACK
    assert plate_colour_of("DASAR COKLAT") is PlateColour.UNKNOWN


def test_so_much_of_a_field_is_read_as_an_stnk_has():
    assert vehicle_kind_of(f"{'x' * 112} minibus") is VehicleKind.CAR
    assert vehicle_kind_of(f"{'x' * 113} minibus") is VehicleKind.UNKNOWN


def test_a_kind_of_several_words_is_known_whatever_stands_beside_it():
    assert vehicle_kind_of("BLIND VAN PUTIH") is VehicleKind.TRUCK
    assert vehicle_kind_of("HONDA SEPEDA MOTOR SOLO 2021") is VehicleKind.MOTORCYCLE
