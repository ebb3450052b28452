"""Cases as intake would have written them, brought in by COPY: no photographs, screening due now."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cakra.bench.measuring.ground import CAMERA, OFFENCE
from cakra.kit.ids import new_id, new_reference
from cakra.store.db import Connection, Pool

_CASE = (
    "cell", "case_id", "reference", "jurisdiction", "state", "state_since", "plate", "claimed_plate", "offences",
    "occurred_at", "received_at", "camera", "step", "due_at",
)  # fmt: skip
_EVENT = (
    "camera", "event_id", "content_hash", "raw_sha256", "door", "cell", "case_id", "joined", "offence",
    "occurred_at", "raw_time", "received_at", "record",
)  # fmt: skip
_TOLD = ("cell", "case_id", "event_id", "at", "actor", "told", "details")
_PHOTO = (
    "cell", "case_id", "camera", "event_id", "ordinal", "sha256", "role", "bytes", "width", "height", "box",
)  # fmt: skip
_RECORD = json.dumps({"vehicle": {"kind": "unknown"}, "red_light_s": 1.8})


async def sample_plates(pool: Pool, count: int) -> list[tuple[str, str]]:
    """(plate, vehicle kind) of vehicles whose owner can be reached; each once."""
    rows = await pool.fetch(
        "select distinct on (plate) plate, vehicle_kind from registration where phone is not null "
        "and valid_to is null order by plate limit $1",
        count,
    )
    return [(row["plate"], row["vehicle_kind"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Shot:
    """A photograph that is in the store already."""

    sha256: bytes
    size: int
    width: int
    height: int
    box: tuple[int, int, int, int]


async def copy_cases(
    connection: Connection, plates: Sequence[str], at: datetime, shots: Mapping[str, Sequence[Shot]] | None = None
) -> None:
    """One case a plate, received at `at`, in one transaction, with its photographs if any; wakes the worker."""
    keys = [(place % 16, new_id()) for place in range(len(plates))]
    zero = bytes(32)
    cases = [
        (
            cell,
            case_id,
            new_reference(cell),
            "PMJ",
            "received",
            at,
            plate,
            plate,
            [OFFENCE],
            at,
            at,
            CAMERA,
            "screening",
            at,
        )
        for (cell, case_id), plate in zip(keys, plates, strict=True)
    ]
    events = [
        (CAMERA, str(case_id), zero, zero, "events", cell, case_id, "opened", OFFENCE, at, at.isoformat(), at, _RECORD)
        for cell, case_id in keys
    ]
    told = [(cell, case_id, new_id(), at, f"camera:{CAMERA}", "received", "{}") for cell, case_id in keys]
    async with connection.transaction():
        await connection.copy_records_to_table("case_file", records=cases, columns=_CASE)
        await connection.copy_records_to_table("camera_event", records=events, columns=_EVENT)
        await connection.copy_records_to_table("case_event", records=told, columns=_TOLD)
        if shots is not None:
            photos = _photo_rows(keys, plates, shots)
            await connection.copy_records_to_table("photo", records=photos, columns=_PHOTO)
        await connection.execute("select pg_notify('cakra_due', 'screening')")


def _photo_rows(
    keys: Sequence[tuple[int, int]], plates: Sequence[str], shots: Mapping[str, Sequence[Shot]]
) -> list[tuple[object, ...]]:
    return [
        (cell, case_id, CAMERA, str(case_id), place, s.sha256, "scene", s.size, s.width, s.height, list(s.box))
        for (cell, case_id), plate in zip(keys, plates, strict=True)
        for place, s in enumerate(shots[plate])
    ]
