"""The watcher of one drop folder: each record for itself, the others go on whatever one of them is.

A record is read when it and its pictures have stood still for `settle_s`. It is moved only after it is durable, the
record first; a crash in between only makes it come again, and (camera, UUID) is one event.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cakra.core.errors import CakraError, InputError, StoreError
from cakra.doors.cameras.deps import CameraDoors
from cakra.doors.cameras.hikvision.ftp.folder import DONE, QUARANTINE, DropFolder, Listing, Spot, printable
from cakra.doors.cameras.hikvision.ftp.pairing import Drop, is_general, listed, pair
from cakra.doors.cameras.hikvision.ftp.reading import (
    camera_of,
    is_half_written,
    known,
    parcel_of,
    read_pictures,
    read_record,
)
from cakra.doors.cameras.hikvision.notes import picture_by_list
from cakra.doors.cameras.hikvision.taking import take_parcel
from cakra.doors.cameras.reception import keeping_refused
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.faults.away import is_away

_log = get_logger(__name__)

_PATIENCE = 10  # times settle_s that a record waits for its pictures, or for the rest of itself
_TRIES = 3
_REST_S, _LONGEST_REST_S = 30.0, 300.0
_TELL_EVERY_S = 3600.0
_STRAY_AFTER_S = 3600.0
_EMPTY_FOR_S = 86_400.0


@dataclass(slots=True)
class _Failing:
    """How often a record failed, and until when it is left alone."""

    times: int
    until: float


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
        self._folder = DropFolder(folder)
        self._doors = doors
        self._settle_s = doors.settings.settle_s if settle_s is None else settle_s
        self._monotonic = monotonic
        self._still_since: dict[Spot, tuple[tuple[int, int], float]] = {}
        self._wants: dict[Spot, tuple[tuple[int, int], frozenset[str]]] = {}
        self._failing: dict[Spot, _Failing] = {}
        self._told: dict[tuple[str, str], float] = {}

    async def run(self) -> None:
        """Watch until cancelled; whatever goes wrong only delays."""
        while True:
            try:
                await self.scan()
            except (OSError, CakraError) as error:
                _log.warning("drop_scan_failed", fault=type(error).__name__)
            except Exception:  # noqa: BLE001 - the folder is looked at again whatever was in it
                _log.exception("drop_scan_crashed")
            await asyncio.sleep(max(self._settle_s / 2, 0.05))

    async def scan(self) -> int:
        """Take every record that stands still; how many were moved out of the folder. OSError for the root itself."""
        listing = await asyncio.to_thread(self._folder.look)
        drops = pair(listing.files)
        self._remember(listing, drops)
        moved = await self._set_odd_aside(listing)
        wanted = await asyncio.to_thread(self._wanted, drops, listing)
        contests = {drop.xml: _contest(drop, wanted) for drop in drops}
        for drop in drops:
            if not self._is_due(drop):
                continue
            try:
                taken = await self._take(drop, wanted, contests[drop.xml])
            except FileNotFoundError:  # gone to another watcher, or taken away
                continue
            except Exception as fault:  # noqa: BLE001 - one record's fault is its own
                if is_away(fault):  # it stays where it is and is tried again, and so do the others
                    _log.warning("drop_delayed", fault=type(fault).__name__)
                    break
                taken = await self._failed(drop, fault)
            if taken:
                moved += 1
                wanted.pop(drop.xml, None)
                self._failing.pop(drop.xml, None)
        return moved

    async def _take(self, drop: Drop, wanted: dict[Spot, tuple[Spot, ...]], contest: InputError | None) -> bool:
        """Whether the record was moved out: taken, or refused for good."""
        pictures = drop.pictures or wanted.get(drop.xml, ())
        dropped = await asyncio.to_thread(read_record, self._folder, drop.xml, self._doors)
        limit = self._doors.settings.max_request_bytes
        # Those of a contest may have gone with the record before it.
        sent = [] if contest else await asyncio.to_thread(read_pictures, self._folder, pictures, limit)
        waiting = dropped.fault is not None or ((not sent or drop.unsure or is_half_written(sent)) and dropped.is_event)
        if waiting and self._still_for(drop.xml) < self._settle_s * _PATIENCE and contest is None:
            return False
        if any(self._still_for(spot) < self._settle_s for spot in pictures):
            return False
        camera = await camera_of(self._doors, drop.xml)
        try:
            async with keeping_refused(self._doors, dropped.received, camera):
                sender = known(camera)
                if contest is not None:
                    raise contest
                parcel = parcel_of(dropped, sent)
                if not drop.pictures and any(is_general(spot, drop.xml) for spot in pictures):
                    doubt = picture_by_list([spot.shown for spot in pictures])
                    parcel = replace(parcel, found=(*parcel.found, doubt))
                await take_parcel(self._doors, sender, dropped.received, parcel)
        except InputError as refusal:
            self._tell("drop_refused", drop.xml, code=refusal.code)
            await self._move(drop.xml, pictures, QUARANTINE, refusal.sentence)
            return True
        others = {spot for xml, spots in wanted.items() if xml != drop.xml for spot in spots}
        await self._move(drop.xml, [spot for spot in pictures if spot not in others], DONE, None)
        return True

    def _wanted(self, drops: Sequence[Drop], listing: Listing) -> dict[Spot, tuple[Spot, ...]]:
        """Of the records without pictures of their own name: those that their lists name, and that are there."""
        wanted = {}
        for drop in drops:
            mark = listing.files[drop.xml]
            if drop.pictures:
                continue
            known_mark, names = self._wants.get(drop.xml, (None, frozenset[str]()))
            if known_mark != mark:
                names = self._listed(drop.xml)
                self._wants[drop.xml] = (mark, names)
            wanted[drop.xml] = listed(drop, names, listing.files.keys())
        return wanted

    def _listed(self, xml: Spot) -> frozenset[str]:
        try:
            return read_record(self._folder, xml, self._doors).listed
        except OSError:
            return frozenset()

    def _remember(self, listing: Listing, drops: Sequence[Drop]) -> None:
        """Since when each file has stood still; and what nobody will ever take is told, now and again."""
        at = self._monotonic()
        self._still_since = {
            spot: kept if (kept := self._still_since.get(spot)) is not None and kept[0] == mark else (mark, at)
            for spot, mark in listing.files.items()
        }
        self._wants = {xml: kept for xml, kept in self._wants.items() if xml in listing.files}
        self._failing = {xml: kept for xml, kept in self._failing.items() if xml in listing.files}
        for name in listing.unread:
            self._tell("drop_folder_unreadable", None, folder=name)
        if listing.cut:
            self._tell("drop_folder_too_full", None, files=len(listing.files))
        paired = {spot for drop in drops for spot in (drop.xml, *drop.pictures)}
        for spot in listing.files.keys() - paired:
            if self._still_for(spot) > _STRAY_AFTER_S:
                self._tell("drop_file_of_no_record", spot)
        for spot in listing.empty:
            if spot.folders:
                self._folder.sweep(spot, now().timestamp() - _EMPTY_FOR_S)

    def _is_due(self, drop: Drop) -> bool:
        failing = self._failing.get(drop.xml)
        if failing is not None and self._monotonic() < failing.until:
            return False
        return all(self._still_for(spot) >= self._settle_s for spot in (drop.xml, *drop.pictures))

    def _still_for(self, spot: Spot) -> float:
        """Seconds since size or time last changed, as far as this watcher saw."""
        _, since = self._still_since.get(spot, (None, self._monotonic()))
        return self._monotonic() - since

    async def _failed(self, drop: Drop, fault: Exception) -> bool:
        """A fault of one record, ours or its own: tried a few times, then set aside."""
        failing = self._failing.setdefault(drop.xml, _Failing(0, 0.0))
        failing.times += 1
        failing.until = self._monotonic() + (_REST_S * failing.times if self._settle_s else 0.0)
        _log.warning("drop_failed", fault=type(fault).__name__, times=failing.times, file=drop.xml.shown)
        if failing.times < _TRIES:
            return False
        if isinstance(fault, StoreError):  # a store's word about it: nothing is wrong with the record, it stays
            failing.until = self._monotonic() + min(_REST_S * failing.times, _LONGEST_REST_S)
            return False
        try:
            await self._move(
                drop.xml, drop.pictures, QUARANTINE, f"It could not be read ({type(fault).__name__}) in {_TRIES} tries."
            )
        except OSError:
            return False
        return True

    async def _set_odd_aside(self, listing: Listing) -> int:
        """Links and pipes are never read; they are moved as they are, whatever they point at."""
        moved = 0
        for spot, kind in listing.odd:
            self._tell("drop_file_odd", spot, kind=kind)
            with suppress(OSError):
                await self._move(spot, (), QUARANTINE, f"This was {kind}; only regular files are read.")
                moved += 1
        return moved

    async def _move(self, xml: Spot, pictures: Sequence[Spot], where: str, reason: str | None) -> None:
        """The record first: pictures without their record are never read. OSError when it stays where it is."""

        def move() -> None:
            self._folder.move(xml, where, reason)
            for spot in pictures:
                with suppress(OSError):  # it went with another record
                    self._folder.move(spot, where)

        await asyncio.to_thread(move)
        _log.info("drop_moved", to=where, pictures=len(pictures))

    def _tell(self, event: str, spot: Spot | None, *, folder: str = "", **fields: object) -> None:
        """A warning, once an hour a folder: nothing in here passes in silence, and nothing floods the log."""
        folder = printable("/".join(spot.folders)) if spot else folder
        mark, at = (event, folder), self._monotonic()
        if at - self._told.get(mark, at - _TELL_EVERY_S) >= _TELL_EVERY_S:
            self._told[mark] = at
            _log.warning("drop_needs_a_look", what=event, folder=folder, file=spot.shown if spot else "", **fields)


def _contest(drop: Drop, wanted: dict[Spot, tuple[Spot, ...]]) -> InputError | None:
    """Why nobody can tell whose these pictures are: another record here wants the same of a general name."""
    for spot in wanted.get(drop.xml, ()):
        rivals = [xml for xml, spots in wanted.items() if xml != drop.xml and spot in spots]
        if rivals and is_general(spot, drop.xml):
            return InputError(
                f"{spot.shown} is named by this record and by {rivals[0].shown}: nobody can tell whose picture it is. "
                "Set the cameras to name pictures after their record.",
                code="picture_contested",
            )
    return None
