"""Reading Hikvision ANPR records: the ISAPI push (`EventNotificationAlert`) and the FTP drop (`FTP`).

Elements are found by local name in any namespace; misspelt names are the vendor's own. The record says
what the camera claims; a confidence is kept as reported and trusted in nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from cakra.core.errors import InputError
from cakra.evidence.hashes import sha256

_ROOTS = frozenset({"EventNotificationAlert", "FTP"})
_MAX_XML_BYTES = 512 * 1024
_UNREAD = frozenset({"", "noplate", "unknown", "none"})
_NO_OFFENCE = frozenset({"", "0", "normal"})
_KINDS = {
    "vehicle": "car", "suvmpv": "car", "buggy": "car", "van": "car", "minicar": "car", "car": "car",
    "twowheelvehicle": "motorcycle", "motorcycle": "motorcycle",
    "largebus": "bus", "bus": "bus", "mediumbus": "bus",
    "truck": "truck", "pickuptruck": "truck", "lighttruck": "truck",
}  # fmt: skip
_TWO_WHEELER = "4"
_COUNTRY_ELSEWHERE = 255  # `country` cannot say more; CRIndex can
_SUFFIX = re.compile(r"(_\d+)?(\.[A-Za-z0-9]{1,5})?$")
PASSAGE = "passage"
"""The key of a camera's offence map for records without an offence: every passage is one (odd-even)."""

Rect = tuple[float, float, float, float]
"""x, y, width, height in thousandths of the frame; never empty."""


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
    """What the XML says, unchanged except that words for "nothing" are None."""

    event_id: str
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

    def offence(self, offence_map: Mapping[str, str]) -> str:
        """Our code for the camera's offence, by its code, else its name; InputError for an unmapped one."""
        keys = [key for key in (self.illegal_code, self.illegal_name) if key] or [PASSAGE]
        for key in keys:
            if key in offence_map:
                return offence_map[key]
        if keys == [PASSAGE]:
            raise InputError(
                "The record names no offence, and this camera reports no passages: "
                f"map “{PASSAGE}” in the camera's offence map if every passage is one.",
                code="no_offence",
            )
        raise InputError(
            f"The offence {' / '.join(keys)} is not mapped for this camera: add it to the camera's offence map.",
            code="offence_unmapped",
        )


def parse_hikvision(xml: bytes) -> HikvisionRecord:
    """The record of one XML text. Raises InputError, and nothing else, for whatever bytes it is given."""
    root = _root(xml)
    anpr = next((element for element in root.iter() if local(element) == "ANPR"), root)
    vehicle = _child(anpr, "vehicleInfo")
    illegal = _child(anpr, "illegalInfo")
    kind = _KINDS.get((_text(anpr, "vehicleType") or "").lower(), "unknown")
    if kind == "unknown" and _text(vehicle, "vehicleType") == _TWO_WHEELER:
        kind = "motorcycle"
    confidence = _number(anpr, "confidenceLevel")
    lane = _number(anpr, "line")
    return HikvisionRecord(
        event_id=_text(root, "UUID") or _text(anpr, "UUID") or f"sha256-{sha256(xml).hex()[:48]}",
        raw_time=_text(root, "dateTime") or _text(anpr, "dateTime") or "",
        plate=_said(_text(anpr, "licensePlate")),
        confidence=confidence / 100 if confidence is not None and 0 <= confidence <= 100 else None,  # noqa: PLR2004 - per cent
        plate_colour=_said(_text(anpr, "plateColor")),
        lane=int(lane) if lane is not None and 0 <= lane < 100 else None,  # noqa: PLR2004 - two digits
        vehicle_kind=kind,
        vehicle_colour=_said(_text(vehicle, "color")),
        # Zero means not measured: a parked vehicle passes no camera.
        speed_kmh=_positive(vehicle, "speed"),
        speed_limit_kmh=_positive(anpr, "speedLimit"),
        illegal_code=_offence_word(_text(illegal, "illegalCode")),
        illegal_name=_offence_word(_text(illegal, "illegalName")),
        pictures=tuple(_picture(e) for e in root.iter() if local(e) == "pictureInfo"),
        extra=_extra(root, anpr),
    )


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def picture_kind(name: str) -> str:
    """`licensePlatePicture_2.jpg` and `licensePlatePicture` are both `licenseplatepicture`."""
    return _SUFFIX.sub("", name.replace("\\", "/").rpartition("/")[2].strip()).lower()


def _root(xml: bytes) -> Element:
    if len(xml) > _MAX_XML_BYTES:
        raise InputError(
            f"The XML is larger than {_MAX_XML_BYTES} bytes: send pictures beside it.", code="xml_too_long"
        )
    try:
        root: Element = fromstring(xml.strip(b"\x00 \t\r\n"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as reason:
        raise InputError(
            f"The XML cannot be read ({type(reason).__name__}): send the record again whole.", code="xml_unreadable"
        ) from reason
    if local(root) not in _ROOTS:
        raise InputError(
            f"The XML is a {local(root)[:60]}, not an ANPR record (EventNotificationAlert or FTP): "
            "let the camera push ANPR events only.",
            code="xml_unknown",
        )
    return root


def _extra(root: Element, anpr: Element) -> dict[str, str]:
    """What else is worth keeping, under the vendor's names."""
    wanted = (
        "plateType", "plateCharBelieve", "vehicleType", "direction", "detectDir", "detectType", "alarmDataType",
        "originalLicensePlate", "country", "CRIndex",
    )  # fmt: skip
    extra = {name: text[:200] for name in wanted if (text := _text(anpr, name))}
    for name in ("eventType", "channelName", "deviceUUID", "isDataRetransmission", "picNum"):
        if text := _text(root, name):
            extra[name] = text[:200]
    country = extra.get("country", "")
    if "CRIndex" in extra and country.isdigit() and int(country[:9]) >= _COUNTRY_ELSEWHERE - 1:
        extra["country"] = extra["CRIndex"]
    return extra


def _picture(element: Element) -> PictureNamed:
    name = _text(element, "fileName") or ""
    kind = _text(element, "type") or name
    red = _number(element, "redLightTime")
    return PictureNamed(
        picture_kind(kind),
        name[:200],
        _text(element, "absTime"),
        _rect(_child(element, "plateRect")),
        _rect(_child(element, "vehicelRect") or _child(element, "vehicleRect")),
        red if red is not None and 0 <= red <= 3600 else None,  # noqa: PLR2004 - an hour
    )


def _rect(element: Element | None) -> Rect | None:
    x, y, width, height = (_number(element, name) for name in ("X", "Y", "width", "height"))
    if x is None or y is None or not width or not height:
        return None
    if 0 <= x < x + width <= 1 and 0 <= y < y + height <= 1:  # fractions: no plate is a thousandth of the frame
        x, y, width, height = x * 1000, y * 1000, width * 1000, height * 1000
    inside = 0 <= x <= 1000 and 0 <= y <= 1000 and 0 < width <= 1000 and 0 < height <= 1000  # noqa: PLR2004 - per mille
    return (x, y, width, height) if inside else None


def _child(element: Element | None, name: str) -> Element | None:
    return None if element is None else next((child for child in element if local(child) == name), None)


def _text(element: Element | None, name: str) -> str | None:
    child = _child(element, name)
    return None if child is None else (child.text or "").strip() or None


def _number(element: Element | None, name: str) -> float | None:
    text = _text(element, name)
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and abs(value) < 1e9 else None  # noqa: PLR2004 - also drops inf and nan


def _positive(element: Element | None, name: str) -> float | None:
    value = _number(element, name)
    return value if value is not None and 0 < value <= 500 else None  # noqa: PLR2004 - km/h


def _said(text: str | None) -> str | None:
    return None if text is None or text.lower() in _UNREAD else text


def _offence_word(text: str | None) -> str | None:
    return None if text is None or text.lower() in _NO_OFFENCE else text
