"""What every door of the cameras does alike: keep what is refused, make photographs and event durable."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from cakra.core.errors import CakraError, Conflict, InputError, TooLarge, Unauthentic
from cakra.doors.cameras.body import Received
from cakra.doors.cameras.deps import CameraDoors
from cakra.evidence.hashes import sha256
from cakra.evidence.picture import PictureFacts, inspect, is_heavy
from cakra.journey.intake import Accepted, Camera, EventClaim, Placed, UnreadableInput, check_event
from cakra.kit.killable import JobTooSlow
from cakra.kit.logs import get_logger

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InspectedPicture:
    """A photograph that was inspected to its end."""

    sha256: bytes
    data: bytes = field(repr=False)
    facts: PictureFacts


async def inspect_pictures(doors: CameraDoors, blobs: Sequence[bytes]) -> list[InspectedPicture]:
    """Inspect photographs off the event loop; InputError names the first that is no picture by its place."""
    most = doors.settings.max_photos
    if len(blobs) > most:
        raise InputError(
            f"The request has {len(blobs)} photographs, {most} are allowed: send the most telling ones.",
            code="photo_too_many",
        )
    light = await asyncio.to_thread(lambda: [_light(place, data, doors) for place, data in enumerate(blobs, 1)])
    return [
        picture or await _heavy(place, data, doors)
        for place, (picture, data) in enumerate(zip(light, blobs, strict=True), 1)
    ]


def _light(place: int, data: bytes, doors: CameraDoors) -> InspectedPicture | None:
    """A picture inspected here and now; None for one that may take long."""
    with _naming(place):
        return None if is_heavy(data) else InspectedPicture(sha256(data), data, inspect(data, doors.picture_limits))


async def _heavy(place: int, data: bytes, doors: CameraDoors) -> InspectedPicture:
    """A picture inspected where that can be ended."""
    limit_s = doors.settings.picture_s
    with _naming(place):
        try:
            facts = await doors.apart.run(limit_s, inspect, data, doors.picture_limits)
        except JobTooSlow as reason:
            raise InputError(
                f"Reading it took longer than {limit_s:g} s and was ended. Set the camera to plain (baseline) JPEG.",
                code="picture_too_slow",
            ) from reason
    return InspectedPicture(sha256(data), data, facts)


@contextmanager
def _naming(place: int) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        error.sentence = f"Photograph {place}: {error.sentence}"
        raise


async def submit(
    doors: CameraDoors, camera: Camera, received: Received, claim: EventClaim, pictures: Sequence[InspectedPicture]
) -> Accepted:
    """Check the claim, make photographs and then the event durable; a conflict is an answer. InputError, StoreError."""
    event = check_event(
        claim,
        camera,
        door=received.door,
        raw_sha256=received.sha256,
        received_at=received.received_at,
        limits=doors.settings,
        offences=doors.offences,
    )
    await doors.photos.put({picture.sha256: picture.data for picture in pictures})
    accepted = await doors.events.submit(event)
    await doors.presence.heard(camera.code, received.received_at, event=True)
    _log.info("event_accepted", camera=camera.code, event_id=accepted.event_id, placed=accepted.placed.value)
    return accepted


async def take_in(
    doors: CameraDoors, camera: Camera, received: Received, claim: EventClaim, pictures: Sequence[InspectedPicture]
) -> Accepted:
    """As `submit`, for cameras that promise a new id for new content: Conflict where they break it."""
    accepted = await submit(doors, camera, received, claim, pictures)
    if accepted.placed is Placed.CONFLICT:
        raise Conflict(
            f"Event {claim.event_id} of camera {camera.code} was received before with other content "
            f"({accepted.received_at:%Y-%m-%dT%H:%M:%SZ}): give a new event a new id."
        )
    return accepted


@asynccontextmanager
async def keeping_refused(doors: CameraDoors, received: Received, camera: Camera | None) -> AsyncIterator[None]:
    """Keep the whole input, sealed, before a refusal (or a fault of ours in reading it) goes out.

    `camera` None: nobody known sent it. A fault of the store passes untouched: the sender sends again.
    """
    if camera is not None:
        await doors.presence.heard(camera.code, received.received_at, event=False)
    try:
        _refuse_incomplete(received)
        yield
    except InputError as error:
        kept = await keep(doors, received, camera, error.code, error.sentence)
        if camera is not None and not isinstance(error, Unauthentic):
            error.sentence = f"{error.sentence} It is kept for inspection as {kept}."
        raise
    except CakraError:
        raise
    except Exception as error:
        _log.exception("event_reading_crashed", door=received.door)
        await keep(doors, received, camera, "internal", f"Reading it failed on our side ({type(error).__name__}).")
        raise


def _refuse_incomplete(received: Received) -> None:
    if received.fault is not None:
        raise received.fault


async def keep(
    doors: CameraDoors, received: Received, camera: Camera | None, code: str, reason: str, *, whole: bool = True
) -> int | None:
    """Put an input into quarantine; its id, None for one stranger too many. StoreError, StorageFull."""
    kept = await doors.quarantine.keep(
        UnreadableInput(
            door=received.door,
            camera=camera.code if camera else None,
            authentic=camera is not None,
            code=code,
            reason=reason,
            received_at=received.received_at,
            raw_sha256=received.sha256,
            body=received.body,
            headers=received.headers,
            whole=whole and not isinstance(received.fault, TooLarge),
        )
    )
    _log.warning("event_quarantined", door=received.door, code=code, authentic=camera is not None, kept=kept)
    return kept
