"""The canonical event, schema `cakra.event/1`: what a camera that speaks our own format sends."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError

from cakra.core.errors import InputError
from cakra.core.states.case import Finding
from cakra.journey.intake import EventClaim, PhotoClaim
from cakra.journey.intake.rules import MAX_RECORD_BYTES

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_MICROSECONDS = re.compile(r"(\.\d{6})\d+")
_FAULTS_NAMED = 3
# Twice what may be stored of an event: escapes and blanks take room.
_MOST_BYTES = 2 * MAX_RECORD_BYTES

# A camera that sends fractions or another scale is mended later; it loses no event.
Pixel = Annotated[int | float, Field(ge=-100_000, le=100_000)]
Box = tuple[Pixel, Pixel, Pixel, Pixel]
Word = Annotated[str, StringConstraints(max_length=100)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]


class _Strict(BaseModel):
    """Nothing is guessed: types must fit, unknown keys are refused (except under `extra`)."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class PlateRead(_Strict):
    """The camera's own reading of the plate."""

    text: Annotated[str, StringConstraints(max_length=32)] | None = None
    confidence: float | None = Field(None, ge=0, le=1, description="As the camera says; never trusted.")
    box: Box | None = None
    colour: Word | None = None


class VehicleSeen(_Strict):
    """The vehicle as the camera sees it."""

    kind: Literal["car", "motorcycle", "bus", "truck", "unknown"] = "unknown"
    box: Box | None = None
    colour: Word | None = None


class PhotoNamed(_Strict):
    """A photograph of the event, by content hash."""

    sha256: Digest
    role: Literal["scene", "plate", "context"] = "scene"
    taken_at: Word | None = None
    box: Box | None = Field(None, description="The plate in this photograph, pixels.")


class CanonicalEvent(_Strict):
    """One record of one offence."""

    schema_: Literal["cakra.event/1"] = Field(alias="schema")
    event_id: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]
    occurred_at: Annotated[str, StringConstraints(max_length=40)] = Field(description="RFC 3339 with offset.")
    offence: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    plate: PlateRead = PlateRead()
    vehicle: VehicleSeen = VehicleSeen()
    lane: int | None = Field(None, ge=0, le=99)
    speed_kmh: float | None = Field(None, ge=0, le=500)
    speed_limit_kmh: float | None = Field(None, ge=0, le=500)
    red_light_s: float | None = Field(None, ge=0, le=3600)
    road: Word | None = None
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    photos: tuple[PhotoNamed, ...] = Field((), max_length=64)


def read_event(text: bytes) -> CanonicalEvent:
    """The event of a JSON text; InputError names the field and what is wrong with it."""
    if len(text) > _MOST_BYTES:
        raise InputError(
            f"The event has {len(text)} bytes, {_MOST_BYTES} are allowed without photographs: shorten it.",
            code="event_too_long",
        )
    _refuse_doubled(text)
    try:
        return CanonicalEvent.model_validate_json(text)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(step) for step in fault['loc']) or 'event'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)[:_FAULTS_NAMED]
        )
        raise InputError(
            f"The event does not fit schema cakra.event/1 ({faults}): correct it and send it again.",
            code="event_invalid",
        ) from None


def _refuse_doubled(text: bytes) -> None:
    """A key that stands twice in an object means two things, and readers differ on which counts."""

    def once(pairs: list[tuple[str, Any]]) -> None:
        names = {name for name, _ in pairs}
        if len(names) < len(pairs):
            doubled = next(name for at, (name, _) in enumerate(pairs) if name in {other for other, _ in pairs[:at]})
            raise InputError(
                f"The event names {doubled[:60]!r} twice in one object: send each key once.", code="event_invalid"
            )

    try:
        json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return  # what is no JSON is told with its place by the schema


def read_instant(text: str) -> datetime:
    """The instant of an RFC 3339 text with offset; InputError."""
    fits = _RFC3339.fullmatch(text)
    try:
        moment = datetime.fromisoformat(_MICROSECONDS.sub(r"\1", text.upper())) if fits else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InputError(
        f"The time {text!r} is not RFC 3339 with an offset, like 2026-02-03T17:25:08.123+07:00: correct it.",
        code="time_unreadable",
    )


def claim_of(
    event: CanonicalEvent,
    photos: Sequence[PhotoClaim],
    notes: Sequence[Finding] = (),
    sent_at: datetime | None = None,
    occurred_at: datetime | None = None,
) -> EventClaim:
    """The claim of a canonical event with its inspected photographs. InputError for an unreadable time.

    `occurred_at`: where the door knows better than the event's text.
    """
    record: dict[str, Any] = event.model_dump(mode="json", by_alias=True, exclude={"photos"})
    return EventClaim(
        event_id=event.event_id,
        raw_time=event.occurred_at,
        occurred_at=occurred_at or read_instant(event.occurred_at),
        offence=event.offence,
        plate=event.plate.text,
        plate_box=event.plate.box,
        vehicle_kind=event.vehicle.kind,
        record=record,
        photos=tuple(photos),
        notes=tuple(notes),
        sent_at=sent_at,
    )


def event_schema() -> dict[str, Any]:
    """JSON Schema of the canonical event without references, for the API's description."""
    schema = CanonicalEvent.model_json_schema()
    named = schema.pop("$defs")

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if not isinstance(node, dict):
            return node
        reference = str(node.get("$ref", "")).rpartition("/")[2]
        merged = (
            {**named[reference], **{key: value for key, value in node.items() if key != "$ref"}} if reference else node
        )
        return {key: inline(value) for key, value in merged.items()}

    inlined: dict[str, Any] = inline(schema)
    return inlined
