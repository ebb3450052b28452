"""The two vendor doors a camera may use instead: an ISAPI push, and a pair of files dropped by FTP.

Built from the published field tables, with the habits that were seen in the field: the boundary is the word
``boundary``, an empty plate picture travels along, rectangles count in thousandths of the frame, and an FTP
relay writes local time with a zone that lies.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cakra.sandbox.cameras.passage import Box, DrawnPassage, Frame

ISAPI_CONTENT_TYPE = "multipart/form-data; boundary=boundary"
_NAMESPACE = "http://www.isapi.org/ver20/XMLSchema"
_VEHICLE: dict[str, tuple[str, str]] = {
    "car": ("vehicle", "1"),
    "bus": ("largeBus", "2"),
    "motorcycle": ("twoWheelVehicle", "4"),
}
ILLEGAL: dict[str, tuple[str, str]] = {
    "TANPA_HELM": ("151002", "Non-Helmet"),
    "TANPA_SABUK": ("1240", "No_Seatbelt_Fastened"),
    "PONSEL": ("1223", "Driving_While_Using_Phone"),
    "LAMPU_MERAH": ("1625", "Running_Red_Light"),
    "BATAS_KECEPATAN": ("1721", "Overspeed"),
    "LAWAN_ARUS": ("1301", "Wrong_Way_Driving"),
    "MARKA_RAMBU": ("1345", "Crossing_Solid_Line"),
    "BUSWAY": ("1019", "Occupying_Bus_Lane"),
    "BONCENGAN": ("1241", "Motorcycle_Overload"),
    "GANJIL_GENAP": ("1344", "Violating_Restriction"),
}
"""Offence → code and name as this simulated camera is set up; a real one is mapped camera by camera."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The files of one FTP drop, already written: the XML last, as a camera does."""

    xml: Path
    picture: Path


def isapi_body(passage: DrawnPassage, frames: Sequence[Frame], *, closed: bool = True) -> bytes:
    """The body of an ISAPI push; without ``closed`` the last boundary is missing, as some firmware sends it."""
    root = ET.Element("EventNotificationAlert", {"version": "2.0", "xmlns": _NAMESPACE})
    for name, value in (
        ("ipAddress", "127.0.0.1"),
        ("portNo", "80"),
        ("protocol", "HTTP"),
        ("channelID", "1"),
        ("dateTime", passage.frame_at(0).isoformat(timespec="seconds")),
        ("activePostCount", "1"),
        ("eventType", "ANPR"),
        ("eventState", "active"),
        ("eventDescription", "ANPR"),
        ("channelName", passage.road),
        ("deviceID", passage.camera),
    ):
        ET.SubElement(root, name).text = value
    anpr = ET.SubElement(root, "ANPR")
    ET.SubElement(anpr, "country").text = "87"
    _describe(anpr, passage, frames, first_number=0)
    ET.SubElement(root, "UUID").text = event_uuid(passage)
    ET.SubElement(root, "picNum").text = str(len(frames) + 1)
    parts = [
        _part("anpr.xml", 'text/xml; charset="UTF-8"', ET.tostring(root, "utf-8", xml_declaration=True)),
        _part("licensePlatePicture.jpg", "image/pjpeg", b""),
        *(
            _part(f"detectionPicture{f'_{index}' if index else ''}.jpg", "image/pjpeg", frame.jpeg)
            for index, frame in enumerate(frames)
        ),
    ]
    return b"".join(parts) + (b"--boundary--\r\n" if closed else b"")


def event_uuid(passage: DrawnPassage) -> str:
    """The UUID the camera gives the vehicle; the same event has the same one."""
    return str(uuid5(NAMESPACE_URL, f"{passage.camera}/{passage.event_id}"))


def write_ftp_drop(folder: Path, passage: DrawnPassage, frame: Frame) -> Drop:
    """Write picture and XML as an FTP relay drops them; the XML appears whole, by renaming, and last."""
    root = ET.Element("FTP")
    local = passage.frame_at(0)
    moment = local.replace(tzinfo=None).isoformat(timespec="milliseconds")
    ET.SubElement(root, "dateTime").text = f"{moment}+00:00"  # local time, wrong zone: the relay's habit
    _describe(root, passage, [frame], first_number=8000)
    ET.SubElement(root, "UUID").text = event_uuid(passage)
    ET.SubElement(root, "picNum").text = "1"
    ET.SubElement(root, "country").text = "IDN"
    stamp = f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"
    base = f"{passage.camera}_{stamp}_{passage.claim or 'unknown'}"
    picture, xml = folder / f"{base}.jpg", folder / f"{base}.xml"
    picture.write_bytes(frame.jpeg)
    part = xml.with_suffix(".part")
    part.write_bytes(ET.tostring(root, "utf-8"))
    part.rename(xml)
    return Drop(xml, picture)


def _describe(parent: ET.Element, passage: DrawnPassage, frames: Sequence[Frame], *, first_number: int) -> None:
    """The fields that both forms share: plate, offence, vehicle, pictures."""
    kind, number = _VEHICLE[passage.vehicle]
    code, name = ILLEGAL.get(passage.offence, ("0", "Normal"))
    for tag, value in (
        ("licensePlate", passage.claim or "unknown"),
        ("line", str(passage.lane)),
        ("confidenceLevel", str(round(passage.confidence * 100))),
        ("plateType", "unknown"),
        ("plateColor", passage.claimed_colour),
        ("speedLimit", str(passage.speed_limit_kmh or 0)),
    ):
        ET.SubElement(parent, tag).text = value
    illegal = ET.SubElement(parent, "illegalInfo")
    for tag, value in (("illegalCode", code), ("illegalName", name), ("illegalDescription", "")):
        ET.SubElement(illegal, tag).text = value
    ET.SubElement(parent, "vehicleType").text = kind
    vehicle = ET.SubElement(parent, "vehicleInfo")
    for tag, value in (
        ("index", str(first_number + passage.seed % 1000)),
        ("vehicleType", number),
        ("color", passage.colour),
        ("speed", str(round(passage.speed_kmh or 0))),
    ):
        ET.SubElement(vehicle, tag).text = value
    pictures = ET.SubElement(parent, "pictureInfoList")
    for index, frame in enumerate(frames):
        _picture(pictures, passage, index, frame)


def _picture(parent: ET.Element, passage: DrawnPassage, index: int, frame: Frame) -> None:
    info = ET.SubElement(parent, "pictureInfo")
    moment = passage.frame_at(index)
    for tag, value in (
        ("fileName", f"detectionPicture{f'_{index}' if index else ''}.jpg"),
        ("type", "detectionPicture"),
        ("dataType", "0"),
        ("redLightTime", str(round(passage.red_light_s or 0))),
        ("absTime", f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"),
    ):
        ET.SubElement(info, tag).text = value
    _rectangle(info, "plateRect", frame.plate_box, frame)
    _rectangle(info, "vehicelRect", frame.vehicle_box, frame)  # the vendor's own spelling


def _rectangle(parent: ET.Element, tag: str, box: Box, frame: Frame) -> None:
    """A box in thousandths of the frame."""
    x1, y1, x2, y2 = box
    rect = ET.SubElement(parent, tag)
    ET.SubElement(rect, "X").text = str(round(x1 * 1000 / frame.width))
    ET.SubElement(rect, "Y").text = str(round(y1 * 1000 / frame.height))
    ET.SubElement(rect, "width").text = str(round((x2 - x1) * 1000 / frame.width))
    ET.SubElement(rect, "height").text = str(round((y2 - y1) * 1000 / frame.height))


def _part(name: str, content_type: str, content: bytes) -> bytes:
    head = (
        f'--boundary\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        f"Content-Type: {content_type}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n"
