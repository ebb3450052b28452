"""Reading Hikvision ANPR records: the ISAPI push (`EventNotificationAlert`) and the FTP drop (`FTP`).

Elements are found by local name in any namespace and any capitals; misspelt names are the vendor's own. The record
says what the camera claims; a confidence is kept as reported and trusted in nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from cakra.doors.cameras.hikvision.reading.kinds import EventKind, kind_of
from cakra.doors.cameras.hikvision.reading.text import local
from cakra.evidence.hashes import sha256
from cakra.journey.intake.no_plate import is_no_plate

_NO_WORD = frozenset({"", "unknown", "none", "null", "-", "other"})
_NO_OFFENCE = frozenset({"", "0", "00", "normal", "none", "null", "-", "-1", "unknown", "no", "pass", "正常"})
_NO_UUID = re.compile(r"[\W_0]*|none|null|unknown|undefined", re.IGNORECASE | re.ASCII)
_UUID = re.compile(r"[\x21-\x7e]{1,64}")
_KINDS = {
    "vehicle": "car", "suvmpv": "car", "buggy": "car", "van": "car", "minicar": "car", "car": "car", "saloon": "car",
    "sedan": "car", "suv": "car", "mpv": "car", "smallcar": "car", "minivan": "car", "taxi": "car",
    "twowheelvehicle": "motorcycle", "motorcycle": "motorcycle", "motorbike": "motorcycle", "motor": "motorcycle",
    "twowheel": "motorcycle", "electricbike": "motorcycle",
    "largebus": "bus", "bus": "bus", "mediumbus": "bus", "minibus": "bus", "coach": "bus", "passengercar": "bus",
    "truck": "truck", "pickuptruck": "truck", "lighttruck": "truck", "containertruck": "truck", "oiltanktruck": "truck",
    "largetruck": "truck", "mediumtruck": "truck", "minitruck": "truck", "smalltruck": "truck", "slagtruck": "truck",
    "concretemixer": "truck", "dumptruck": "truck", "tanktruck": "truck", "pickup": "truck", "heavytruck": "truck",
}  # fmt: skip
_COLOURS = frozenset({"white", "black", "yellow", "red", "green"})  # those of Indonesian plates
_PLATES = ("licensePlate", "plateNumber", "plateNo", "licensePlateNumber", "licencePlate", "plate", "license",
           "originalLicensePlate")  # fmt: skip
ATTRIBUTES = {
    "helmet": "no", "pilotsafebelt": "no", "vicepilotsafebelt": "no", "uphone": "yes", "smoking": "yes",
    "frontchild": "yes",
}  # fmt: skip
"""What the camera sees of people, lower case, and the word that would be an offence."""
# Numbers are not among them: 0 is "unknown" in the vendor's own numbering, and 1 is right of a belt, wrong of a phone.
_SAID = {"yes": "yes", "true": "yes", "y": "yes", "no": "no", "false": "no", "n": "no"}
_TWO_WHEELER = "4"
_COUNTRY_ELSEWHERE = 255  # `country` cannot say more; CRIndex can
_LONGEST_WORD, _LONGEST_PLATE, _LONGEST_TIME = 100, 32, 60
_MOST_PICTURES, _MOST_RECORDS, _MOST_OFFENCES = 64, 16, 8
_SUFFIX = re.compile(r"(_\d+)?(\.[A-Za-z0-9]{1,5})?$")
# What tells nothing of the event itself: it differs when the same event is sent again.
_OF_SENDING = frozenset({
    "isdataretransmission", "alarmdatatype", "activepostcount", "ipaddress", "ipv6address", "portno", "protocol",
    "uuid", "picnum", "hasmoredata", "eventstate",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle as the camera told it, of a scale that only its numbers betray; never empty."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PictureNamed:
    """An entry of `pictureInfoList`; `kind` is its name without number and extension, lower case."""

    kind: str
    file_name: str
    abs_time: str | None
    plate_rect: Rect | None
    vehicle_rect: Rect | None
    red_light_s: float | None


@dataclass(frozen=True, slots=True)
class HikvisionRecord:
    """What the XML says, unchanged except that words for "nothing" are None. `kind`: whether it is an event at all.

    attributes: name in lower case → yes or no; retransmitted: the camera says that it sends it once more;
    more_data: its pictures come with another request; illegal_more: code and name of its further offences.
    """

    event_id: str
    kind: EventKind
    raw_time: str
    plate: str | None
    confidence: float | None  # 0 to 1, as reported
    plate_colour: str | None
    lane: int | None
    vehicle_kind: str
    vehicle_colour: str | None
    speed_kmh: float | None
    speed_limit_kmh: float | None
    illegal_code: str | None
    illegal_name: str | None
    pictures: tuple[PictureNamed, ...]
    extra: Mapping[str, str]
    attributes: Mapping[str, str] = field(default_factory=dict)
    ended: bool = False
    retransmitted: bool = False
    more_data: bool = False
    illegal_more: tuple[tuple[str | None, str | None], ...] = ()


def records_of(root: Element) -> list[HikvisionRecord]:
    """The records of one document: one, or one for each `ANPR` in it."""
    blocks = [element for element in root.iter() if local(element) == "anpr"][:_MOST_RECORDS] or [root]
    return [_record(root, block, place) for place, block in enumerate(blocks)]


def picture_kind(name: str) -> str:
    """`licensePlatePicture_2.jpg` and `licensePlatePicture` are both `licenseplatepicture`."""
    return _SUFFIX.sub("", name.replace("\\", "/").rpartition("/")[2].strip()[:200]).lower()


def _record(root: Element, anpr: Element, place: int) -> HikvisionRecord:
    vehicle = _child(anpr, "vehicleInfo")
    illegal, *more = _offences(root, anpr) or [(None, None)]
    kinds = ((_text(block, "vehicleType") or "").lower() for block in (anpr, vehicle))
    kind = next((_KINDS[name] for name in kinds if name in _KINDS), "unknown")
    if kind == "unknown" and (_text(vehicle, "vehicleType") == _TWO_WHEELER or _yes(anpr, "twoWheelVehicle")):
        kind = "motorcycle"
    confidence, lane = _number(anpr, "confidenceLevel"), _number(anpr, "line")
    colour = (_word(anpr, "plateColor") or "").lower()
    retransmitted = _yes(root, "isDataRetransmission") or _text(anpr, "alarmDataType") == "1"
    return HikvisionRecord(
        event_id=_event_id(root, anpr, place),
        kind=kind_of(root, anpr),
        raw_time=(_text(root, "dateTime") or _text(anpr, "dateTime") or "")[:_LONGEST_TIME],
        plate=_plate(anpr),
        confidence=confidence / 100 if confidence is not None and 0 <= confidence <= 100 else None,  # noqa: PLR2004 - per cent
        plate_colour=colour if colour in _COLOURS else None,
        lane=int(lane) if lane is not None and 0 <= lane < 100 else None,  # noqa: PLR2004 - two digits
        vehicle_kind=kind,
        vehicle_colour=_word(vehicle, "color"),
        # Zero means not measured: a parked vehicle passes no camera.
        speed_kmh=_positive(vehicle, "speed") or _positive(anpr, "speed"),
        speed_limit_kmh=_positive(anpr, "speedLimit"),
        illegal_code=illegal[0],
        illegal_name=illegal[1],
        illegal_more=tuple(more),
        pictures=tuple(_picture(e) for e in anpr.iter() if local(e) == "pictureinfo")[:_MOST_PICTURES],
        extra=_extra(root, anpr),
        attributes=_attributes(anpr),
        ended=(_text(root, "eventState") or "").lower() == "inactive",
        retransmitted=retransmitted,
        more_data=_yes(root, "hasMoreData") or _yes(anpr, "hasMoreData"),
    )


def _offences(root: Element, anpr: Element) -> list[tuple[str | None, str | None]]:
    """Code and name of each `illegalInfo` that names an offence: of the block, however deep, else of the root."""
    for blocks in (anpr.iter(), root):
        told = [
            (_offence_word(_text(one, "illegalCode")), _offence_word(_text(one, "illegalName")))
            for one in blocks
            if local(one) == "illegalinfo"
        ]
        if named := [one for one in dict.fromkeys(told) if any(one)]:
            return named[:_MOST_OFFENCES]
    return []


def _event_id(root: Element, anpr: Element, place: int) -> str:
    """The camera's UUID; without one, a hash of what the record says of the event, however often it is sent."""
    told = _text(root, "UUID") or _text(anpr, "UUID") or ""
    if _NO_UUID.fullmatch(told[:200]):
        said = [f"{local(e)}={(e.text or '').strip()}" for e in root.iter() if local(e) not in _OF_SENDING]
        told = f"sha256-{_hashed(said)}"
    elif not _UUID.fullmatch(told):
        told = f"sha256-{_hashed([told])}"
    return told if place == 0 else f"{told[:60]}~{place + 1}"


def _hashed(said: Sequence[str]) -> str:
    return sha256("\n".join(said).encode("utf-8", "replace")).hex()[:48]


def _plate(anpr: Element) -> str | None:
    """The first tag that holds a plate: firmware names it in several ways, and says in words that there is none."""
    said = (_text(anpr, name) for name in _PLATES)
    return next((text[:_LONGEST_PLATE] for text in said if text and not is_no_plate(text)), None)


def _attributes(anpr: Element) -> dict[str, str]:
    """What the camera sees of people, by lower-case name; of several riders the one who is at fault counts."""
    found: dict[str, str] = {}
    for element in anpr.iter():
        name = local(element)
        said = _SAID.get((element.text or "").strip().lower()) if name in ATTRIBUTES else None
        if said is not None and found.get(name) != ATTRIBUTES[name]:
            found[name] = said
    return found


def _extra(root: Element, anpr: Element) -> dict[str, str]:
    """What else is worth keeping, under the vendor's names."""
    wanted = (
        "plateType", "plateCharBelieve", "plateColor", "vehicleType", "direction", "detectDir", "detectType",
        "alarmDataType", "originalLicensePlate", "country", "CRIndex", *_PLATES[:2],
    )  # fmt: skip
    extra = {name: text[:200] for name in wanted if (text := _text(anpr, name))}
    for name in ("eventType", "channelName", "deviceUUID", "isDataRetransmission", "picNum"):
        if text := _text(root, name):
            extra[name] = text[:200]
    country = extra.get("country", "")
    if "CRIndex" in extra and country.isascii() and country.isdigit() and int(country[:9]) >= _COUNTRY_ELSEWHERE - 1:
        extra["country"] = extra["CRIndex"]
    return extra


def _picture(element: Element) -> PictureNamed:
    name = _text(element, "fileName") or ""
    kind = _text(element, "type") or name
    red = _number(element, "redLightTime")
    return PictureNamed(
        picture_kind(kind),
        name[:200],
        (_text(element, "absTime") or "")[:_LONGEST_TIME] or None,
        _rect(_child(element, "plateRect")),
        _rect(_child(element, "vehicelRect") or _child(element, "vehicleRect")),
        red if red is not None and 0 <= red <= 3600 else None,  # noqa: PLR2004 - an hour
    )


def _rect(element: Element | None) -> Rect | None:
    x, y, width, height = (_number(element, name) for name in ("X", "Y", "width", "height"))
    if x is None or y is None or not width or not height:
        return None
    possible = x >= 0 and y >= 0 and width > 0 and height > 0 and max(x, y, width, height) < 100_000  # noqa: PLR2004 - of any picture
    return Rect(x, y, width, height) if possible else None


def _child(element: Element | None, name: str) -> Element | None:
    if element is None:
        return None
    return next((child for child in element if local(child) == name.lower()), None)


def _text(element: Element | None, name: str) -> str | None:
    child = _child(element, name)
    return None if child is None else (child.text or "").strip() or None


def _yes(element: Element | None, name: str) -> bool:
    return (_text(element, name) or "").lower() in {"true", "yes", "1"}


def _number(element: Element | None, name: str) -> float | None:
    text = _text(element, name)
    try:
        value = float(text[:40]) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and abs(value) < 1e9 else None  # noqa: PLR2004 - also drops inf and nan


def _positive(element: Element | None, name: str) -> float | None:
    value = _number(element, name)
    return value if value is not None and 0 < value <= 500 else None  # noqa: PLR2004 - km/h


def _word(element: Element | None, name: str) -> str | None:
    text = _text(element, name)
    return None if text is None or text.lower() in _NO_WORD else text[:_LONGEST_WORD]


def _offence_word(text: str | None) -> str | None:
    return None if text is None or text.lower() in _NO_OFFENCE else text[:_LONGEST_WORD]
