"""What the print house and the post say about letters: response files become receipts, the rest is kept apart.

A response file is CSV with a heading and the columns `ref`, `resi` (tracking number), `status` (dispatched,
returned, rejected), `ts`, `reason`; its name begins with the batch (`CAKRA-20261121…csv`). A dispatched letter
counts as delivered: posting is proof by our policy, a returned letter takes it back.
"""

import io
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cakra.core.errors import InputError, StoreError
from cakra.core.foreign import iso_instant, line
from cakra.core.ports import FAILURES, Receipt
from cakra.core.tables.records import delimiter_of, read_records
from cakra.core.tables.values import day_or_instant_of, plain_code, plain_text
from cakra.core.tables.writing import csv_text
from cakra.kit.logs import get_logger
from cakra.kit.typed import joined
from cakra.outside.letter.codes import MEANINGS
from cakra.outside.letter.print_house import TheirFile
from cakra.outside.letter.spool import LetterSpool, file_hash, flush_folder, write_durably

COLUMNS = frozenset({"ref", "resi", "status", "ts", "reason"})
_NEEDED = frozenset({"ref", "status", "ts"})
_BATCH_IN_NAME = re.compile(r"[A-Z0-9]+-\d{8}")
_FUTURE_TOLERANCE = timedelta(hours=1)
_LONGEST_REASON, _LONGEST_NUMBER = 200, 60
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A line that says nothing we can use: its number in the file, why, and the line itself."""

    line: int
    why: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Responses:
    """What one response file says."""

    batch: str
    receipts: Sequence[Receipt]
    quarantined: Sequence[Quarantined]


def receive_responses(spool: LetterSpool, name: str, raw: bytes, at: datetime, zone: str = "Asia/Jakarta") -> Responses:
    """Read one response file; lines that cannot be used are kept in SPOOL/quarantine and reported.

    InputError: the file as a whole is not a response to a batch of ours. Reading a file twice gives the same.
    """
    found = _BATCH_IN_NAME.match(name)
    if found is None:
        raise InputError(f"The response file {name!r} does not begin with a batch's name.", code="letter_response")
    batch = found[0]
    letters = {letter.reference: letter.tag for letter in spool.frozen(spool.day_of(batch))}
    if not letters:
        raise InputError(f"The response file {name!r} is for batch {batch}, which was never closed.", code="batch_name")
    responses = read_responses(raw, batch, letters, at, ZoneInfo(zone))
    if responses.quarantined:
        _keep_apart(spool, batch, raw, responses.quarantined)
    _log.info(
        "letter_responses_read",
        batch=batch,
        receipts=len(responses.receipts),
        quarantined=len(responses.quarantined),
    )
    return responses


def read_responses(raw: bytes, batch: str, letters: Mapping[str, str], at: datetime, zone: ZoneInfo) -> Responses:
    """The receipts of one file. `letters` gives the tag of each reference; times without an offset are in `zone`."""
    stream = io.StringIO(_text(raw), newline="")
    first = stream.readline()
    delimiter = delimiter_of(first)
    record = next(read_records([first], delimiter), None)
    heading = [plain_text(column).lower() for column in record.values] if record else []
    if missing := _NEEDED - set(heading):
        raise InputError(
            f"The response to batch {batch} has no column {', '.join(sorted(missing))}; "
            f"expected are {', '.join(sorted(COLUMNS))}.",
            code="letter_response",
        )
    receipts: list[Receipt] = []
    quarantined: list[Quarantined] = []
    for row in read_records(stream, delimiter, len(heading), first_line=2):
        cells = [plain_text(cell) for cell in row.values]
        if not row.fault and not any(cells):
            continue
        values = dict.fromkeys(COLUMNS, "") | dict(zip(heading, cells, strict=False))
        surplus = "has too many columns" if any(cells[len(heading) :]) else ""
        outcome = row.fault or surplus or _receipt(values, batch, letters, at, zone)
        if isinstance(outcome, Receipt):
            receipts.append(outcome)
        else:
            quarantined.append(Quarantined(row.line, outcome, ";".join(cells)))
    return Responses(batch, receipts, quarantined)


def _receipt(
    values: Mapping[str, str], batch: str, letters: Mapping[str, str], at: datetime, zone: ZoneInfo
) -> Receipt | str:
    """The receipt of one line, or what is wrong with it."""
    reference, status = joined(values["ref"]), values["status"].lower()
    if reference not in letters:
        return f"names a letter that batch {batch} does not have"
    meaning = MEANINGS.get(status)
    if meaning is None:
        return f"has a status that is none of {', '.join(MEANINGS)}"
    moment = _moment(values["ts"], zone)
    if moment is None:
        return "has a time that cannot be read; one is 2026-11-21T17:30:00+07:00"
    if moment > at + _FUTURE_TOLERANCE:
        return "has a time in the future"
    tracking, reason = line(values.get("resi"), _LONGEST_NUMBER), line(values.get("reason"), _LONGEST_REASON)
    said = [f"resi {tracking}"] if tracking else []
    if meaning.state in FAILURES and reason:
        said.append(reason)
    return Receipt(
        tag=letters[reference],
        provider_id=f"{batch}/{reference}",
        state=meaning.state,
        at=moment,
        action=meaning.action,
        code=status,
        detail="; ".join(said) or meaning.words,
    )


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise InputError(
            f"The response file is not UTF-8 (byte {problem.start}); it was perhaps saved by a spreadsheet.",
            code="letter_response",
        ) from problem


def _moment(written: str, zone: ZoneInfo) -> datetime | None:
    """An instant, or a day first as a spreadsheet of this region writes it; one without an offset is in `zone`."""
    if (moment := iso_instant(written, zone)) is not None:
        return moment
    try:
        return iso_instant(day_or_instant_of(plain_code(written)).isoformat(), zone)
    except InputError:
        return None


def known_responses(spool: LetterSpool) -> frozenset[TheirFile]:
    """The response files that were read and applied."""
    stats = ((path.name, path.stat()) for path in spool.responses.glob("*.csv"))
    return frozenset(TheirFile(name, told.st_size, int(told.st_mtime)) for name, told in stats)


def keep_response(spool: LetterSpool, file: TheirFile, raw: bytes) -> None:
    """Keep a response file as read: it is not fetched again until theirs changes."""
    try:
        write_durably(spool.responses / file.name, raw)
        os.utime(spool.responses / file.name, (file.mtime, file.mtime))
    except OSError as problem:
        raise _unkept(spool, file.name, problem) from problem


def keep_refused(spool: LetterSpool, name: str, raw: bytes, why: str) -> None:
    """Keep a file that is no response to a batch of ours as it came, with what is wrong with it beside it."""
    stem = f"{name.removesuffix('.csv')}.{file_hash(raw)[:12]}"
    try:
        write_durably(spool.quarantine / f"{stem}.refused", raw)
        write_durably(spool.quarantine / f"{stem}.csv", _as_csv([Quarantined(0, why, name)]))
        flush_folder(spool.quarantine)
    except OSError as problem:
        raise _unkept(spool, name, problem) from problem
    _log.warning("letter_response_refused", name=name)


def _as_csv(lines: Sequence[Quarantined]) -> bytes:
    rows = [(one.line, one.why, one.text) for one in lines]
    return csv_text([("line", "why", "text"), *rows]).encode()


def _unkept(spool: LetterSpool, what: str, problem: OSError) -> StoreError:
    return StoreError(
        f"Lines of {what} could not be kept in {spool.quarantine} ({problem.strerror}): read it again later.",
        code="spool",
    )


def _keep_apart(spool: LetterSpool, batch: str, raw: bytes, quarantined: Sequence[Quarantined]) -> None:
    try:
        write_durably(spool.quarantine / f"{batch}.{file_hash(raw)[:12]}.csv", _as_csv(quarantined))
        flush_folder(spool.quarantine)
    except OSError as problem:
        raise _unkept(spool, f"a response to {batch}", problem) from problem
    _log.warning("letter_responses_quarantined", batch=batch, count=len(quarantined))
