"""Where each camera stands, and an officer's word that one is trusted again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cakra.core.access.rights import Act, Foreign, NotAllowed
from cakra.core.errors import InputError, NotFound
from cakra.journey.watching.rules import Agreement, CameraTrust, Cause, Limits, Shift, shift_of
from cakra.journey.watching.watch import SQL, agreements_lately, references_so_far, windows_now
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Database, Pool, Row
from cakra.store.rights import may

_LONGEST_REASON = 300
_GONE = "No camera {0!r} is in alarm or with officers; `cakra camera watch` shows all."
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StandingChange:
    """The newest change of a standing. `officer` None: the machine; `figures`: what was counted then."""

    at: datetime
    figures: Mapping[str, Any]
    officer: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class CameraStanding:
    """One camera. `reference` and `window`: readings a bucket; `reference_full`: nothing is added to it any more."""

    code: str
    place: str
    jurisdiction: str
    active: bool
    outcome: CameraTrust
    causes: Sequence[Cause]
    since: datetime | None
    window_from: datetime | None
    agreement: Agreement
    reference: Sequence[int] = ()
    reference_full: bool = False
    window: Sequence[int] = ()
    shift: Shift | None = None
    change: StandingChange | None = field(default=None)
    heard_at: datetime | None = None


async def list_standings(
    database: Database, limits: Limits, at: datetime, jurisdictions: Sequence[str] | None = None
) -> list[CameraStanding]:
    """Every camera in use, of all jurisdictions or of these: with officers first, then alarms, then by code."""
    rows = await database.fetch(SQL.standings, jurisdictions)
    agreements = await agreements_lately(database, at)
    today = at.astimezone(UTC).date()
    forming = await references_so_far(database, today)
    windows = await windows_now(database, today, limits)
    return [
        _standing(
            row,
            agreements.get(row["code"], Agreement(0, 0)),
            row["reference"] or forming.get(row["code"], ()),
            windows.get(row["code"], ()),
            limits,
        )
        for row in rows
    ]


def _standing(
    row: Row, agreement: Agreement, reference: Sequence[int], window: Sequence[int], limits: Limits
) -> CameraStanding:
    full = row["reference"] is not None
    return CameraStanding(
        row["code"],
        row["place"],
        row["jurisdiction"],
        row["active"],
        CameraTrust(row["outcome"]),
        tuple(map(Cause, row["causes"])),
        row["since"],
        row["window_from"],
        agreement,
        reference,
        full,
        window,
        shift_of(reference, window, limits) if full and window else None,
        _change(row) if row["changed_at"] else None,
        row["heard_at"],
    )


def _change(row: Row) -> StandingChange:
    return StandingChange(
        row["changed_at"], json.loads(row["figures"]), row["officer_name"] or row["officer"], row["reason"]
    )


async def trust_again(pool: Pool, camera: str, *, by: str, reason: str) -> None:
    """End an alarm or a fall-back: the machine's word counts again, and everything is counted anew from now.

    `by`: user name of an authenticated officer. InputError without a reason; NotAllowed; NotFound when no such camera
    is in alarm or with officers, and for one of an office whose cameras `by` does not see.
    """
    reason, at = reason.strip(), now()
    if not reason or len(reason) > _LONGEST_REASON or "\x00" in reason:
        raise InputError(f"Give a reason of 1 to {_LONGEST_REASON} characters.", code="watch_reason")
    async with pool.acquire() as connection, connection.transaction():
        place = None if "\x00" in camera else await connection.fetchval(SQL.camera_jurisdiction, camera)
        if not await may(connection, by, Act.TRUST_CAMERAS, place):
            if await may(connection, by, Act.SEE_CAMERAS, place):
                raise NotAllowed(by, Act.TRUST_CAMERAS, place)
            raise Foreign(_GONE.format(camera), by, Act.TRUST_CAMERAS, place, "no_such_watch")
        found = [] if place is None else await connection.fetch(SQL.lock_standings, [camera])
        if not found or found[0]["outcome"] == CameraTrust.TRUSTED:
            raise NotFound(_GONE.format(camera), code="no_such_watch")
        agreement = (await agreements_lately(connection, at)).get(camera, Agreement(0, 0))
        figures = {"agreed": agreement.agreed, "decided": agreement.decided, "before": found[0]["outcome"]}
        await connection.execute(SQL.trust_again, camera, at)
        trusted = CameraTrust.TRUSTED.value
        await connection.execute(SQL.tell_change, new_id(), camera, at, trusted, [], json.dumps(figures), by, reason)
    _log.warning("camera_trusted_again", camera=camera, officer=by, before=found[0]["outcome"])
