"""What was set aside at a cameras' door, read again by the same door: an officer's word that it may be tried."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cakra.core.errors import InputError
from cakra.doors.cameras.body import Received
from cakra.doors.cameras.deps import CameraDoors
from cakra.doors.cameras.events import DOOR as EVENTS
from cakra.doors.cameras.events import take_event
from cakra.doors.cameras.hikvision.ftp.reading import DOOR as FTP
from cakra.doors.cameras.hikvision.ftp.retaking import retake
from cakra.doors.cameras.hikvision.push import DOOR as PUSH
from cakra.doors.cameras.hikvision.push import take_push
from cakra.doors.cameras.hikvision.taking import Became, Taken
from cakra.doors.cameras.signature import CAMERA, is_signed
from cakra.journey.intake import Accepted, Camera, KeptInput, Placed, Release, Released

_WORDS = {
    Placed.OPENED: ("Berkas baru dibuka.", "A new case was opened."),
    Placed.SAME_OFFENCE: ("Bergabung dengan berkas yang sudah ada.", "It joined a case that was there."),
    Placed.OTHER_OFFENCE: ("Pelanggaran ditambahkan pada berkas yang ada.", "Its offence was added to a case."),
    Placed.REPEATED: ("Kejadian ini sudah diterima sebelumnya.", "This event was taken before."),
}
_NOTED = Released("noted", "Ini bukan kejadian: tidak ada yang dicatat.", "It is no event: nothing was kept of it.")


def camera_releases(doors: CameraDoors) -> dict[str, Release]:
    """Door → how its input is read again."""
    return {
        EVENTS: partial(_event, doors),
        PUSH: partial(_push, doors),
        FTP: partial(_dropped, doors),
    }


async def _event(doors: CameraDoors, kept: KeptInput) -> Released:
    received = _received(kept)
    camera = await _camera(doors, kept)
    if camera is None:  # perhaps it was not registered yet
        camera = await doors.cameras.find(kept.headers.get(CAMERA, ""), fresh=True)
        signed = is_signed(
            camera,
            kept.headers,
            method="POST",
            path="/v1/events",
            body_sha256=kept.raw_sha256,
            at=kept.received_at,
            tolerance_s=doors.settings.signature_tolerance_s,
        )
        camera = camera if signed else None
    if camera is None:
        raise _stranger()
    return _told([await take_event(doors, camera, received)])


async def _push(doors: CameraDoors, kept: KeptInput) -> Released:
    camera = await _camera(doors, kept)
    if camera is None:
        raise _stranger()
    return _of_taken(await take_push(doors, camera, _received(kept)))


async def _dropped(doors: CameraDoors, kept: KeptInput) -> Released:
    """Its pictures lie in the drop folder's quarantine, where its record was moved with them."""
    folder: Path | None = doors.settings.ftp_folder
    if folder is None:
        raise InputError("No drop folder is set here (CAKRA_INTAKE__FTP_FOLDER): release it where its files are.")
    return _of_taken(await retake(folder, doors, kept))


async def _camera(doors: CameraDoors, kept: KeptInput) -> Camera | None:
    return await doors.cameras.find(kept.camera, fresh=True) if kept.authentic and kept.camera else None


def _received(kept: KeptInput) -> Received:
    return Received(kept.door, kept.body, kept.raw_sha256, kept.received_at, kept.headers)


def _of_taken(taken: Taken) -> Released:
    if taken.became is Became.WAITING:
        raise InputError("Its pictures have not come, and without one it proves nothing.", code="photo_missing")
    return _told(taken.accepted) if taken.accepted else _NOTED


def _told(accepted: Sequence[Accepted]) -> Released:
    first = accepted[0]
    if first.placed is Placed.CONFLICT:
        raise InputError("Another event of the same id is stored already; this one differs.", code="conflict")
    return Released(first.placed.value, *_WORDS[first.placed])


def _stranger() -> InputError:
    return InputError(
        "Nobody known sent it, and it does not say who did: let its camera send it again.", code="unauthentic"
    )
