"""One send on its way: claimed with its intent committed, then answered."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from cakra.core.ladder import Place, place_of
from cakra.core.ports import SendResult
from cakra.delivery.senders import Heard
from cakra.kit.logs import get_logger
from cakra.store.db import Row

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One claimed notice whose intent is committed, ready for its call; what it says stays sealed until then."""

    cell: int
    notice_id: int
    case_id: int
    attempt: int
    template: str
    language: str
    content: bytes = field(repr=False)
    picture: bytes | None  # digest; fetched right before the call
    tries: int  # attempts on this rung, this one included
    place: Place | None  # None: its plan cannot be read, so it is not sent
    jurisdiction: str = ""
    claimed_at: float = 0.0  # monotonic seconds, before the claim: nothing of it was paused then
    probe: bool = False  # a trial call of a sender that had rested

    @property
    def key(self) -> tuple[int, int]:
        """Cell and notice id."""
        return self.cell, self.notice_id


class Claimed(list[Outgoing]):
    """What one claim took. `again_s`: its sender's pace holds it back for so long; None: it took what it could."""

    def __init__(self, sends: Iterable[Outgoing] = (), again_s: float | None = None) -> None:
        super().__init__(sends)
        self.again_s = again_s


@dataclass(frozen=True, slots=True)
class Answered:
    """A call's result, when it came, and how many seconds the call took."""

    sent: Outgoing
    result: SendResult
    at: datetime
    took_s: float = 0.0

    def heard(self) -> Heard:
        """As it counts for the sender's health and pace."""
        return Heard(self.sent.key, self.result, self.at, self.took_s, self.sent.probe)


def outgoing_of(row: Row, claimed_at: float) -> Outgoing:
    """A row of the claim."""
    return Outgoing(
        row["cell"],
        row["notice_id"],
        row["case_id"],
        row["attempts"],
        row["template"],
        row["language"],
        row["content"],
        row["picture"],
        row["rung_tries"],
        _place(row),
        row["jurisdiction"],
        claimed_at,
        row["probe"],
    )


def _place(row: Row) -> Place | None:
    try:
        place = place_of(row["plan"], row["rung"], row["zone"])
        place.wait_s(None)  # it stands on a rung of its plan
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        _log.error("plan_unreadable", notice=row["notice_id"], problem=type(problem).__name__)
        return None
    return place
