"""Parsers of what cameras send, as fuzz targets: bytes in; whatever is no refusal of ours is a failure."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cakra.core.errors import InputError
from cakra.doors.cameras.canonical import read_event, read_instant
from cakra.doors.cameras.hikvision.reading.clock import Witnesses, read_clock
from cakra.doors.cameras.hikvision.reading.names import read_name
from cakra.doors.cameras.hikvision.reading.offences import offences_of
from cakra.doors.cameras.hikvision.reading.record import records_of
from cakra.doors.cameras.hikvision.reading.text import read_documents
from cakra.doors.cameras.multipart import parse_multipart
from cakra.journey.intake.no_plate import is_no_plate
from cakra.journey.intake.quarantine.showing import masked, shown
from cakra.journey.intake.rules import canonical_json, claimed_plate

_AT, _ZONE = datetime(2026, 11, 30, tzinfo=UTC), ZoneInfo("Asia/Jakarta")
_MAP = {"1240": "SABUK", "helmet": "HELM", "passage": "GANJIL_GENAP"}
_CONTENT_TYPE = "multipart/form-data; boundary=b"


def hikvision_record(data: bytes) -> object:
    """A record's bytes to its offences."""
    read = [one for each in read_documents(data) if each.root is not None for one in records_of(each.root)]
    return [_offences(one) for one in read]


def _offences(record):
    try:
        return offences_of(record, _MAP)
    except InputError as refused:
        return refused.sentence


def hikvision_fields(data: bytes) -> object:
    """The same inside a sound frame, so that more of it reaches the fields."""
    frame = (
        b"<FTP><dateTime>%s</dateTime><licensePlate>%s</licensePlate><vehicleInfo><speed>%s</speed></vehicleInfo></FTP>"
    )
    return hikvision_record(frame.replace(b"%s", data))


def multipart_body(data: bytes) -> object:
    """A body whose boundary the fuzzer knows."""
    return parse_multipart(b"--b\r\n" + data, _CONTENT_TYPE)


def multipart_header(data: bytes) -> object:
    """A content type of any bytes."""
    return parse_multipart(b"--b\r\n\r\nx\r\n--b--", data.decode("latin-1"))


def signed_event(data: bytes) -> object:
    """The canonical event, as it is stored."""
    event = read_event(data)
    read_instant(event.occurred_at)
    return canonical_json(event.model_dump(mode="json", by_alias=True))


def clock(data: bytes) -> object:
    """A camera's time, its pictures' and its file's."""
    text = data.decode("utf-8", "replace")
    return read_clock(text[:60], Witnesses.of([text[60:80]], []), _ZONE, _AT)


def instant(data: bytes) -> object:
    """The signed door's time."""
    return read_instant(data.decode("utf-8", "replace"))


def names_and_plates(data: bytes) -> object:
    """File names, words for no plate, plates."""
    text = data.decode("utf-8", "surrogateescape")
    return read_name(text), is_no_plate(text), claimed_plate(text.encode("utf-8", "replace").decode("utf-8", "replace"))


def quarantine_view(data: bytes) -> object:
    """What is shown of input that no door took: no control character comes through."""
    told = shown(data, {"content-type": data[:200].decode("latin-1"), "file-name": data[:80].decode("latin-1")})
    assert all(char in {"\n", "\t"} or char.isprintable() for char in masked(told.text)), told
    return told


TARGETS: dict[str, Callable[[bytes], object]] = {
    "hikvision record": hikvision_record,
    "hikvision fields": hikvision_fields,
    "multipart body": multipart_body,
    "multipart header": multipart_header,
    "signed event": signed_event,
    "camera clock": clock,
    "signed instant": instant,
    "names and plates": names_and_plates,
    "quarantine view": quarantine_view,
}
REFUSALS = (InputError,)
"""What a target may raise."""
