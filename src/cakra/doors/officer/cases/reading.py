"""One case as an officer reads it, from a few plain questions; every reading of one is noted."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cakra.core.access.rights import Act, Foreign
from cakra.core.errors import InputError, NotFound
from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.core.states.journey import TABLE, State
from cakra.core.states.moves import Mover
from cakra.doors.officer.deps import OfficerDeps
from cakra.doors.officer.entrance.session import SQL, Session
from cakra.journey.ownership.lookup import find_owners
from cakra.journey.review import Decision, Sending, open_decisions
from cakra.journey.review.rules import sending_of
from cakra.kit.ids import read_reference
from cakra.store import rights
from cakra.store.db import Connection, Row
from cakra.store.notices import newest_confirmation

# Of answered cases only those the machine has no step for wait here: nobody authorised it to charge.
DESK = ("review", "unidentified", "undeliverable", "answered", "disputed")
NO_CASE = "There is no case by this reference; compare it with the message."
_WORST = {"divert": 0, "fail": 1, "doubt": 2, "caution": 3, "ok": 4}


@dataclass(frozen=True)
class CaseFile:
    """One case with everything its pages show. `findings` worst first; `readings` as screening kept them."""

    row: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    readings: Sequence[Mapping[str, Any]]
    policy: str | None
    photos: Sequence[Row]
    derived: Mapping[str, Row]
    sightings: Sequence[Row]
    candidates: Sequence[str]
    registered: Mapping[str, Row]
    open: tuple[Decision, ...]
    sending: Sending
    contacted: bool
    notices: Sequence[Row] = ()
    answers: Sequence[Row] = ()
    owner: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def key(self) -> tuple[int, int]:
        """(cell, case id)."""
        return self.row["cell"], self.row["case_id"]

    @property
    def state(self) -> State:
        """Where it stands."""
        return State(self.row["state"])

    @property
    def mover(self) -> str:
        """Who has the next action."""
        return Mover.OFFICER.value if self.on_desk else TABLE[self.state].mover.value

    @property
    def on_desk(self) -> bool:
        """Whether an officer is next."""
        return self.state.value in DESK and (self.state is not State.ANSWERED or self.row["step"] is None)

    @property
    def askable(self) -> list[str]:
        """The plates whose owner can be shown."""
        own = self.row["plate"] if self.row["contact"] is not None or self.answers else None
        return [plate for plate in self.candidates if plate in self.registered or plate == own]

    @property
    def proposed_plate(self) -> str:
        """What the plate field begins with: the first candidate the register knows, else the first there is."""
        known = [plate for plate in self.candidates if plate in self.registered]
        first = (known or list(self.candidates))[:1]
        return parse_plate(first[0]).spaced if first else self.row["plate"] or ""


def check_jurisdiction(session: Session, act: Act, jurisdiction: str) -> None:
    """Foreign where this officer reads no cases of that office; NotAllowed where the act alone is not granted."""
    if not session.may(Act.READ_CASES, jurisdiction):
        raise Foreign(NO_CASE, session.username, act, jurisdiction)
    session.require(act, jurisdiction)


async def open_file(  # noqa: PLR0917 - who reads what, and why
    deps: OfficerDeps, session: Session, typed: str, what: str, reason: str, act: Act = Act.READ_CASES
) -> CaseFile:
    """The case of a reference, for an act upon it. The reading is noted.

    NotFound alike for a wrong form, an unknown one and one of another office (Foreign); NotAllowed.
    """
    async with deps.pool.acquire() as connection:
        row = await _find_row(connection, typed)
        check_jurisdiction(session, act, row["jurisdiction"])
        key = (row["cell"], row["case_id"])
        screening = await connection.fetchrow(SQL.newest_screening, *key)
        photos = await connection.fetch(SQL.photos, *key)
        derived = {found["kind"]: found for found in await connection.fetch(SQL.derived, *key)}
        sightings = await connection.fetch(SQL.sightings, *key)
        readings = json.loads(screening["readings"]) if screening else []
        candidates = plates_of([row["plate"], *(reading.get("text") for reading in readings)])
        registered = await connection.fetch(SQL.registered, candidates, row["occurred_at"])
        notice = await newest_confirmation(connection, *key)
        notices = await connection.fetch(SQL.notices, *key)
        answers = await connection.fetch(SQL.answers, *key)
    await note_access(deps, session, [key], what, reason)
    contacted, sending = bool(notice and notice["contacted"]), sending_of(notice["state"] if notice else None)
    findings = json.loads(screening["findings"]) if screening else []
    return CaseFile(
        dict(row),
        sorted(findings, key=lambda finding: _WORST.get(finding["verdict"], 0)),
        readings,
        screening["policy"] if screening else None,
        photos,
        derived,
        sightings,
        candidates,
        {known["plate"]: known for known in registered},
        open_decisions(State(row["state"]), contacted=contacted, sending=sending, answered=_answered(row, answers)),
        sending,
        contacted,
        notices,
        answers,
    )


async def _find_row(connection: Connection, typed: str) -> Row:
    """The case's own row; NotFound."""
    try:
        cell, reference = read_reference(typed)
    except InputError as problem:
        raise NotFound(NO_CASE) from problem
    row = await connection.fetchrow(SQL.file, cell, reference)
    if row is None:
        raise NotFound(NO_CASE)
    return row


def _answered(case: Row, answers: Sequence[Row]) -> str | None:
    """The kind of the newest answer of the party whose turn it is."""
    return next((one["kind"] for one in reversed(answers) if one["party_id"] == case["party_id"]), None)


def plates_of(texts: Iterable[str | None]) -> list[str]:
    """The plates among some texts, canonical, each once."""
    plates: dict[str, None] = {}
    for text in texts:
        try:
            plates[parse_plate(text or "").text] = None
        except PlateError:
            continue
    return list(plates)


async def note_access(
    deps: OfficerDeps, session: Session, keys: Sequence[tuple[int, int]], what: str, reason: str
) -> None:
    """Write down who read what of which cases, and why."""
    await rights.note_access(deps.pool, session.username, keys, what, reason, deps.clock())


async def owner_of(deps: OfficerDeps, file: CaseFile, plate: str) -> Mapping[str, Any]:
    """The personal data of the owner of one of the case's candidate plates, and what the owner said last."""
    wanted = plate if plate in file.candidates else file.row["plate"] or ""
    owner = {**(await _addressee(deps, file, wanted) or {}), "plate": wanted}
    if file.answers:
        newest = file.answers[-1]
        owner["said"] = deps.answers.open_record(newest["details"], newest["answer_id"].to_bytes(8))
    return owner


async def _addressee(deps: OfficerDeps, file: CaseFile, plate: str) -> Mapping[str, Any] | None:
    """The case's own sealed snapshot, else the register's at that instant."""
    sealed = file.row["contact"]
    if sealed is not None and plate == file.row["plate"]:
        return deps.addressees.open_record(sealed, file.row["owner_id"].to_bytes(8))
    found = (await find_owners(deps.pool, deps.register, [(plate, file.row["occurred_at"])]))[0]
    if found is None:
        return None
    phone = found.phone or (found.phone_problem.value if found.phone_problem else None)
    return {"name": found.name, "address": found.address, "phone": phone, "email": found.email}


@dataclass(frozen=True)
class History:
    """What happened to a case: the timeline, and each notice with its attempts and receipts."""

    timeline: Sequence[Mapping[str, Any]]
    attempts: Mapping[int, Sequence[Row]]
    receipts: Mapping[int, Sequence[Row]]
    deposit: "Row | None"


async def read_history(deps: OfficerDeps, file: CaseFile) -> History:
    """Everything that happened, newest first."""
    async with deps.pool.acquire() as connection:
        events = await connection.fetch(SQL.timeline, *file.key)
        attempts, receipts = defaultdict(list), defaultdict(list)
        for row in await connection.fetch(SQL.attempts, *file.key):
            attempts[row["notice_id"]].append(row)
        for row in await connection.fetch(SQL.receipts, *file.key):
            receipts[row["notice_id"]].append(row)
        deposit = await connection.fetchrow(SQL.deposit, *file.key)
    told = in_order([{**dict(row), "details": json.loads(row["details"])} for row in events])
    return History(told[::-1], attempts, receipts, deposit)


def in_order(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Events oldest first; those of one write share their instant, so the moves' own chain decides."""
    left = sorted(events, key=lambda event: (event["at"], event["event_id"]))
    ordered: list[Mapping[str, Any]] = []
    state = None
    while left:
        first = left[0]["at"]
        same = [event for event in left if event["at"] == first]
        following = next((event for event in same if event["from_state"] in {None, state}), None)
        chosen = following or _beginning(same)
        left.remove(chosen)
        ordered.append(chosen)
        state = chosen["to_state"] or state
    return ordered


def _beginning(same: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The event that no other of the same instant leads to."""
    reached = {event["to_state"] for event in same}
    return next((event for event in same if event["from_state"] not in reached), same[0])
