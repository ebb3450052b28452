"""The folder into which Hikvision cameras (or the relay of an FTP server) drop records and pictures.

    <folder>/<camera>_….xml, ….jpg          or   <folder>/<camera>/….xml, ….jpg
    <folder>/done/…                          taken: the event is durable
    <folder>/quarantine/…  and  ….reason.txt  refused: also kept sealed in the database

A record is read when it and its pictures have stood still for `settle_s`. It is moved only after it is
durable, the record first; a crash in between only makes it come again, and (camera, UUID) is one event.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cakra.core.errors import CakraError, InputError, StoreError, TooLarge
from cakra.doors.cameras.body import Received
from cakra.doors.cameras.deps import CameraDoors
from cakra.doors.cameras.events import empty_picture
from cakra.doors.cameras.hikvision.claim import NamedPicture, claim_hikvision
from cakra.doors.cameras.hikvision.record import HikvisionRecord, parse_hikvision
from cakra.doors.cameras.reception import inspect_pictures, keeping_refused, take_in
from cakra.evidence.hashes import sha256
from cakra.journey.intake import Camera
from cakra.kit.logs import get_logger

_log = get_logger(__name__)

DOOR = "hikvision_ftp"
DONE, QUARANTINE = "done", "quarantine"
_PICTURES = frozenset({".jpg", ".jpeg", ".png"})
_PICTURE_WAIT = 10  # times settle_s that a record waits for its first picture
_NAME_PARTS = 12


@dataclass(frozen=True, slots=True)
class Drop:
    """A record in the folder and the pictures that belong to it."""

    xml: Path
    pictures: tuple[Path, ...]


class FtpWatcher:
    """Takes records out of a folder, one watcher a folder. Run `run()` as a task and cancel it to stop."""

    def __init__(
        self,
        folder: Path,
        doors: CameraDoors,
        *,
        settle_s: float | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._doors = doors
        self._settle_s = doors.settings.settle_s if settle_s is None else settle_s
        self._monotonic = monotonic
        self._still_since: dict[Path, tuple[tuple[int, int], float]] = {}

    async def run(self) -> None:
        """Watch until cancelled; a fault of the store or the disk only delays."""
        while True:
            try:
                await self.scan()
            except (OSError, CakraError) as error:
                _log.warning("drop_scan_failed", error=str(error))
            await asyncio.sleep(max(self._settle_s / 2, 0.05))

    async def scan(self) -> int:
        """Take every record that stands still; how many were moved out of the folder. StoreError, OSError."""
        moved = 0
        for drop in await asyncio.to_thread(self._find):
            try:
                moved += await self._take(drop)
            except StoreError as fault:  # it stays where it is and is tried again
                _log.warning("drop_delayed", code=fault.code)
                break
            except OSError as fault:  # gone to another watcher, or not ours to read: the others go on
                _log.warning("drop_unreadable", fault=type(fault).__name__, number=fault.errno)
        return moved

    def _find(self) -> list[Drop]:
        self._folder.mkdir(parents=True, exist_ok=True)
        folders = [
            self._folder,
            *(p for p in self._folder.iterdir() if p.is_dir() and p.name not in (DONE, QUARANTINE)),
        ]
        drops, present = [], set()
        for folder in folders:
            files = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink()]
            present.update(files)
            pictures = [path for path in files if path.suffix.lower() in _PICTURES]
            for xml in (path for path in files if path.suffix.lower() == ".xml"):
                own = tuple(p for p in pictures if p.stem == xml.stem or p.stem.startswith(f"{xml.stem}_"))
                drops.append(Drop(xml, own))
        self._still_since = {path: since for path, since in self._still_since.items() if path in present}
        return [drop for drop in drops if self._stands_still(drop)]

    def _stands_still(self, drop: Drop) -> bool:
        still = [self._still_for(path) >= self._settle_s for path in (drop.xml, *drop.pictures)]
        return all(still)

    def _still_for(self, path: Path) -> float:
        """Seconds since size or time last changed, as far as this watcher saw."""
        try:
            stat = path.stat()
        except FileNotFoundError:
            return -1.0
        mark, at = (stat.st_size, stat.st_mtime_ns), self._monotonic()
        known, since = self._still_since.get(path, (None, at))
        if known != mark:
            since = at
            self._still_since[path] = (mark, since)
        return at - since

    async def _take(self, drop: Drop) -> bool:
        limit = self._doors.settings.max_request_bytes
        body, fault = await asyncio.to_thread(_read_file, drop.xml, limit)
        received = Received(DOOR, body, sha256(body), self._doors.clock(), {"file-name": drop.xml.name}, fault)
        camera = await self._camera_of(drop.xml)
        try:
            async with keeping_refused(self._doors, received, camera):
                sender = _known(camera)
                record = parse_hikvision(body)
                pictures = await asyncio.to_thread(_pictures_of, drop, record)
                if not pictures and self._still_for(drop.xml) < self._settle_s * _PICTURE_WAIT:
                    return False
                await self._accept(received, sender, record, pictures)
        except InputError as refusal:
            pictures = drop.pictures
            await asyncio.to_thread(self._move, drop.xml, drop.pictures, QUARANTINE, refusal.sentence)
            return True
        await asyncio.to_thread(self._move, drop.xml, pictures, DONE, None)
        return True

    async def _accept(self, received: Received, camera: Camera, record: HikvisionRecord, files: Sequence[Path]) -> None:
        limit = self._doors.settings.max_request_bytes
        read = await asyncio.to_thread(lambda: [(path.name, *_read_file(path, limit)) for path in files])
        fault = next((fault for _, _, fault in read if fault is not None), None)
        if fault is not None:
            raise fault
        notes = [empty_picture(name) for name, data, _ in read if not data]
        whole = [(name, data) for name, data, _ in read if data]
        pictures = await inspect_pictures(self._doors, [data for _, data in whole])
        named = [NamedPicture(name, picture) for (name, _), picture in zip(whole, pictures, strict=True)]
        claim = claim_hikvision(record, named, camera, received, notes)
        await take_in(self._doors, camera, received, claim, pictures)

    async def _camera_of(self, xml: Path) -> Camera | None:
        """The camera of the folder's name, else the longest beginning of the file's name that is one."""
        if xml.parent != self._folder:
            camera = await self._doors.cameras.find(xml.parent.name)
            if camera is not None:
                return camera
        parts = xml.stem.split("_")[:_NAME_PARTS]
        for length in range(len(parts), 0, -1):
            camera = await self._doors.cameras.find("_".join(parts[:length]))
            if camera is not None:
                return camera
        return None

    def _move(self, xml: Path, pictures: Sequence[Path], where: str, reason: str | None) -> None:
        """The record first: pictures without their record are never read."""
        target = self._folder / where
        target.mkdir(exist_ok=True)
        for path in (xml, *pictures):
            final = target / path.name
            count = 0
            while final.exists():
                count += 1
                final = target / f"{path.stem}.{count}{path.suffix}"
            path.replace(final)
            if reason is not None and path is xml:
                final.with_name(final.name + ".reason.txt").write_text(reason + "\n", encoding="utf-8")
            self._still_since.pop(path, None)
        _log.info("drop_moved", to=where, pictures=len(pictures))


def _known(camera: Camera | None) -> Camera:
    if camera is None:
        raise InputError(
            "No camera is known by the beginning of the file's name or by its folder: register the camera, "
            "or name its files <camera>_….xml.",
            code="camera_unknown",
        )
    return camera


def _pictures_of(drop: Drop, record: HikvisionRecord) -> tuple[Path, ...]:
    """Pictures of the record's own name; only when there are none, those its list names and that exist."""
    if drop.pictures:
        return drop.pictures
    names = {Path(named.file_name.replace("\\", "/")).name for named in record.pictures if named.file_name}
    paths = (drop.xml.with_name(name) for name in sorted(names) if name not in {"", ".", ".."})
    return tuple(path for path in paths if path.is_file() and path.suffix.lower() in _PICTURES)


def _read_file(path: Path, limit: int) -> tuple[bytes, InputError | None]:
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) <= limit:
        return data, None
    return data[:limit], TooLarge(f"The file {path.name} is larger than {limit} bytes: it cannot be a camera's.")
