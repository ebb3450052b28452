"""Which event opens a case, joins one, only repeats, or contradicts an earlier one; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cakra.journey.intake.event import CheckedEvent, Placed


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """A (camera, event id) that was written before."""

    cell: int
    case_id: int
    joined: Placed
    received_at: datetime
    content_hash: bytes


@dataclass(slots=True)
class KnownPassage:
    """One passage of one vehicle: a case that events may join. `added` are offences new to it."""

    cell: int
    case_id: int
    plate: str | None
    occurred_at: datetime
    offences: list[str]
    opened_by: int | None = None  # index of the event that opens it now; None: it was stored before
    added: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """What became of the event at that index; `case` is None only for repeats and conflicts."""

    placed: Placed
    case: KnownPassage | None
    first: KnownEvent


def place_events(
    events: Sequence[CheckedEvent],
    known: Mapping[tuple[str, str], KnownEvent],
    stored: Sequence[KnownPassage],
    fresh_ids: Sequence[int],
    window: timedelta,
) -> list[PlacedEvent]:
    """Place each event in order of arrival; events of one set see each other.

    `stored`: cases near by plate and time, and those of the events' companions. A companion joins the case of the
    record that it was read from, whatever the plate.
    """
    seen = dict(known)
    passages: dict[tuple[int, str | None], list[KnownPassage]] = {}
    cases = {(passage.cell, passage.case_id): passage for passage in stored}
    for passage in stored:
        passages.setdefault((passage.cell, passage.plate), []).append(passage)
    places = []
    for index, event in enumerate(events):
        earlier = seen.get(event.key)
        if earlier is not None:
            same = earlier.content_hash == event.content_hash
            places.append(PlacedEvent(Placed.REPEATED if same else Placed.CONFLICT, None, earlier))
            continue
        near = passages.setdefault((event.cell, event.plate), []) if event.joins else []
        first_told = seen.get((event.camera, event.companion_of)) if event.companion_of else None
        case = cases.get((first_told.cell, first_told.case_id)) if first_told else _nearest(event, near, window)
        if case is None:
            case = KnownPassage(event.cell, fresh_ids[index], event.plate, event.occurred_at, [event.offence], index)
            near.append(case)
            cases[case.cell, case.case_id] = case
            placed = Placed.OPENED
        else:
            placed = _join(case, event.offence)
        first = KnownEvent(case.cell, case.case_id, placed, event.received_at, event.content_hash)
        seen[event.key] = first
        places.append(PlacedEvent(placed, case, first))
    return places


def _nearest(event: CheckedEvent, passages: Sequence[KnownPassage], window: timedelta) -> KnownPassage | None:
    """The stored or new passage closest in time; `passages` is empty for a plate or a time that joins nothing."""
    within = [p for p in passages if abs(p.occurred_at - event.occurred_at) <= window]
    return min(within, key=lambda p: abs(p.occurred_at - event.occurred_at), default=None)


def _join(case: KnownPassage, offence: str) -> Placed:
    if offence in case.offences:
        return Placed.SAME_OFFENCE
    case.offences.append(offence)
    case.added.append(offence)
    return Placed.OTHER_OFFENCE
