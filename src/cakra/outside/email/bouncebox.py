"""The mailbox that return addresses lead to (a Maildir), emptied without losing a report."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cakra.core.ports import Receipt
from cakra.kit.errors import SetupError
from cakra.kit.logs import get_logger
from cakra.outside.email.addresses import BounceTokens
from cakra.outside.email.bounces import READ_LIMIT_BYTES, Report, ReportKind, read_report

_log = get_logger(__name__)
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


class BounceBox:
    """Takes reports out of a Maildir.

    A report is deleted only after its receipts were recorded: a crash in between lets it be read again, which
    recording must bear. Everything else (forged, answers of people) moves to `cur` as read, for a person.
    """

    def __init__(self, path: Path, tokens: BounceTokens) -> None:
        """SetupError when there is no Maildir."""
        if not (path / "new").is_dir() or not (path / "cur").is_dir():
            raise SetupError(
                f"{path} is not a Maildir (no folders `new` and `cur`); let the mail server deliver there."
            )
        self._new, self._cur = path / "new", path / "cur"
        self._tokens = tokens

    async def drain(self, record: Callable[[Sequence[Receipt]], Awaitable[None]], limit: int = 500) -> Tally:
        """One round of at most `limit` messages, oldest first; `record` returns when all receipts are durable."""
        found = await asyncio.to_thread(self._read, limit)
        receipts = [receipt for _, report in found for receipt in report.receipts]
        if receipts:
            await record(receipts)
        await asyncio.to_thread(self._put_away, found)
        tally = Tally(Counter(report.kind for _, report in found), len(receipts))
        if found:
            _log.info(
                "email_reports_read", receipts=len(receipts), **{kind.value: n for kind, n in tally.kinds.items()}
            )
        on_policy = sum(report.on_policy for _, report in found)
        if on_policy:
            _log.warning("email_refused_on_policy", count=on_policy)
        return tally

    def _read(self, limit: int) -> list[tuple[Path, Report]]:
        found: list[tuple[Path, Report]] = []
        # A Maildir's file names begin with the time of delivery.
        for path in islice(sorted(self._new.iterdir()), limit):
            with suppress(FileNotFoundError):  # another reader was quicker
                found.append((path, self._report_in(path)))
        return found

    def _report_in(self, path: Path) -> Report:
        try:
            with path.open("rb") as file:
                return read_report(file.read(READ_LIMIT_BYTES), self._tokens)
        except FileNotFoundError:
            raise
        except OSError as problem:
            _log.error("email_report_unreadable", problem=type(problem).__name__)
            return Report(ReportKind.OTHER)

    def _put_away(self, found: Sequence[tuple[Path, Report]]) -> None:
        for path, report in found:
            with suppress(FileNotFoundError):
                if report.kind in _READ_AND_GONE:
                    path.unlink()
                else:
                    path.rename(self._cur / f"{path.name}:2,S")
