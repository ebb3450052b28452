"""The demo's playlist: an hour of Jakarta's traffic, ordinary offences first, and everything that goes wrong.

Pure: the same seed, register and start give the same passages.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from cakra.sandbox.cameras.passage import WIB, DrawnPassage, VehicleKind
from cakra.sandbox.cameras.pool import Pool, RegisteredVehicle
from cakra.sandbox.cameras.sites import BY_CODE, site_for

ORDINARY: tuple[tuple[str, VehicleKind, int], ...] = (
    ("GANJIL_GENAP", "car", 5),
    ("MARKA_RAMBU", "car", 4),
    ("BATAS_KECEPATAN", "car", 5),
    ("LAMPU_MERAH", "car", 3),
    ("LAMPU_MERAH", "motorcycle", 2),
    ("LAWAN_ARUS", "motorcycle", 3),
    ("LAWAN_ARUS", "car", 1),
    ("TANPA_HELM", "motorcycle", 5),
    ("TANPA_SABUK", "car", 4),
    ("PONSEL", "car", 3),
    ("PONSEL", "motorcycle", 1),
    ("BUSWAY", "car", 4),
    ("BUSWAY", "motorcycle", 1),
    ("BONCENGAN", "motorcycle", 4),
)
PAINT_WORDS = {
    "HITAM": "black",
    "PUTIH": "white",
    "PERAK": "silver",
    "SILVER": "silver",
    "ABU": "grey",
    "MERAH": "red",
    "BIRU": "blue",
    "COKLAT": "brown",
    "COKELAT": "brown",
    "HIJAU": "green",
    "KUNING": "yellow",
}
_SOLD = "sold after the offence"
_MORNING, _EVENING = (6, 10), (16, 21)  # the odd-even hours of Jakarta
_SATURDAY = 5
_MISREADS = {"0": "8", "1": "7", "2": "7", "3": "8", "4": "1", "5": "6", "6": "8", "7": "1", "8": "3", "9": "8"}


def odd_even_moment(start: datetime, free_days: Collection[date] = ()) -> datetime:
    """``start`` when odd-even holds then, else the last quarter of an hour before it in which it did.

    ``free_days`` are holidays on which the rule rests.
    """
    moment = start.astimezone(WIB)
    for _ in range(4 * 24 * 30):
        working = moment.weekday() < _SATURDAY and moment.date() not in free_days
        if working and any(first <= moment.hour < last for first, last in (_MORNING, _EVENING)):
            return moment
        moment = moment.replace(minute=moment.minute // 15 * 15) - timedelta(minutes=15)
    raise ValueError(f"Odd-even holds on no day of the month before {start:%Y-%m-%d}; check free_days.")


class _Writer:
    """Writes passages down with running event ids and moments a second or two apart."""

    def __init__(self, seed: int, register: Sequence[RegisteredVehicle], start: datetime, restricted: datetime) -> None:
        self.rng = Random(seed)  # noqa: S311  # a demo's variety, not a secret
        self.pool = Pool(register, self.rng)
        self.start = start.astimezone(WIB)
        self.restricted = restricted.astimezone(WIB)
        self.count = 0
        self.sold_on = date.max

    def vehicle_for(self, offence: str, kind: VehicleKind) -> RegisteredVehicle:
        """An ordinary private vehicle; for odd-even one that may not drive on that date."""
        wrong = self.restricted.day % 2 == 0 if offence == "GANJIL_GENAP" else None
        return self.pool.take(kind, odd=wrong)

    def passage(self, offence: str, vehicle: RegisteredVehicle, expect: str) -> DrawnPassage:
        """An ordinary passage of that vehicle before a camera approved for the offence."""
        site, rng = site_for(offence, self.count), self.rng
        self.count += 1
        fast = round(rng.uniform(96, 134), 1) if offence == "BATAS_KECEPATAN" else round(rng.uniform(22, 54), 1)
        at = self.restricted if offence == "GANJIL_GENAP" else self.start
        return DrawnPassage(
            event_id=f"{site.code}-{at:%y%m%d}-{self.count:05d}",
            camera=site.code,
            offence=offence,
            at=at,
            plate=vehicle.plate,
            claim=vehicle.plate,
            expect=expect,
            road=site.road,
            place=site.place,
            lane=1 if offence == "BUSWAY" else rng.randint(1, 2),
            vehicle=vehicle.kind,
            colour=_paint(vehicle.colour),
            plate_colour=vehicle.plate_colour,
            electric=vehicle.electric,
            view=site.view,
            confidence=round(rng.uniform(0.91, 0.99), 2),
            speed_kmh=fast,
            speed_limit_kmh=site.speed_limit_kmh,
            red_light_s=round(rng.uniform(0.9, 3.6), 1) if offence == "LAMPU_MERAH" else None,
            door="lean" if rng.random() < 0.35 else "multipart",
        )


def _paint(word: str) -> str:
    """Our name of a paint, from Indonesian or English."""
    first = word.replace("-", " ").upper().split()[:1]
    return PAINT_WORDS.get(first[0], word.lower()) if first else "silver"


def misread(plate: str) -> str:
    """The plate with one digit read as another that looks like it."""
    position = max(index for index, char in enumerate(plate) if char.isdigit())
    return plate[:position] + _MISREADS[plate[position]] + plate[position + 1 :]


def playlist(
    seed: int,
    register: Sequence[RegisteredVehicle],
    start: datetime,
    free_days: Collection[date] = (),
    *,
    always_odd_even: bool = False,
) -> list[DrawnPassage]:
    """At least 60 passages from ``start`` on: each of the ten offences, and each kind of trouble once or twice.

    Odd-even passages outside its hours are dated back to the last hours in which it held (``free_days`` are
    holidays); the sold vehicle's passage lies before the day of its sale. ValueError names the sort of vehicle
    that the register lacks. ``always_odd_even``: a temporary zone is in force around the clock, so none is dated back.
    """
    writer = _Writer(seed, register, start, start if always_odd_even else odd_even_moment(start, free_days))
    ordinary = [
        [writer.passage(offence, writer.vehicle_for(offence, kind), "ordinary")]
        for offence, kind, times in ORDINARY
        for _ in range(times)
    ]
    writer.rng.shuffle(ordinary)
    trouble = [*_exemptions(writer), *_plates(writer), *_reads(writer), *_owners(writer)]
    groups = _in_order(writer, [*ordinary[:12], *_mixed(writer, trouble, ordinary[12:])])
    first, second = groups[2][0], groups[5][0]
    groups.insert(9, [replace(first, expect="exact duplicate")])
    groups.append([replace(second, expect="exact duplicate")])
    return [passage for group in groups for passage in group]


def _in_order(writer: _Writer, groups: list[list[DrawnPassage]]) -> list[list[DrawnPassage]]:
    """The same groups, a second or two after one another; odd-even ones within its hours."""
    ordered: list[list[DrawnPassage]] = []
    for place, group in enumerate(groups):
        restricted = group[0].offence == "GANJIL_GENAP"
        since = writer.restricted if restricted else writer.start
        at = since + timedelta(seconds=1.3 * place, milliseconds=writer.rng.randrange(900))
        if restricted and writer.restricted != writer.start:
            at = min(at, since.replace(minute=59, second=59))
        shift = at - group[0].at
        if group[0].expect == _SOLD and at.date() >= writer.sold_on:  # its camera was off the network for days
            at -= timedelta(days=(at.date() - writer.sold_on).days + 1)
            shift = at - group[0].at
        ordered.append([replace(passage, at=passage.at + shift) for passage in group])
    return ordered


def _mixed(
    writer: _Writer, special: list[list[DrawnPassage]], ordinary: list[list[DrawnPassage]]
) -> list[list[DrawnPassage]]:
    both = [*special, *ordinary]
    writer.rng.shuffle(both)
    return both


def _exemptions(writer: _Writer) -> list[list[DrawnPassage]]:
    """Wrong parity, but the rule does not reach them; and a speed within tolerance."""
    wrong = writer.restricted.day % 2 == 0
    electric = writer.pool.take("car", electric=True, odd=wrong)
    rider = writer.pool.take("motorcycle", odd=wrong)
    bus = writer.pool.take("bus", ("yellow",), odd=wrong)
    slow = writer.passage("BATAS_KECEPATAN", writer.pool.take("car"), "speed within tolerance")
    return [
        [writer.passage("GANJIL_GENAP", electric, "odd-even exemption: electric car")],
        [writer.passage("GANJIL_GENAP", rider, "odd-even exemption: motorcycle")],
        [writer.passage("GANJIL_GENAP", bus, "odd-even exemption: public transport")],
        [replace(slow, speed_kmh=82.4)],
    ]


def _plates(writer: _Writer) -> list[list[DrawnPassage]]:
    """Plates that leave the ordinary flow; the register does not know them."""
    military = RegisteredVehicle("5432-03", "car", "green", "military")
    withdrawn = RegisteredVehicle("B1234RFS", "car", "black")
    diplomatic = RegisteredVehicle("CD1215", "car", "black")
    return [
        [writer.passage("LAMPU_MERAH", military, "military plate")],
        [writer.passage("BATAS_KECEPATAN", withdrawn, "RF plate (series withdrawn)")],
        [writer.passage("MARKA_RAMBU", diplomatic, "diplomatic plate")],
    ]


def _reads(writer: _Writer) -> list[list[DrawnPassage]]:
    """What a camera gets wrong: the reading, the sharpness, the event itself."""
    take, write = writer.pool.take, writer.passage
    wrong = [write(offence, take("car"), "wrong camera read") for offence in ("TANPA_SABUK", "MARKA_RAMBU")]
    blurred = [write("PONSEL", take("car"), "blurred plate"), write("TANPA_HELM", take("motorcycle"), "blurred plate")]
    struck = [write("MARKA_RAMBU", vehicle, "struck letter O") for vehicle in writer.pool.take_struck()]
    unread = write("LAWAN_ARUS", take("motorcycle"), "plate unread by the camera")
    return [
        *[[replace(passage, claim=misread(passage.plate))] for passage in wrong],
        *[[replace(passage, sharpness="blurred", confidence=0.71)] for passage in blurred],
        *[[passage] for passage in struck],
        [replace(unread, claim=None, confidence=0.0)],
        [replace(write("BUSWAY", take("car"), "tilted plate"), sharpness="tilted")],
        [replace(write("TANPA_SABUK", take("car"), "underexposed photograph"), sharpness="dark")],
        [replace(write("LAMPU_MERAH", take("car"), "unreadable event"), door="broken")],
    ]


def _owners(writer: _Writer) -> list[list[DrawnPassage]]:
    """What only the register tells, and one passage told twice."""
    take, write = writer.pool.take, writer.passage
    sold, writer.sold_on = writer.pool.take_sold()
    seen = write("BATAS_KECEPATAN", take("car"), "one passage, two cameras: first")
    other = BY_CODE["JKT-TOL-05" if seen.camera == "JKT-TOL-04" else "JKT-TOL-04"]
    again = replace(
        seen,
        event_id=seen.event_id.replace(seen.camera, other.code),
        camera=other.code,
        view=other.view,
        at=seen.at + timedelta(seconds=1.9),
        expect="one passage, two cameras: second",
    )
    belt = replace(write("TANPA_SABUK", take("car"), "one passage, two offences: first"), also="PONSEL")
    phone = replace(
        belt,
        event_id=f"{belt.event_id}-B",
        offence="PONSEL",
        also="TANPA_SABUK",
        expect="one passage, two offences: second",
    )
    return [
        [write("MARKA_RAMBU", take("car", has_phone=False), "owner without phone")],
        [write("BUSWAY", sold, _SOLD)],
        [seen, again],
        [belt, phone],
    ]
