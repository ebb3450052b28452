"""Writing one officer's decision: checks, case, notice and timeline in one transaction, then the machine is woken."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cakra.core.access.rights import Act
from cakra.core.delivery.ladder import Descent, NoticeMove, descent_to
from cakra.core.errors import Conflict, InputError, NotFound
from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.core.law.vehicle import VehicleKind
from cakra.core.ports import Channel
from cakra.core.states.case import Case, Record
from cakra.core.states.journey import State
from cakra.core.states.notice import NoticeState, Purpose
from cakra.core.states.outcome import Outcome, Step
from cakra.journey.review.rules import (
    NOTE_LIMIT,
    OTHER,
    REASONS,
    Decision,
    moves_of,
    names_person,
    open_decisions,
    plate_said,
    sending_of,
)
from cakra.kit.logs import get_logger
from cakra.store.cases import SQL as CASES
from cakra.store.cases import find_case, move_one
from cakra.store.db import Connection, Row
from cakra.store.notices import later_notice, move_unchanged, newest_confirmation, settle_attempts
from cakra.store.rights import require
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.review")
_log = get_logger(__name__)

_MAY_BE_SENT = frozenset({NoticeState.UNSETTLED, NoticeState.UNKNOWN, NoticeState.ACCEPTED, NoticeState.HELD})
_SURELY_ENDED = frozenset({NoticeState.UNSETTLED, NoticeState.FAILED})
_BY_OFFICER = "settled by an officer"

Following = Callable[[Connection, Case, str, datetime], Awaitable[Outcome]]
"""What CHARGE (`ChargeDesk.decide` of the payment stage) or NAME (`NamingDesk.name_party`) does in the transaction."""
Acts = Mapping[Decision, Following]


class NotWritten(StrEnum):
    """Why a decision was not written; the key under which pages say it."""

    CHANGED = "changed"
    ASSIGNED = "assigned"
    NOT_OPEN = "not_open"
    REASON = "reason_missing"
    NOTE = "note_missing"
    NOTE_LONG = "note_too_long"
    NOTE_PERSONAL = "note_personal"
    PLATE = "plate_invalid"
    KIND = "kind_invalid"
    NOTICE = "notice_changed"
    ADMISSION = "admission_missing"
    LAW = "law_missing"
    NOBODY = "nobody_named"
    NO_PHONE = "named_without_phone"
    SAME_PHONE = "named_same_phone"


_SENTENCES: Mapping[NotWritten, str] = {
    NotWritten.CHANGED: "Somebody changed this case meanwhile; nothing was written. Look at it again.",
    NotWritten.ASSIGNED: "Another officer has this case open; nothing was written. Take the next one.",
    NotWritten.NOT_OPEN: "This decision is not open for the case as it stands; nothing was written. Look at it again.",
    NotWritten.REASON: "A decision needs a reason from the list; choose one.",
    NotWritten.NOTE: "The reason “other” needs words of its own; write a sentence.",
    NotWritten.NOTE_LONG: f"The note is too long; at most {NOTE_LIMIT} characters.",
    NotWritten.NOTE_PERSONAL: "The note seems to hold a phone or identity number; leave it out.",
    NotWritten.PLATE: "This is not a number plate; correct it as it is read on the photograph.",
    NotWritten.KIND: "This is no kind of vehicle; choose one from the list.",
    NotWritten.NOTICE: "A receipt came meanwhile and settled this send; nothing was written. Look at it again.",
    NotWritten.LAW: "No law on file has this offence on that day, so that nobody can be charged with it; reject it.",
    NotWritten.NOBODY: "The newest answer names nobody; nothing was written. Look at it again.",
    NotWritten.NO_PHONE: "The answer gives no phone by which the named person can be reached; ask the owner for one.",
    NotWritten.SAME_PHONE: "The phone of the named person is the owner's own; nothing was written.",
    NotWritten.ADMISSION: "The owner's newest answer is no admission; nothing was written. Look at it again.",
}


class DecisionRefused(Conflict):
    """The decision was not written; `refusal` says why."""

    def __init__(self, refusal: NotWritten, more: str = "") -> None:
        super().__init__(f"{_SENTENCES[refusal]} {more}".strip(), code=refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Asked:
    """What an officer asks for. `version`: of the case as it was shown; `plate`, `kind` only with ACCEPT."""

    cell: int
    case_id: int
    version: int
    decision: Decision
    reason: str
    note: str = ""
    plate: str | None = None
    kind: str | None = None


async def decide(
    connection: Connection, asked: Asked, officer: str, at: datetime, *, settle_s: float, acts: Acts
) -> State:
    """Write one decision by `officer` (username) and return the case's new state.

    DecisionRefused (nothing written) when the case changed, is another officer's, or the form is wrong; NotAllowed
    unless `officer` decides cases of its office; NotFound without such a case. `settle_s`: how long proof is waited
    for after CONFIRM_SENT; `acts`: what CHARGE and NAME do, InputError when the officer may not.
    """
    reason = _checked_reason(asked)
    facts, corrected = _checked_facts(asked)
    async with connection.transaction():
        case = await find_case(connection, asked.cell, asked.case_id, lock=True)
        if case is None:
            raise NotFound("There is no such case.")
        await require(connection, officer, Act.DECIDE_CASES, case.jurisdiction)
        notice = await newest_confirmation(connection, *case.key)
        said = await connection.fetchrow(SQL.newest_answer, *case.key, case.party_id)
        await _check_turn(connection, case, notice, asked, officer, at, said["kind"] if said else None)
        if asked.decision is Decision.ACCEPT and await connection.fetchval(SQL.without_law, *case.key):
            raise DecisionRefused(NotWritten.LAW)
        details = reason | ({"plate_corrected": True} if corrected and facts.get("plate") != case.plate else {})
        if asked.decision in {Decision.CONFIRM_SENT, Decision.QUEUE_AGAIN}:
            assert notice is not None
            details |= {"sent": asked.decision is Decision.CONFIRM_SENT, "channel": notice["channel"]}
            await _settle(connection, case, notice, asked.decision, at, settle_s)
        if following := acts.get(asked.decision):
            made = await following(connection, case, officer, at)
            chain = [replace(made, details={**made.details, **details})]
        else:
            chain = _chain(case, asked.decision, details, facts, f"officer:{officer}", at)
        if asked.decision is Decision.WITHDRAW:
            chain[-1] = replace(chain[-1], records=_apologies(case, notice, at))
        await _write(connection, case, chain, asked, facts, at)
    _log.info("case_decided", case=case.reference, decision=asked.decision.value, officer=officer)
    return chain[-1].move or case.state


async def _write(  # noqa: PLR0917 - one decision, written once
    connection: Connection, case: Case, chain: Sequence[Outcome], asked: Asked, facts: Mapping[str, str], at: datetime
) -> None:
    """The case's moves, what they say of its camera, and a word to the lane that goes on."""
    if not await move_one(connection, case, chain, at):
        raise DecisionRefused(NotWritten.CHANGED)
    plate = plate_said(asked.decision, asked.reason, facts.get("plate"))
    if plate is not None:
        await connection.execute(SQL.note_agreement, *case.key, at, plate)
    await _wake(connection, asked.decision)


def _checked_reason(asked: Asked) -> dict[str, Any]:
    note = asked.note.strip()
    if asked.reason not in REASONS[asked.decision]:
        raise DecisionRefused(NotWritten.REASON)
    if asked.reason == OTHER and not note:
        raise DecisionRefused(NotWritten.NOTE)
    if len(note) > NOTE_LIMIT:
        raise DecisionRefused(NotWritten.NOTE_LONG)
    if names_person(note):
        raise DecisionRefused(NotWritten.NOTE_PERSONAL)
    return {"reason": asked.reason} | ({"note": note} if note else {})


def _checked_facts(asked: Asked) -> tuple[dict[str, str], bool]:
    """The facts an accepting officer settles: the plate, and the vehicle's kind as seen."""
    if asked.decision is not Decision.ACCEPT:
        return {}, False
    facts: dict[str, str] = {}
    try:
        facts["plate"] = parse_plate(asked.plate or "").text
    except PlateError as problem:
        raise DecisionRefused(NotWritten.PLATE, problem.sentence) from problem
    if asked.kind:
        try:
            facts["vehicle_kind"] = VehicleKind(asked.kind).value
        except ValueError as problem:
            raise DecisionRefused(NotWritten.KIND) from problem
    return facts, True


async def _check_turn(  # noqa: PLR0917 - who, what, when, on which case
    connection: Connection,
    case: Case,
    notice: "Row | None",
    asked: Asked,
    officer: str,
    at: datetime,
    answered: str | None,
) -> None:
    """Whether it is this officer's turn, on the case as it was shown. `answered`: the kind of the newest answer."""
    if case.version != asked.version:
        raise DecisionRefused(NotWritten.CHANGED)
    held = await connection.fetchrow(SQL.assignment, *case.key)
    assert held is not None
    if held["assigned_to"] not in {None, officer} and held["assigned_until"] and held["assigned_until"] > at:
        raise DecisionRefused(NotWritten.ASSIGNED)
    contacted = bool(notice and notice["contacted"])
    sending = sending_of(notice["state"] if notice else None)
    if asked.decision is Decision.CHARGE and case.state is State.ANSWERED and answered != "drove":
        raise DecisionRefused(NotWritten.ADMISSION)
    if asked.decision not in open_decisions(case.state, contacted=contacted, sending=sending, answered=answered):
        raise DecisionRefused(NotWritten.NOT_OPEN)


def _chain(  # noqa: PLR0917 - one decision, told once
    case: Case, decision: Decision, details: Mapping[str, Any], facts: Mapping[str, str], actor: str, at: datetime
) -> list[Outcome]:
    moves = moves_of(decision, case.state)
    return [
        Outcome(
            *case.key,
            move.to,
            move.told,
            details if move is moves[-1] else {"reason": details["reason"]},
            facts if move is moves[-1] else {},
            step=move.step,
            due_at=at if move.step else None,
            actor=actor,
        )
        for move in moves
    ]


def _apologies(case: Case, notice: "Row | None", at: datetime) -> tuple[Record, ...]:
    """The withdrawal, told to each party whom a message may have reached."""
    contacted = (notice and notice["contacted"]) or ()
    return tuple(later_notice(case, Purpose.WITHDRAWAL, at, party_id=party) for party in contacted)


async def _settle(  # noqa: PLR0917 - one send, settled once
    connection: Connection, case: Case, notice: Row, decision: Decision, at: datetime, settle_s: float
) -> None:
    """Give the open send its ending; a receipt that came first wins."""
    key, state = (case.cell, notice["notice_id"]), NoticeState(notice["state"])
    if decision is Decision.CONFIRM_SENT:
        move = NoticeMove(NoticeState.ACCEPTED, "settle", at + timedelta(seconds=settle_s), handed_over_at=at)
        may, word = state in _MAY_BE_SENT, "accepted"
    else:
        # The next claim makes a new attempt with a number of its own, on the same rung.
        move = descent_to(Descent(notice["rung"], Channel(notice["channel"]), at))
        may, word = state in _SURELY_ENDED, "refused"
    if not may or notice["step"] is not None or not await move_unchanged(connection, key, notice["version"], move):
        raise DecisionRefused(NotWritten.NOTICE)
    attempts = [(key, notice["channel"], notice["attempts"])]
    await settle_attempts(connection, attempts, ["intended", "unknown"], (word, "none", "officer", _BY_OFFICER))


async def _wake(connection: Connection, decision: Decision) -> None:
    """Notify the lane that goes on; delivered at commit."""
    if decision is Decision.ACCEPT:
        await connection.execute(CASES.wake, Step.OWNERSHIP.value)
    elif decision is Decision.NAME:
        await connection.execute(CASES.wake, Step.NOTICE.value)
    elif decision is Decision.QUEUE_AGAIN:
        await connection.execute(CASES.wake, "dispatch")


def read_decision(text: str) -> Decision:
    """The decision a form names; InputError for anything else."""
    try:
        return Decision(text)
    except ValueError as problem:
        raise InputError("The form names no decision; go back to the case and choose one.") from problem
