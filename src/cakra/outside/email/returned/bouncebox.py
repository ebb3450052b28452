"""The mailbox that return addresses lead to (a Maildir), emptied without losing a report."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from cakra.core.ports import Receipt
from cakra.kit.errors import SetupError
from cakra.kit.logs import get_logger
from cakra.outside.email.addresses import BounceTokens
from cakra.outside.email.returned.bounces import READ_LIMIT_BYTES, BounceReport, ReportKind, read_report

_log = get_logger(__name__)
_TRIES = 4
_READ_AND_GONE = {ReportKind.FAILED, ReportKind.DELAYED, ReportKind.DELIVERED}


@dataclass(frozen=True, slots=True)
class Tally:
    """What one round found: messages of each kind, and the receipts handed on."""

    kinds: Counter[ReportKind]
    receipts: int = 0

    @property
    def messages(self) -> int:
        """All messages of the round."""
        return self.kinds.total()


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """One message of the mailbox. `raw`: as much of it as is read."""

    path: Path
    report: BounceReport
    raw: bytes = field(repr=False)
    fault: Exception | None = None  # what kept it from being read


Work = Callable[[Sequence[ReturnedMail]], Awaitable[None]]
InParts = Callable[
    [Sequence[ReturnedMail], Work, Callable[[ReturnedMail, Exception], Awaitable[None]]], Awaitable[None]
]
"""Does the work for all, and where that fails hands on those that fail alone, each with what was raised."""


async def all_at_once(found: Sequence[ReturnedMail], work: Work, _refused: object) -> None:
    """Where nobody divides: what fails is raised, and all of it is read again."""
    await work(found)


class BounceBox:
    """Takes reports out of a Maildir.

    A report is deleted only after its receipts were recorded: a crash in between lets it be read again, which
    recording must bear. Everything else (forged, answers of people, what could not be taken) moves to `cur` as read,
    for a person.
    """

    def __init__(self, path: Path, tokens: BounceTokens) -> None:
        """SetupError when there is no Maildir."""
        if not (path / "new").is_dir() or not (path / "cur").is_dir():
            raise SetupError(
                f"{path} is not a Maildir (no folders `new` and `cur`); let the mail server deliver there."
            )
        self._new, self._cur = path / "new", path / "cur"
        self._tokens = tokens
        self._tried: dict[str, tuple[int, float]] = {}  # file → how often it failed, and until when it rests

    async def drain(
        self,
        record: Callable[[Sequence[Receipt]], Awaitable[None]],
        limit: int = 500,
        *,
        parts: InParts = all_at_once,
        set_aside: Callable[[ReturnedMail, Exception], Awaitable[None]] | None = None,
    ) -> Tally:
        """One round of at most `limit` messages, oldest first; `record` returns when all receipts are durable.

        A message that cannot be read or recorded is tried a few times, longer apart each time; then `set_aside`
        keeps it, and the file moves to `cur`.
        """
        found = await asyncio.to_thread(self._read, limit)
        taken: list[ReturnedMail] = []

        async def take(some: Sequence[ReturnedMail]) -> None:
            if fault := next((one.fault for one in some if one.fault is not None), None):
                raise fault
            if receipts := [receipt for one in some for receipt in one.report.receipts]:
                await record(receipts)
            await asyncio.to_thread(self._put_away, some)
            taken.extend(some)

        async def refuse(one: ReturnedMail, problem: Exception) -> None:
            tries = self._tried.get(one.path.name, (0, 0.0))[0] + 1
            self._tried[one.path.name] = tries, time.monotonic() + 2.0**tries
            _log.error("email_report_refused", tries=tries, kind=type(problem).__name__)
            if tries >= _TRIES:
                if set_aside is not None:
                    await set_aside(one, problem)
                await asyncio.to_thread(self._keep, one)

        await parts(found, take, refuse)
        return self._told(taken)

    def _told(self, taken: Sequence[ReturnedMail]) -> Tally:
        receipts = sum(len(one.report.receipts) for one in taken)
        tally = Tally(Counter(one.report.kind for one in taken), receipts)
        if taken:
            _log.info("email_reports_read", receipts=receipts, **{kind.value: n for kind, n in tally.kinds.items()})
        on_policy = sum(one.report.on_policy for one in taken)
        if on_policy:
            _log.warning("email_refused_on_policy", count=on_policy)
        return tally

    def _read(self, limit: int) -> list[ReturnedMail]:
        found: list[ReturnedMail] = []
        for path in islice(self._waiting(), limit):
            with suppress(FileNotFoundError):  # another reader was quicker
                found.append(self._report_in(path))
        return found

    def _waiting(self) -> Iterator[Path]:
        """Messages that do not rest. A Maildir's file names begin with the time of delivery."""
        at, paths = time.monotonic(), sorted(self._new.iterdir())
        self._tried = {path.name: self._tried[path.name] for path in paths if path.name in self._tried}
        for path in paths:
            if self._tried.get(path.name, (0, 0.0))[1] <= at:
                yield path

    def _report_in(self, path: Path) -> ReturnedMail:
        raw = b""
        try:
            with open(path, "rb", opener=_open_plainly) as file:
                raw = file.read(READ_LIMIT_BYTES)
            return ReturnedMail(path, read_report(raw, self._tokens), raw)
        except FileNotFoundError:
            raise
        except OSError as problem:
            _log.error("email_report_unreadable", problem=type(problem).__name__)
            return ReturnedMail(path, BounceReport(ReportKind.OTHER), raw)
        except Exception as problem:  # noqa: BLE001 - whatever a stranger wrote, the others are read
            return ReturnedMail(path, BounceReport(ReportKind.OTHER), raw, problem)

    def _put_away(self, found: Sequence[ReturnedMail]) -> None:
        for one in found:
            if one.report.kind in _READ_AND_GONE:
                one.path.unlink(missing_ok=True)
            else:
                self._keep(one)

    def _keep(self, one: ReturnedMail) -> None:
        with suppress(FileNotFoundError):
            one.path.rename(self._cur / f"{one.path.name}:2,S")


def _open_plainly(path: str, flags: int) -> int:
    """No link is followed, and nobody waits for the other end of a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
