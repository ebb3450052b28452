"""The ladder of channels as data, and how a notice climbs down it. Pure.

A notice keeps the rungs that were open to it when it was worded (`plan`), so that a judge can read later why it
went which way. A rung is left at once on a permanent failure, and when its time is up without the proof it waits
for; nothing is ever sent twice on the same rung after an unknown outcome.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cakra.core.errors import SetupError
from cakra.core.ports import Channel
from cakra.core.states.notice import NoticeState, Purpose
from cakra.core.tables.toml import only_table, require_apart

ANY = "*"
DEFAULT_WITHIN_S = 1800.0
_DEFAULT_ZONE = "Asia/Jakarta"
_LONGEST_S = 366 * 86400.0
_LADDER_KEYS = frozenset({"jurisdiction", "purpose", "offence", "effective_from", "source", "rung"})
_RUNG_KEYS = frozenset({"channel", "wait_for", "within_s", "quiet", "basis", "by_choice", "hand_over_s"})
_PROOFS = ("accepted", "delivered", "read")


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to reach an owner. `quiet`: local hours in which nothing leaves (start, end), may span midnight.

    `basis`: what allows us to use this contact, kept with every notice. `by_choice`: an owner may ask to be told here
    first. `wait_for` is the proof that ends the ladder here. Delivery always starts the deadlines; `accepted` is
    for a channel that proves no more: the ladder stays on it, and without delivery an officer is next.
    `hand_over_s`: a notice that the channel could not take so long after it became due there goes to the next
    rung; None: it waits as long as it takes.
    """

    channel: Channel
    wait_for: str  # accepted | delivered | read
    within_s: float
    quiet: tuple[time, time] | None = None
    basis: str = ""
    by_choice: bool = field(default=True, compare=False)  # of the policy, not kept with a notice
    hand_over_s: float | None = None

    def as_record(self) -> dict[str, Any]:
        """As kept with the notice."""
        quiet = [moment.isoformat() for moment in self.quiet] if self.quiet else None
        more = {"basis": self.basis or None, "hand_over_s": self.hand_over_s}
        return {"channel": self.channel.value, "wait_for": self.wait_for, "within_s": self.within_s, "quiet": quiet} | {
            name: value for name, value in more.items() if value is not None
        }

    def hand_over_by(self, due_at: datetime) -> datetime | None:
        """Until when a notice that becomes due at `due_at` waits for a sender here; None: as long as it takes."""
        return None if self.hand_over_s is None else due_at + timedelta(seconds=self.hand_over_s)

    def may_leave_at(self, at: datetime, zone: ZoneInfo) -> datetime:
        """`at`, or the end of the quiet hours it falls into."""
        if self.quiet is None:
            return at
        start, end = self.quiet
        local = at.astimezone(zone)
        clock = local.time()
        inside = start <= clock < end if start < end else clock >= start or clock < end
        if not inside:
            return at
        morning = local.replace(hour=end.hour, minute=end.minute, second=end.second, microsecond=0)
        return (morning if morning > local else morning + timedelta(days=1)).astimezone(at.tzinfo)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs for one kind of notice somewhere, from a day on."""

    jurisdiction: str
    purpose: str
    offence: str
    effective_from: date
    source: str
    rungs: tuple[Rung, ...]

    def fits(self, jurisdiction: str, purpose: str, offences: Collection[str], day: date) -> bool:
        """Whether this row speaks of such a notice."""
        return (
            self.jurisdiction in {ANY, jurisdiction}
            and self.purpose in {ANY, purpose}
            and (self.offence == ANY or self.offence in offences)
            and self.effective_from <= day
        )

    @property
    def weight(self) -> tuple[bool, bool, bool, date]:
        """More specific first, then newer."""
        return self.jurisdiction != ANY, self.purpose != ANY, self.offence != ANY, self.effective_from


def parse_ladders(text: str) -> tuple[Ladder, ...]:
    """The ladders of a TOML file; SetupError names the row and what is wrong with it."""
    try:
        rows = only_table(text, "ladder")
        ladders = tuple(_ladder(place, row) for place, row in enumerate(rows, 1))
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise SetupError(f"The ladder file cannot be read: {problem}.") from problem
    if not any(one.weight[:3] == (False, False, False) for one in ladders):
        raise SetupError("The ladder file needs one row for everything: jurisdiction, purpose and offence «*».")
    told = [(one.jurisdiction, one.purpose, one.offence, one.effective_from) for one in ladders]
    require_apart("The ladder file", told)
    return ladders


def _ladder(place: int, row: dict[str, Any]) -> Ladder:
    try:
        require_rows(row, _LADDER_KEYS)
        rungs = tuple(_read_rung(rung) for rung in row["rung"])
        if row["purpose"] != ANY:
            Purpose(row["purpose"])
        ladder = Ladder(
            row["jurisdiction"], row["purpose"], row["offence"], row["effective_from"], row["source"], rungs
        )
    except (AttributeError, KeyError, ValueError, TypeError) as problem:
        raise SetupError(f"Ladder {place} is not complete or not understood: {problem!r}.") from problem
    channels = [rung.channel for rung in rungs]
    if not rungs or len(set(channels)) != len(channels):
        raise SetupError(f"Ladder {place} needs at least one rung, and each channel at most once.")
    return ladder


def require_rows(row: dict[str, Any], keys: Collection[str]) -> None:
    """ValueError for a key that nobody asked for, or a place, word or day of another kind than it must have."""
    if unknown := sorted(row.keys() - set(keys)):
        raise ValueError(f"{unknown[0]} is not a known key")
    for key in ("jurisdiction", "offence", "purpose", "source"):
        if key in keys and not (isinstance(row[key], str) and row[key].strip()):
            raise ValueError(f"{key} must be a text")
    if "days" in keys and not isinstance(row["days"], list):
        raise TypeError("days must be a list of whole numbers, and may be empty")
    if type(row["effective_from"]) is not date:
        raise ValueError("effective_from must be a day, as 2026-01-01")


def _read_rung(row: dict[str, Any]) -> Rung:
    """A rung of a file, whose keys and times are bounded."""
    if unknown := sorted(row.keys() - _RUNG_KEYS):
        raise ValueError(f"{unknown[0]} is not a known key")
    if not isinstance(row.get("basis", ""), str) or not isinstance(row.get("by_choice", True), bool):
        raise TypeError("basis must be a text, and by_choice true or false")
    for key in ("within_s", "hand_over_s"):
        seconds = row.get(key, 1)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= _LONGEST_S:
            raise ValueError(f"{key} must be positive and at most {_LONGEST_S:.0f} seconds")
    rung = _rung(row)
    if rung.quiet is not None and (rung.quiet[0] == rung.quiet[1] or any(one.tzinfo for one in rung.quiet)):
        raise ValueError("quiet is two different local hours, as 21:00 and 06:00")
    return rung


def _rung(row: dict[str, Any]) -> Rung:
    if row["wait_for"] not in _PROOFS or row["within_s"] <= 0:
        raise ValueError(f"wait_for must be one of {', '.join(_PROOFS)} and within_s positive")
    quiet = tuple(time.fromisoformat(moment) for moment in row["quiet"]) if row.get("quiet") else None
    if quiet is not None and len(quiet) != 2:  # noqa: PLR2004 - a start and an end
        raise ValueError("quiet is a start and an end")
    hand_over_s = row.get("hand_over_s")
    if hand_over_s is not None and hand_over_s <= 0:
        raise ValueError("hand_over_s must be positive; left out, a notice waits as long as it takes")
    return Rung(
        Channel(row["channel"]),
        row["wait_for"],
        float(row["within_s"]),
        quiet,
        str(row.get("basis", "")),
        bool(row.get("by_choice", True)),
        None if hand_over_s is None else float(hand_over_s),
    )


def ladder_for(
    ladders: Sequence[Ladder], jurisdiction: str, purpose: str, offences: Collection[str], day: date
) -> Ladder:
    """The most specific, newest row that fits; SetupError when none does."""
    fitting = [one for one in ladders if one.fits(jurisdiction, purpose, offences, day)]
    if not fitting:
        raise SetupError(f"No ladder is in force for {purpose} in {jurisdiction} on {day}.")
    return max(fitting, key=lambda one: one.weight)


def plan(
    ladder: Ladder, reachable: Collection[Channel], enabled: Collection[Channel], preferred: str | None = None
) -> tuple[Rung, ...]:
    """The rungs open to one addressee: a contact is known and the channel is in use.

    `preferred`: the channel the owner asked for; it comes first where the policy leaves the choice.
    """
    rungs = [rung for rung in ladder.rungs if rung.channel in reachable and rung.channel in enabled]
    return tuple(sorted(rungs, key=lambda rung: not (rung.by_choice and rung.channel == preferred)))


def read_plan(text: str) -> tuple[Rung, ...]:
    """A plan as kept with a notice."""
    return tuple(_rung(row) for row in json.loads(text))


def write_plan(rungs: Sequence[Rung]) -> str:
    """A plan as kept with a notice."""
    return json.dumps([rung.as_record() for rung in rungs])


def next_rung(rungs: Sequence[Rung], after: int, paused: Collection[Channel] = ()) -> int | None:
    """The place of the next rung below `after` (-1: the first) whose channel is not paused; None at the end."""
    return next((place for place in range(after + 1, len(rungs)) if rungs[place].channel not in paused), None)


@dataclass(frozen=True, slots=True)
class Descent:
    """The rung a notice goes to, and the earliest instant at which it may leave there."""

    rung: int
    channel: Channel
    due_at: datetime


@dataclass(frozen=True, slots=True)
class PlanPlace:
    """Where a notice stands on its plan. `zone`: whose nights are quiet."""

    plan: tuple[Rung, ...]
    rung: int
    zone: ZoneInfo

    @property
    def here(self) -> Rung:
        """The rung it stands on."""
        return self.plan[self.rung]

    def wait_s(self, override: float | None) -> float:
        """How long proof is waited for here."""
        return self.here.within_s if override is None else override

    def below(self, at: datetime, paused: Collection[Channel] = ()) -> Descent | None:
        """The next rung that is open; None at the end."""
        place = next_rung(self.plan, self.rung, paused)
        if place is None:
            return None
        return Descent(place, self.plan[place].channel, self.plan[place].may_leave_at(at, self.zone))


def place_of(plan_text: str, rung: int, zone: str | None) -> PlanPlace:
    """A place as kept with a notice and its jurisdiction; a rung below the plan's end is its last."""
    rungs = read_plan(plan_text)
    return PlanPlace(rungs, min(rung, len(rungs) - 1), ZoneInfo(zone or _DEFAULT_ZONE))


@dataclass(frozen=True, slots=True)
class NoticeMove:
    """Where one notice goes: its new state, its next step and when that is due.

    `case_told`: no rung is left, an officer is next; `below`: it leaves its rung for this one; `uncounted`: tries that
    were none. `handed_over_at`, `delivered_at`: since when, where the move proves it and nothing proved it earlier;
    `takes_back`: it was not delivered after all.
    """

    state: NoticeState
    step: str | None = None
    due_at: datetime | None = None
    case_told: str | None = None
    below: Descent | None = None
    uncounted: int = 0
    handed_over_at: datetime | None = None
    delivered_at: datetime | None = None
    takes_back: bool = False

    def or_below(self, place: PlanPlace, at: datetime) -> "NoticeMove":
        """This move, or the next rung at once for one that failed on its rung and has another."""
        below = place.below(at) if self.state is NoticeState.FAILED else None
        return self if below is None else replace(descent_to(below), takes_back=self.takes_back)


def descent_to(below: Descent) -> NoticeMove:
    """The move to another rung."""
    return NoticeMove(NoticeState.QUEUED, "dispatch", below.due_at, below=below)


def reachable(owner: Mapping[str, Any]) -> frozenset[Channel]:
    """The channels that a snapshot of an owner (phone, email, address) has a contact for."""
    contacts = {
        Channel.WHATSAPP: owner.get("phone"),
        Channel.SMS: owner.get("phone"),
        Channel.EMAIL: owner.get("email"),
        Channel.LETTER: owner.get("address"),
    }
    return frozenset(channel for channel, contact in contacts.items() if contact)
