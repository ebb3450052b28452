"""The words of an STNK for kinds of vehicle, plate colours and fuels. What is not known stays unknown, never guessed.

A field may hold several words (`MB. PENUMPANG / MINIBUS`); they are believed when they agree.
"""

import re
from functools import lru_cache

from cakra.core.law.vehicle import PlateColour, VehicleKind
from cakra.core.tables.values import flag_of, is_nothing

_CAR, _MOTORCYCLE, _BUS = VehicleKind.CAR, VehicleKind.MOTORCYCLE, VehicleKind.BUS
_TRUCK, _SPECIAL = VehicleKind.TRUCK, VehicleKind.SPECIAL
_KIND_WORDS: dict[VehicleKind, tuple[str, ...]] = {
    _CAR: (
        *("car", "mobil", "mobil penumpang", "mb penumpang", "mb pnp", "mbl pnp", "mobil pnp", "m penumpang", "mpnp"),
        *("mb pnpg", "mbl penumpang", "mobil pribadi", "penumpang", "kendaraan penumpang", "passenger car"),
        *("minibus", "mini bus", "sedan", "jeep", "jip", "station wagon", "stasion wagon", "st wagon", "stwagon"),
        *("station", "wagon", "hatchback", "hatch back", "hb", "mpv", "suv", "crossover", "coupe", "cabriolet"),
        *("convertible", "city car", "citycar", "lcgc", "taksi", "taxi", "sedan taksi", "r4", "roda empat"),
        *("limousine", "minivan", "mini van", "combi", "kombi"),
    ),
    _MOTORCYCLE: (
        *("motorcycle", "motor", "sepeda motor", "spd motor", "spd mtr", "sp motor", "sepeda mtr", "spm", "sp mtr"),
        *("sepmot", "sepmor", "ranmor r2", "r2", "roda dua", "skuter", "scooter", "skutik", "scootermatic"),
        *("solo", "bebek", "sport bike", "trail", "moped", "motor solo", "sepeda motor solo", "spd motor solo"),
    ),
    _BUS: (
        *(
            "bus",
            "bis",
            "mobil bus",
            "mb bus",
            "mbl bus",
            "mobil bis",
            "microbus",
            "micro bus",
            "mikrobus",
            "mikro bus",
        ),
        *("micro", "bus besar", "bus sedang", "bus kecil", "bus tingkat", "bus tempel", "bus gandeng", "autobus"),
        *("light bus", "medium bus", "big bus"),
    ),
    _TRUCK: (
        *("truck", "truk", "trek", "mobil barang", "mb barang", "mbl barang", "mb brg", "mbl brg", "mobil brg"),
        *("mobil beban", "mb beban", "mbl beban", "beban", "barang", "pick up", "pickup", "pikap", "pick-up", "p up"),
        *(
            "light truck",
            "lt truck",
            "light truk",
            "dump truck",
            "dump truk",
            "dump",
            "dumptruck",
            "tronton",
            "trinton",
        ),
        *("trailer", "tractor head", "head tractor", "traktor head", "truck tractor", "tangki", "truck tangki"),
        *("box", "truck box", "pick up box", "light truck box", "blind van", "delivery van", "del van", "deliveryvan"),
        *("double cabin", "double cab", "d cabin", "dcabin", "bak", "bak terbuka", "bak kayu", "flat deck", "fd"),
        *("truck gandeng", "gandengan", "truk gandeng", "wing box", "wingbox", "engkel", "colt diesel", "losbak"),
        *("mixer", "truck mixer", "molen", "car carrier", "self loader", "tempelan", "kereta tempelan", "semi trailer"),
    ),
    _SPECIAL: (
        *("special", "khusus", "kendaraan khusus", "ransus", "kend khusus", "kendaraan bermotor khusus", "forklift"),
        *("crane", "mobil crane", "alat berat", "excavator", "ekskavator", "bulldozer", "wheel loader", "roller"),
        *("traktor", "tractor", "vibrator roller", "grader", "derek", "mobil derek", "pemadam", "pemadam kebakaran"),
        *("damkar", "ambulan", "ambulans", "ambulance", "mobil jenazah", "jenazah", "mobil tahanan"),
    ),
}
_KINDS = {word: kind for kind, words in _KIND_WORDS.items() for word in words}
_LONGEST_PHRASE = max(len(word.split()) for word in _KINDS)
_WORDS = re.compile(r"[a-z]+|[0-9]+")
_LONGEST = 120

_COLOURS = {
    "putih": PlateColour.WHITE, "white": PlateColour.WHITE, "pth": PlateColour.WHITE,
    "hitam": PlateColour.BLACK, "black": PlateColour.BLACK, "htm": PlateColour.BLACK,
    "kuning": PlateColour.YELLOW, "yellow": PlateColour.YELLOW, "kng": PlateColour.YELLOW,
    "merah": PlateColour.RED, "red": PlateColour.RED, "mrh": PlateColour.RED,
    "hijau": PlateColour.GREEN, "green": PlateColour.GREEN, "hj": PlateColour.GREEN,
}  # fmt: skip
_PRIVATE = frozenset({PlateColour.WHITE, PlateColour.BLACK})
_GROUND = re.compile(r"\b(?:(?:warna\s+)?dasar(?:\s+warna)?|latar(?:\s+belakang)?|(?:di\s?)?atas|on)\s+([a-z]+)")
_INK = re.compile(r"\b(?:tulisan|huruf|tinta|list|lis|strip|garis)(?:\s+warna)?\s+[a-z]+")

_ELECTRIC = frozenset(
    {"bev", "ev", "listrik", "electric", "elektrik", "battery", "baterai", "batere", "batre", "kblbb"}
)
_BURNING = frozenset(
    {
        *("bensin", "benzin", "premium", "pertalite", "pertamax", "gasoline", "petrol", "solar", "diesel", "biosolar"),
        *(
            "gas",
            "bbg",
            "cng",
            "lpg",
            "lng",
            "hybrid",
            "hibrida",
            "hibrid",
            "hev",
            "phev",
            "mhev",
            "ice",
            "bbm",
            "minyak",
        ),
    }
)


_NOT = frozenset({"non", "bukan", "tidak", "tdk", "tanpa", "no", "not", "0"})  # `NON LISTRIK`, `LISTRIK: TIDAK`


@lru_cache(maxsize=4_000)
def vehicle_kind_of(text: str) -> VehicleKind:
    """The kind that a field of an STNK or a register names; UNKNOWN for none, for unknown words, and for a dispute."""
    words = _joined(_WORDS.findall(_letters(text)))
    if "lebih" in words:
        return VehicleKind.UNKNOWN  # `RODA 4 ATAU LEBIH` is a car, a bus or a truck
    named: list[tuple[str, VehicleKind]] = []
    place = 0
    while place < len(words):
        for length in range(_LONGEST_PHRASE, 0, -1):
            phrase = " ".join(words[place : place + length])
            if (kind := _KINDS.get(phrase)) is not None:
                named.append((phrase, kind))
                place += length
                break
        else:
            place += 1
    found = {kind for word, kind in named if word != "mobil"} or {
        kind for _, kind in named
    }  # the general word gives way
    if found == {_CAR, _TRUCK} and any(word in words for word in ("beban", "barang", "brg")):
        return _TRUCK  # a goods vehicle of a passenger car's shape
    return found.pop() if len(found) == 1 else VehicleKind.UNKNOWN


def _joined(words: list[str]) -> list[str]:
    """`r 2` and `roda 2` are written in one: `r2`."""
    joined: list[str] = []
    for word in words:
        if word.isdigit() and joined and joined[-1] in {"r", "roda"}:
            joined[-1] = f"r{word}"
        else:
            joined.append(word)
    return joined


@lru_cache(maxsize=4_000)
def plate_colour_of(text: str) -> PlateColour:
    """The ground of the plate: `PUTIH-HITAM`, `Hitam / Putih` (ground first), `DASAR PUTIH`, `HITAM DI ATAS KUNING`.

    Yellow, red and green plates have black or white letters, so their colour counts in any order. Blue is only a strip.
    """
    told = _letters(text)
    if (ground := _GROUND.search(told)) and ground[1] in _COLOURS:
        return _COLOURS[ground[1]]
    named = [_COLOURS[word] for word in _WORDS.findall(_INK.sub(" ", told)) if word in _COLOURS]
    grounds = set(named) - _PRIVATE
    if len(grounds) > 1 or not named:
        return PlateColour.UNKNOWN
    return grounds.pop() if grounds else named[0]


@lru_cache(maxsize=4_000)
def electric_of(text: str) -> bool | None:
    """Whether a vehicle runs on a battery alone: a flag, or a fuel as an STNK names it; None when it says neither.

    A hybrid does not. An empty field in a column of flags says no; `is_nothing` words in it say no, too.
    """
    if (flag := flag_of(text)) is not None:
        return flag
    if is_nothing(text):
        return False
    words = set(_WORDS.findall(_letters(text)))
    if words & _BURNING:
        return False
    if not words & _ELECTRIC:
        return None
    return words.isdisjoint(_NOT)


def _letters(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text[:_LONGEST].lower()).split())
