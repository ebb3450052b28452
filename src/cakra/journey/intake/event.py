"""What a camera says, what we make of it, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from cakra.core.states.case import Finding

Corners = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels of one photograph, as claimed: not yet known to lie inside it, nor to be pixels."""


@dataclass(frozen=True, slots=True)
class Camera:
    """An active row of `camera` with the cells of its jurisdiction; `key` signs its requests."""

    code: str
    jurisdiction: str
    first_cell: int
    cells: int
    zone: str
    clock_tolerance_s: float
    offence_map: Mapping[str, str]
    vendor: str = "cakra"
    jurisdiction_zone: str = "UTC"
    key: bytes = field(repr=False, default=b"")


@dataclass(frozen=True, slots=True)
class PhotoClaim:
    """A photograph that was inspected: it is a picture of that many pixels."""

    sha256: bytes
    role: str  # scene | plate | context
    bytes: int
    width: int
    height: int
    taken_at: str | None = None
    box: Corners | None = None
    rect: tuple[float, float, float, float] | None = None
    """x, y, width, height of the plate as the camera told them, where it does not tell pixels."""
    rect_unit: Literal["fraction", "permille", "unknown"] | None = None
    """Of what `rect` is told, as far as its numbers betray it; `box` is made of it where that is known."""


@dataclass(frozen=True, slots=True)
class EventClaim:
    """A camera's record in our words (schema `cakra.event/1`), believed in nothing yet.

    record: the canonical event without its photographs; notes: what the door found odd.
    """

    event_id: str
    raw_time: str
    occurred_at: datetime
    offence: str
    plate: str | None
    plate_box: Corners | None
    vehicle_kind: str
    record: Mapping[str, Any]
    photos: tuple[PhotoClaim, ...]
    notes: tuple[Finding, ...] = ()
    sent_at: datetime | None = None
    """The camera's own clock when it signed the request; None where the protocol does not tell."""
    companion_of: str | None = None
    """Event id of the first claim of the same record: another offence of one vehicle, whatever its plate."""
    original: bytes | None = field(repr=False, default=None)
    """The camera's own bytes, where the door had to mend them to read them."""


@dataclass(frozen=True, slots=True)
class CheckedEvent:
    """An event that may be written: one row of `camera_event` and its photographs."""

    camera: str
    event_id: str
    jurisdiction: str
    cell: int
    door: str  # events | hikvision_isapi | hikvision_ftp
    content_hash: bytes
    raw_sha256: bytes
    offence: str
    plate: str | None
    vehicle_kind: str
    occurred_at: datetime
    raw_time: str
    received_at: datetime
    record: Mapping[str, Any]
    photos: tuple[PhotoClaim, ...]
    notes: tuple[Finding, ...] = ()
    joins: bool = True
    """Whether plate and time are sure enough to be one passage with another record of them."""
    companion_of: str | None = None
    original: bytes | None = field(repr=False, default=None)

    @property
    def key(self) -> tuple[str, str]:
        """(camera, event id): unique for ever."""
        return self.camera, self.event_id


class Placed(StrEnum):
    """What became of one event."""

    OPENED = "opened"  # a new case
    SAME_OFFENCE = "same_offence"  # joined: this offence of this passage was reported already
    OTHER_OFFENCE = "other_offence"  # joined: another offence of the same passage
    REPEATED = "repeated"  # the same event again, only counted
    CONFLICT = "conflict"  # the id was used before with other content; nothing was written


@dataclass(frozen=True, slots=True)
class Accepted:
    """The durable answer to one event. `joined` and `received_at` are those of its first arrival."""

    camera: str
    event_id: str
    placed: Placed
    joined: Placed  # opened | same_offence | other_offence
    cell: int
    case_id: int
    received_at: datetime
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """What tells an event apart that is stored already: when, of which vehicle, for what."""

    occurred_at: datetime
    raw_time: str
    offence: str
    plate: str | None
    erased: bool = False
    """Its case was erased, and with it what was read of the plate."""

    def is_same(self, claim: EventClaim, window_s: float, *, again: bool) -> bool:
        """Whether the claim is this event once more, for vendors that change a record when they send it again.

        `again`: the camera itself says that it is an old record, whatever its clock says by now.
        """
        near = abs((self.occurred_at - claim.occurred_at).total_seconds()) <= window_s
        when = near or self.raw_time == claim.raw_time
        if self.erased:  # only its time is left to tell it by
            return when and self.offence == claim.offence
        return (again or when) and self.offence == claim.offence and _plain(self.plate) == _plain(claim.plate)


def _plain(plate: str | None) -> str:
    return "".join((plate or "").upper().split())
