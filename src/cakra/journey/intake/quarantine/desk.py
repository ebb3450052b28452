"""What was set aside, before a person: listed, shown masked, tried again through its own door, or dropped; recorded."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cakra.core.access.rights import Act, Foreign
from cakra.core.errors import Conflict, InputError, NotFound
from cakra.journey.intake.faults import store_faults
from cakra.journey.intake.quarantine.keeping import id_bytes
from cakra.journey.intake.quarantine.showing import ShownInput, masked, shown
from cakra.journey.intake.registering.cameras import SQL
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.db import Database, Pool
from cakra.store.rights import may, require

_LONGEST_REASON = 300
_LONGEST_ID = 2**63
_SETTLED = "quarantine_settled"
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class QuarantineLine:
    """One row as a list shows it.

    `whole`: its body is there; `settled_as`: released, dropped, or None; `jurisdiction`: of its camera; None of a
    stranger's.
    """

    quarantine_id: int
    received_at: datetime
    expires_at: datetime
    door: str
    camera: str | None
    authentic: bool
    code: str
    reason: str
    raw_bytes: int
    whole: bool
    settled_as: str | None
    jurisdiction: str | None = None

    @property
    def why(self) -> str:
        """The reason, fit for a page and a terminal."""
        return masked(self.reason).replace("\n", " ")


@dataclass(frozen=True, slots=True)
class KeptInput:
    """One row, opened, for the door that reads it again."""

    quarantine_id: int
    door: str
    camera: str | None
    authentic: bool
    code: str
    received_at: datetime
    raw_sha256: bytes
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Released:
    """What became of an input that was tried again: a stable word, and the same for people."""

    outcome: str
    words_id: str
    words_en: str


Release = Callable[[KeptInput], Awaitable[Released]]
"""Reads one door's input again. InputError says why it is refused once more; StoreError, that it can wait."""


class QuarantineDesk:
    """The quarantine for people. `releases`: door → how its input is read again; `sealer`: purpose 'quarantine'."""

    def __init__(
        self, pool: Pool, sealer: Sealer, releases: Mapping[str, Release], *, clock: Callable[[], datetime] = now
    ) -> None:
        self._pool = pool
        self._sealer = sealer
        self._releases = releases
        self._clock = clock

    async def lines(
        self,
        *,
        door: str = "",
        camera: str = "",
        before: int | None = None,
        most: int = 50,
        settled: bool = False,
        jurisdictions: Sequence[str] | None = None,
    ) -> list[QuarantineLine]:
        """What waits, the newest first.

        `before`: rows older than that one; `settled`: what was dealt with too; `jurisdictions`: of the cameras of these
        offices, None for all and strangers'.
        """
        values = (_plain(door) or None, _plain(camera) or None, before or _LONGEST_ID - 1, most, settled, jurisdictions)
        with store_faults():
            return [QuarantineLine(**row) for row in await self._pool.fetch(SQL.quarantine_lines, *values)]

    async def counts(self, jurisdictions: Sequence[str] | None = None) -> list[tuple[str, str, int]]:
        """Door, code and how many rows wait, the most first; of each at most a thousand are counted."""
        with store_faults():
            rows = await self._pool.fetch(SQL.quarantine_counts, jurisdictions)
        return [(row["door"], row["code"], row["rows"]) for row in rows]

    async def show(self, quarantine_id: int, *, by: str) -> tuple[QuarantineLine, ShownInput | None]:
        """One row and a masked view of it (None: its body is gone); that it was seen is recorded.

        NotFound, also for one of an office that `by` does not see.
        """
        line = await self._line(quarantine_id, by)
        kept = await self._open(line)
        await self._record(quarantine_id, by, "show", "shown", "")
        return line, None if kept is None else shown(kept.body, kept.headers)

    async def release(self, quarantine_id: int, *, by: str, reason: str = "") -> Released:
        """Try one again through its own door. NotFound, Conflict (dealt with already); InputError: refused again."""
        reason, line = _reason(reason, needed=False), await self._waiting(quarantine_id, by)
        again = self._releases.get(line.door)
        kept = await self._open(line)
        if again is None or kept is None:
            raise InputError(_cannot(line, known=again is not None), code="quarantine_fixed")
        try:
            released = await again(kept)
        except InputError as refused:
            await self._record(quarantine_id, by, "release", f"refused: {refused.code}", reason)
            raise
        await self._settle(quarantine_id, by, "release", "released", released.outcome, reason)
        _log.info("quarantine_released", quarantine_id=quarantine_id, door=line.door, outcome=released.outcome)
        return released

    async def drop(self, quarantine_id: int, *, by: str, reason: str) -> None:
        """Give one up, with a reason; its body is deleted, that it was there stays. NotFound, Conflict, InputError."""
        reason, line = _reason(reason, needed=True), await self._waiting(quarantine_id, by)
        await self._settle(quarantine_id, by, "drop", "dropped", "dropped", reason)
        _log.info("quarantine_dropped", quarantine_id=quarantine_id, door=line.door)

    async def _line(self, quarantine_id: int, by: str) -> QuarantineLine:
        with store_faults():
            row = (
                await self._pool.fetchrow(SQL.quarantine_line, quarantine_id)
                if 0 < quarantine_id < _LONGEST_ID
                else None
            )
        gone = f"Nothing {quarantine_id} is in quarantine, or its time was up; `cakra quarantine list` shows all."
        if row is None:
            raise NotFound(gone)
        with store_faults():
            if not await may(self._pool, by, Act.SEE_QUARANTINE, row["jurisdiction"]):
                raise Foreign(gone, by, Act.SEE_QUARANTINE, row["jurisdiction"])
        return QuarantineLine(**row)

    async def _waiting(self, quarantine_id: int, by: str) -> QuarantineLine:
        line = await self._line(quarantine_id, by)
        with store_faults():
            await require(self._pool, by, Act.SETTLE_QUARANTINE, line.jurisdiction)
        if line.settled_as is not None:
            raise Conflict(f"{quarantine_id} was {line.settled_as} already; nothing was changed.", code=_SETTLED)
        return line

    async def _open(self, line: QuarantineLine) -> KeptInput | None:
        with store_faults():
            row = await self._pool.fetchrow(SQL.quarantine_body, line.quarantine_id)
        if row is None or row["body"] is None:
            return None
        bound = id_bytes(line.quarantine_id)
        return KeptInput(
            line.quarantine_id,
            line.door,
            line.camera,
            line.authentic,
            line.code,
            line.received_at,
            row["raw_sha256"],
            self._sealer.open(row["body"], bound),
            self._sealer.open_record(row["headers"], bound) if row["headers"] else {},
        )

    async def _settle(self, quarantine_id: int, by: str, action: str, settled: str, outcome: str, reason: str) -> None:  # noqa: PLR0917 - a row of the record
        with store_faults():
            async with self._pool.acquire() as connection, connection.transaction():
                if not await connection.fetchval(SQL.settle_quarantine, quarantine_id, self._clock(), settled):
                    raise Conflict(f"{quarantine_id} was dealt with meanwhile; nothing was changed.", code=_SETTLED)
                await self._record(quarantine_id, by, action, outcome, reason, connection)

    async def _record(  # noqa: PLR0917 - a row of the record
        self, quarantine_id: int, by: str, action: str, outcome: str, reason: str, database: "Database | None" = None
    ) -> None:
        values = (new_id(), quarantine_id, self._clock(), by, action, outcome, reason)
        with store_faults():
            await (database or self._pool).execute(SQL.record_quarantine_action, *values)


async def quarantine_growth(database: Database, at: datetime) -> Mapping[str, int]:
    """What waits that somebody known sent: `waiting`, of the last `day`, of the day `before`; at most 10,000 each."""
    row = await database.fetchrow(SQL.quarantine_growth, at)
    return dict(row) if row else {}


def _reason(text: str, *, needed: bool) -> str:
    """InputError for none where one is needed, and for one that is too long."""
    text = _plain(" ".join(text.split()))
    if len(text) > _LONGEST_REASON or (needed and not text):
        raise InputError(f"Give a reason of 1 to {_LONGEST_REASON} characters.", code="quarantine_reason")
    return text


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isprintable())


def _cannot(line: QuarantineLine, *, known: bool) -> str:
    if not known:
        return f"What came to the door {line.door} cannot be tried again from here; drop it, or let its sender send it."
    return f"The body of {line.quarantine_id} is not kept (it was too large, or one stranger's too many); drop it."
