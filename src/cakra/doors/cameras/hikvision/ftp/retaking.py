"""A dropped record that was set aside, with its pictures, read again from the drop folder's quarantine."""

import asyncio
from dataclasses import replace
from pathlib import Path

from cakra.core.errors import InputError
from cakra.doors.cameras.deps import CameraDoors
from cakra.doors.cameras.hikvision.ftp.folder import QUARANTINE, DropFolder, Spot
from cakra.doors.cameras.hikvision.ftp.pairing import Drop, is_general, listed, pair
from cakra.doors.cameras.hikvision.ftp.reading import (
    PATH,
    DroppedRecord,
    camera_of,
    known,
    parcel_of,
    read_pictures,
    read_record,
)
from cakra.doors.cameras.hikvision.notes import picture_by_list
from cakra.doors.cameras.hikvision.taking import Taken, take_parcel
from cakra.journey.intake import KeptInput


async def retake(root: Path, doors: CameraDoors, kept: KeptInput) -> Taken:
    """Take it in and move its files to `done`. InputError when they are gone, or when it is refused again."""
    folder = DropFolder(root)
    drop, dropped = await asyncio.to_thread(_find, folder, doors, kept)
    pictures = drop.pictures or listed(
        drop, dropped.listed, [Spot(drop.xml.folders, name) for name in _names(folder, drop)]
    )
    sent = await asyncio.to_thread(read_pictures, folder, pictures, doors.settings.max_request_bytes)
    parcel = parcel_of(dropped, sent)
    if not drop.pictures and any(is_general(spot, drop.xml) for spot in pictures):
        parcel = replace(parcel, found=(*parcel.found, picture_by_list([spot.shown for spot in pictures])))
    camera = known(await camera_of(doors, Spot(drop.xml.folders[1:], drop.xml.name), fresh=True))
    taken = await take_parcel(doors, camera, dropped.received, parcel)
    for spot in (drop.xml, *pictures):
        await asyncio.to_thread(folder.move_back, spot)
    return taken


def _find(folder: DropFolder, doors: CameraDoors, kept: KeptInput) -> tuple[Drop, DroppedRecord]:
    """The record by its content, among those of its folder that begin with its name."""
    path = Path(kept.headers.get(PATH, ""))
    folders = (QUARANTINE, *path.parts[:-1])
    if ".." not in folders and not path.is_absolute():
        spots = [Spot(folders, name) for name in folder.names(folders)]
        for drop in pair(spots):
            if not drop.xml.name.startswith(path.stem):
                continue
            try:
                dropped = read_record(folder, drop.xml, doors)
            except OSError:
                continue
            if dropped.received.sha256 == kept.raw_sha256:
                received = replace(dropped.received, received_at=kept.received_at)
                return drop, replace(dropped, received=received)
    raise InputError(
        "Its files are not in the drop folder's quarantine any more: let the camera send it again.", code="files_gone"
    )


def _names(folder: DropFolder, drop: Drop) -> list[str]:
    return folder.names(drop.xml.folders)
