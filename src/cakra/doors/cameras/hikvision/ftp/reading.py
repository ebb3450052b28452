"""Reading one dropped record: its bytes, whose it is, what it lists, and its pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cakra.core.errors import InputError, TooLarge
from cakra.doors.cameras.body import Received
from cakra.doors.cameras.deps import CameraDoors
from cakra.doors.cameras.events import empty_picture
from cakra.doors.cameras.hikvision.ftp.folder import DropFolder, Spot, printable
from cakra.doors.cameras.hikvision.reading.kinds import EventKind
from cakra.doors.cameras.hikvision.reading.names import read_name
from cakra.doors.cameras.hikvision.reading.record import HikvisionRecord, records_of
from cakra.doors.cameras.hikvision.reading.text import Document, read_documents
from cakra.doors.cameras.hikvision.taking import Parcel, SentPicture
from cakra.evidence.hashes import sha256
from cakra.journey.intake import Camera

DOOR = "hikvision_ftp"
FILE_NAME, PATH = "file-name", "path"
_NAME_PARTS = 12
_END_OF_JPEG, _END_BYTES = b"\xff\xd9", 4096


@dataclass(frozen=True, slots=True)
class DroppedRecord:
    """One XML file. `fault`: it cannot be read, as far as it is there by now."""

    received: Received
    documents: tuple[Document, ...] = ()
    fault: InputError | None = field(default=None)

    @property
    def records(self) -> list[HikvisionRecord]:
        """What it holds."""
        return [record for one in self.documents if one.root is not None for record in records_of(one.root)]

    @property
    def is_event(self) -> bool:
        """Whether it may want pictures: signs of life do not."""
        return any(record.kind is not EventKind.OTHER for record in self.records)

    @property
    def listed(self) -> frozenset[str]:
        """The file names in its picture lists."""
        return frozenset(named.file_name for one in self.records for named in one.pictures if named.file_name)


def read_record(folder: DropFolder, xml: Spot, doors: CameraDoors) -> DroppedRecord:
    """The record as it lies there. OSError when it cannot be had."""
    limit = doors.settings.max_request_bytes
    body = folder.read(xml, limit)
    fault = too_large(xml, limit) if len(body) > limit else None
    headers = {FILE_NAME: printable(xml.name), PATH: xml.shown}
    received = Received(DOOR, body[:limit], sha256(body[:limit]), doors.clock(), headers, fault)
    if fault is not None:
        return DroppedRecord(received, fault=fault)
    try:
        return DroppedRecord(received, tuple(read_documents(body)))
    except InputError as wrong:
        return DroppedRecord(received, fault=wrong)


def read_pictures(folder: DropFolder, pictures: Sequence[Spot], limit: int) -> list[SentPicture]:
    """The pictures as they lie there, each up to the limit and a byte. OSError."""
    return [SentPicture(printable(spot.name), folder.read(spot, limit)) for spot in pictures]


def parcel_of(dropped: DroppedRecord, sent: Sequence[SentPicture]) -> Parcel:
    """What there is to take in. InputError when the record cannot be read."""
    if dropped.fault is not None:
        raise dropped.fault
    found = [empty_picture(one.name) for one in sent if not one.data]
    named = read_name(dropped.received.headers[FILE_NAME])
    whole = [one for one in sent if one.data]
    return Parcel(dropped.documents, dropped.received.body, whole, found, named=named)


def is_half_written(sent: Sequence[SentPicture]) -> bool:
    """Whether a picture looks as if more of it is to come."""
    return any(
        not one.data or (one.data.startswith(b"\xff\xd8") and _END_OF_JPEG not in one.data[-_END_BYTES:])
        for one in sent
    )


async def camera_of(doors: CameraDoors, xml: Spot, *, fresh: bool = False) -> Camera | None:
    """The camera of the nearest folder that is named as one, else the longest beginning of the file's name."""
    for folder in reversed(xml.folders):
        camera = await doors.cameras.find(printable(folder), fresh=fresh)
        if camera is not None:
            return camera
    parts = printable(xml.stem).split("_")[:_NAME_PARTS]
    for length in range(len(parts), 0, -1):
        camera = await doors.cameras.find("_".join(parts[:length]), fresh=fresh)
        if camera is not None:
            return camera
    return None


def known(camera: Camera | None) -> Camera:
    """InputError for none."""
    if camera is None:
        raise InputError(
            "No camera is known by the beginning of the file's name or by its folder: register the camera, "
            "or name its files <camera>_….xml.",
            code="camera_unknown",
        )
    return camera


def too_large(spot: Spot, limit: int) -> TooLarge:
    """The refusal of a file over the limit."""
    return TooLarge(f"The file {spot.shown} is larger than {limit} bytes: it cannot be a camera's.")
