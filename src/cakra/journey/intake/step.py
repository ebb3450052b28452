"""Writing a set of checked events in one transaction."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from cakra.core.errors import StoreAway, StoreError
from cakra.core.states.case import Finding
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.journey.intake.event import Accepted, CheckedEvent, Placed, StoredEvent
from cakra.journey.intake.faults import store_faults
from cakra.journey.intake.placing import KnownEvent, KnownPassage, PlacedEvent, place_events
from cakra.kit.ids import new_id, new_reference
from cakra.kit.settings import Intake
from cakra.store.cases import extend_cases, open_cases
from cakra.store.db import Connection, Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.intake")

_TRIES = 5


class _CaseGone(Exception):
    """A case that a record was to join is being erased: the record is placed anew, without it."""


# Another process was first, or two locked rows crosswise: what it committed is seen the next time.
_PASSING = (
    asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError, _CaseGone,
)  # fmt: skip
_ACQUIRE_S = 10.0
_EVENT = (
    "camera", "event_id", "content_hash", "raw_sha256", "door", "cell", "case_id", "joined", "offence",
    "occurred_at", "raw_time", "received_at", "record", "notes", "original",
)  # fmt: skip
_PHOTO = (
    "cell", "case_id", "camera", "event_id", "ordinal", "sha256", "role", "bytes", "width", "height", "box",
)  # fmt: skip
_TIMELINE = ("cell", "case_id", "event_id", "at", "actor", "told", "details")
_NEW = frozenset({Placed.OPENED, Placed.SAME_OFFENCE, Placed.OTHER_OFFENCE})


async def accept(pool: Pool, events: Sequence[CheckedEvent], *, at: datetime, settings: Intake) -> list[Accepted]:
    """Write a set of events whose photographs are durable already; one answer an event, in order.

    Durable when this returns. A conflict is an answer, not an error. Raises StorageFull or StoreError;
    then nothing of the set was written.
    """
    for _ in range(_TRIES):
        try:
            with store_faults(passing=_PASSING):
                async with pool.acquire(timeout=_ACQUIRE_S) as connection, connection.transaction():
                    return await _write(connection, events, at, settings)
        except _PASSING:
            continue
    raise StoreError("The events could not be written: other writers were always first. Send them again.")


async def find_stored(pool: Pool, camera: str, event_id: str) -> StoredEvent | None:
    """What is stored under that id, if anything. StoreError."""
    with store_faults():
        row = await pool.fetchrow(SQL.same_event, camera, event_id)
    return None if row is None else StoredEvent(**row)


async def _write(
    connection: Connection, events: Sequence[CheckedEvent], at: datetime, settings: Intake
) -> list[Accepted]:
    await connection.execute(SQL.lock_cells, sorted({event.cell for event in events}))
    known = await _find_known(connection, events)
    window = timedelta(seconds=settings.passage_window_s)
    stored = await _find_passages(connection, [event for event in events if event.key not in known], window)
    stored = await _with_companions(connection, events, known, stored)
    places = place_events(events, known, stored, [new_id() for _ in events], window)
    pairs = list(zip(events, places, strict=True))
    await _count_repeats(connection, pairs)
    fresh = [(event, place) for event, place in pairs if place.placed in _NEW]
    if fresh:
        await _refuse_leaving(connection, [event for event, _ in fresh])
        open_cases = await _extend_cases(connection, fresh, at)
        await _insert_cases(connection, fresh, at, timedelta(seconds=settings.hold_s))
        await _insert_events(connection, fresh)
        await _tell(connection, fresh, open_cases, at)
        await connection.execute(SQL.wake)
    return [_answer(event, place) for event, place in pairs]


async def _find_known(connection: Connection, events: Sequence[CheckedEvent]) -> dict[tuple[str, str], KnownEvent]:
    keys = [(event.camera, name) for event in events for name in (event.event_id, event.companion_of) if name]
    rows = await connection.fetch(SQL.find_events, *map(list, zip(*dict.fromkeys(keys), strict=True)))
    return {
        (row["camera"], row["event_id"]): KnownEvent(
            row["cell"], row["case_id"], Placed(row["joined"]), row["received_at"], row["content_hash"]
        )
        for row in rows
    }


async def _find_passages(
    connection: Connection, events: Sequence[CheckedEvent], window: timedelta
) -> list[KnownPassage]:
    wanted = [event for event in events if event.joins]
    if not wanted:
        return []
    rows = await connection.fetch(
        SQL.find_passages,
        [event.cell for event in wanted],
        [event.plate for event in wanted],
        [event.occurred_at for event in wanted],
        window,
    )
    return [_passage(row) for row in rows]


async def _with_companions(
    connection: Connection,
    events: Sequence[CheckedEvent],
    known: Mapping[tuple[str, str], KnownEvent],
    stored: list[KnownPassage],
) -> list[KnownPassage]:
    """The passages, and the cases into which earlier claims of the same records were written."""
    firsts = [known.get((event.camera, event.companion_of)) for event in events if event.companion_of]
    there = {(passage.cell, passage.case_id) for passage in stored}
    missing = sorted({(one.cell, one.case_id) for one in firsts if one} - there)
    if not missing:
        return stored
    rows = await connection.fetch(SQL.find_cases, *map(list, zip(*missing, strict=True)))
    return [*stored, *(_passage(row) for row in rows)]


def _passage(row: Row) -> KnownPassage:
    return KnownPassage(row["cell"], row["case_id"], row["plate"], row["occurred_at"], list(row["offences"]))


async def _count_repeats(connection: Connection, pairs: Sequence[tuple[CheckedEvent, PlacedEvent]]) -> None:
    """Count the same event again; those that came twice within this set are counted when inserted."""
    first_here = {event.key for event, place in pairs if place.placed in _NEW}
    times = Counter(
        event.key for event, place in pairs if place.placed is Placed.REPEATED and event.key not in first_here
    )
    if times:
        cameras, ids = zip(*times, strict=True)
        await connection.execute(SQL.count_repeats, list(cameras), list(ids), list(times.values()))


async def _refuse_leaving(connection: Connection, events: Sequence[CheckedEvent]) -> None:
    """StoreAway where a photograph was found in the store that is just being deleted there, with an erased case."""
    pictures = [(photo.sha256, event.received_at) for event in events for photo in event.photos]
    if pictures and await connection.fetchval(SQL.is_leaving, *map(list, zip(*pictures, strict=True))):
        raise StoreAway("A photograph of this record is just leaving the store with an old case: send it again.")


async def _extend_cases(
    connection: Connection, fresh: Sequence[tuple[CheckedEvent, PlacedEvent]], at: datetime
) -> set[tuple[int, int]]:
    """Give stored cases their new offences; the keys of those that still took them."""
    joined = {id(place.case): place.case for _, place in fresh if place.case and place.case.opened_by is None}
    cases = sorted(joined.values(), key=lambda case: (case.cell, case.case_id))
    if not cases:
        return set()
    keys = [case.cell for case in cases], [case.case_id for case in cases]
    if len(await connection.fetch(SQL.keep_cases, *keys)) < len(cases):
        raise _CaseGone
    return await extend_cases(connection, [(case.cell, case.case_id, case.added) for case in cases], at)


async def _insert_cases(
    connection: Connection,
    fresh: Sequence[tuple[CheckedEvent, PlacedEvent]],
    at: datetime,
    hold: timedelta,
) -> None:
    await open_cases(
        connection,
        [
            {
                "cell": case.cell,
                "case_id": case.case_id,
                "reference": new_reference(case.cell),
                "jurisdiction": event.jurisdiction,
                "state": State.RECEIVED.value,
                "state_since": at,
                "plate": event.plate,
                "claimed_plate": event.plate,
                "offences": case.offences,
                "occurred_at": event.occurred_at,
                "received_at": event.received_at,
                "camera": event.camera,
                "vehicle_kind": event.vehicle_kind,
                "step": Step.SCREENING.value,
                "due_at": at + hold,
            }
            for event, place in fresh
            if (case := place.case) is not None and place.placed is Placed.OPENED
        ],
    )


async def _insert_events(connection: Connection, fresh: Sequence[tuple[CheckedEvent, PlacedEvent]]) -> None:
    rows, photos = [], []
    for event, place in fresh:
        cell, case_id = place.first.cell, place.first.case_id
        head = (*event.key, event.content_hash, event.raw_sha256, event.door, cell, case_id)
        time = (event.occurred_at, event.raw_time, event.received_at)
        notes = [note_record(note) for note in event.notes]
        said = (_json(event.record), _json(notes), event.original)
        rows.append((*head, place.placed.value, event.offence, *time, *said))
        for ordinal, photo in enumerate(event.photos):
            size = (photo.bytes, photo.width, photo.height)
            box = None if photo.box is None else list(photo.box)
            photos.append((cell, case_id, *event.key, ordinal, photo.sha256, photo.role, *size, box))
    await connection.copy_records_to_table("camera_event", records=rows, columns=_EVENT)
    if photos:
        await connection.copy_records_to_table("photo", records=photos, columns=_PHOTO)


async def _tell(
    connection: Connection,
    fresh: Sequence[tuple[CheckedEvent, PlacedEvent]],
    open_cases: set[tuple[int, int]],
    at: datetime,
) -> None:
    """The case's timeline: received, joined, or an offence that came after the machine had decided."""
    rows = []
    for event, place in fresh:
        key = (place.first.cell, place.first.case_id)
        stored = place.case is not None and place.case.opened_by is None
        told = "received" if place.placed is Placed.OPENED else "joined"
        if place.placed is Placed.OTHER_OFFENCE and stored and key not in open_cases:
            told = "late_finding"
        details = {"offence": event.offence, "camera": event.camera, "joined": place.placed.value}
        rows.append((*key, new_id(), at, f"camera:{event.camera}", told, _json(details)))
    await connection.copy_records_to_table("case_event", records=rows, columns=_TIMELINE)


def note_record(note: Finding) -> dict[str, Any]:
    """A finding as it is stored in `camera_event.notes`."""
    return {
        "check": note.check,
        "verdict": note.verdict,
        "words_id": note.words_id,
        "words_en": note.words_en,
        "facts": dict(note.facts),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _answer(event: CheckedEvent, place: PlacedEvent) -> Accepted:
    first = place.first
    return Accepted(
        event.camera,
        event.event_id,
        place.placed,
        first.joined,
        first.cell,
        first.case_id,
        first.received_at,
        first.content_hash,
    )
