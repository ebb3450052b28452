"""From rows in clear to sealed rows ready for COPY; runs in worker processes, so it keeps its imports light."""

import multiprocessing
import os
import signal
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import resource_tracker

from cakra.core.law.vehicle import PlateColour, VehicleKind
from cakra.core.tables.values import is_month_first, plain_code
from cakra.journey.ownership.reading.rows import RegisterRow, RowFault, may_be_plate, read_row, spell_of
from cakra.journey.ownership.rules import (
    CHASSIS_INDEX,
    OWNER_INDEX,
    PHONE_INDEX,
    ROW_INDEX,
    WHOLE_CHASSIS,
    WHOLE_ENGINE,
    PhoneProblem,
    seal_binding,
    with_plate,
)
from cakra.kit.seal import Sealer

# PostgreSQL's binary COPY format: header, rows of length-prefixed fields, trailer.
COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
COPY_TRAILER = struct.pack(">h", -1)
STAGING_COLUMNS = (
    "line",
    "plate",
    "valid_from",
    "valid_to",
    "vehicle_kind",
    "brand",
    "model",
    "colour",
    "year",
    "plate_colour",
    "electric",
    "chassis_last5",
    "chassis",
    "engine",
    "owner_key",
    "owner",
    "phone",
    "fingerprint",
)
_FIELD_COUNT = struct.pack(">h", len(STAGING_COLUMNS))
_NULL = struct.pack(">i", -1)
_OPEN_QUOTE = "a quotation mark is not closed"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_long, _short, _length = struct.Struct(">q").pack, struct.Struct(">h").pack, struct.Struct(">i").pack


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows with their lines, and lines that could not be split into fields: number, why, what is in them."""

    rows: Sequence[tuple[int, Sequence[str]]] = field(repr=False)
    broken: Sequence[tuple[int, str, Sequence[str]]] = ()


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row for the report: its line, what is wrong, and its plate as it stood in the file, to find it by."""

    line: int
    faults: Sequence[RowFault] = field(repr=False)
    plate: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedChunk:
    """What the database gets (COPY rows without header and trailer) and what the report gets."""

    copy_rows: bytes = field(repr=False)
    count: int
    counts: Mapping[str, int]
    """Of the rows taken, how many had what (`COUNTED`)."""
    wrong: Sequence[WrongRow] = field(repr=False)
    unread: Sequence[tuple[str, datetime]] = field(repr=False)
    """Plate and beginning of spells whose rows were refused: somebody owned the vehicle from then on, but who?"""


COUNTED = (
    "phone", "email", "number", "address", "phone_given", "phone_malformed",
    "kind_unknown", "plate_colour_unknown", "electric_unknown", "nik", "nik_rounded",
)  # fmt: skip
_NIK_LENGTH = 16
MONTH_FIRST = "month_first"
"""Counted beside them: rows refused for a day that can only be read with its month first."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """All that a worker needs to judge and seal chunks of one file."""

    sealer: Sealer = field(repr=False)
    layout: Mapping[str, int]
    width: int

    def seal_chunk(self, chunk: Chunk) -> SealedChunk:
        """Judge, normalise and seal every row of a chunk."""
        parts: list[bytes] = []
        counted, month_first = [], 0
        unread: list[tuple[str, datetime]] = []
        wrong = [
            WrongRow(line, [RowFault("", why, _OPEN_QUOTE)], self._plate(cells)) for line, why, cells in chunk.broken
        ]
        for line, values in chunk.rows:
            row = self._read(values)
            if isinstance(row, RegisterRow):
                parts.append(self._copy_row(line, row))
                counted.append(_counted(row))
            else:
                wrong.append(WrongRow(line, row, self._plate(values)))
                month_first += self._is_month_first(values)
                if (spell := spell_of(values, self.layout)) is not None:
                    unread.append(spell)
        sums = map(sum, zip(*counted, strict=True)) if counted else [0] * len(COUNTED)
        counts = {**dict(zip(COUNTED, sums, strict=True)), MONTH_FIRST: month_first}
        return SealedChunk(b"".join(parts), len(parts), counts, sorted(wrong, key=lambda one: one.line), unread)

    def _read(self, values: Sequence[str]) -> RegisterRow | list[RowFault]:
        if len(values) != self.width and (len(values) < self.width or "".join(values[self.width :]).strip()):
            fault = f"has {len(values)} values where the header has {self.width}"
            return [RowFault("", fault, "has another number of values than the header")]
        if not "".join(values).strip():
            return [RowFault("", "the row is empty", "the row is empty")]
        return read_row(values, self.layout)

    def _plate(self, values: Sequence[str]) -> str:
        """What stands where the plate is, if it can be one; a row that slipped holds somebody's name there."""
        place = self.layout["plate"]
        given = plain_code(values[place]) if place < len(values) else ""
        return given if may_be_plate(given) else ""

    def _is_month_first(self, values: Sequence[str]) -> bool:
        places = [self.layout[name] for name in ("valid_from", "valid_to") if name in self.layout]
        return any(place < len(values) and is_month_first(plain_code(values[place])) for place in places)

    def _copy_row(self, line: int, row: RegisterRow) -> bytes:
        phone, owner = row.phone.e164, _owner(row)
        index = self.sealer.index
        year = None if row.year is None else _short(row.year)
        plain = [
            row.plate.encode(),
            _instant(row.valid_from),
            None if row.valid_to is None else _instant(row.valid_to),
            row.vehicle_kind.encode(),
            _text(row.brand),
            _text(row.model),
            _text(row.colour),
            year,
            row.plate_colour.encode(),
            None if row.electric is None else b"\1" if row.electric else b"\0",
        ]
        papers = f"chassis={row.chassis or ''}", f"engine={row.engine or ''}"
        told = (f"{key}={owner[key]}" for key in sorted(owner))
        whole = "\x00".join([repr(plain), row.chassis_last5, *papers, *told])
        sealed = [
            index(CHASSIS_INDEX, row.chassis_last5),
            None if row.chassis is None else index(WHOLE_CHASSIS, with_plate(row.plate, row.chassis)),
            None if row.engine is None else index(WHOLE_ENGINE, with_plate(row.plate, row.engine)),
            None if row.owner_number is None else index(OWNER_INDEX, row.owner_number),
            self.sealer.seal_record(owner, seal_binding(row.plate, row.valid_from)),
            None if phone is None else index(PHONE_INDEX, phone),
            index(ROW_INDEX, whole),
        ]
        return _FIELD_COUNT + b"".join(map(_field, [_long(line), *plain, *sealed]))


def _owner(row: RegisterRow) -> dict[str, str]:
    """What is sealed of the owner."""
    owner: dict[str, str] = {
        "name": row.owner_name,
        "number": row.number_given,
        "address": row.address,
        "phone": row.phone.e164 or row.phone_given,
    }
    if row.phone.problem:
        owner["phone_problem"] = row.phone.problem
    if row.email:
        owner["email"] = row.email
    if row.preferred_channel:
        owner["preferred_channel"] = row.preferred_channel.value
    if row.language:
        owner["language"] = row.language
    return owner


def _counted(row: RegisterRow) -> tuple[bool, ...]:
    """Whether a row has each of `COUNTED`."""
    nik = row.owner_number if row.owner_number and len(row.owner_number) == _NIK_LENGTH else ""
    return (
        row.phone.e164 is not None,
        row.email is not None,
        row.owner_number is not None,
        bool(row.address),
        bool(row.phone_given),
        row.phone.problem is PhoneProblem.MALFORMED,
        row.vehicle_kind is VehicleKind.UNKNOWN,
        row.plate_colour is PlateColour.UNKNOWN,
        row.electric is None,
        bool(nik),
        nik.endswith("0"),
    )


def _field(value: bytes | None) -> bytes:
    return _NULL if value is None else _length(len(value)) + value


def _text(value: str | None) -> bytes | None:
    return None if value is None else value.encode()


def _instant(value: datetime) -> bytes:
    since = value - _EPOCH
    return _long((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


_sealing: Sealing | None = None


@contextmanager
def unheard_interrupts() -> Iterator[None]:
    """Workers that are started meanwhile do not hear Ctrl-C before `start_worker` has made them deaf to it.

    One that died of it while it began would break the pool, and Debian 12's Python (3.11.2) then waits for ever
    (cpython issue 94777). Ctrl-C itself is not lost: it waits until the end of this block.
    """
    resource_tracker.ensure_running()  # its own start would lift the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_worker(sealing: Sealing) -> None:
    """Make this process a sealing worker: Ctrl-C is the parent's to answer, and we end when it ends."""
    global _sealing  # noqa: PLW0603 - a pool's worker has no other place for what it was started with
    _sealing = sealing
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def seal_in_worker(chunk: Chunk) -> SealedChunk:
    """Seal one chunk in a worker that `start_worker` prepared."""
    assert _sealing is not None
    return _sealing.seal_chunk(chunk)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
