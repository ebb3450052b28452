"""Where letters wait for their batch: durable, and one letter for one tag whatever happens in between.

    SPOOL/lock                       held while a letter is kept or a day is frozen
    SPOOL/tags/ab/<hash>.json        the mark that makes a letter ours: tag, reference, day (nothing personal)
    SPOOL/2026-11-21/<ref>.pdf       the letter, and <ref>.json: whom it goes to
    SPOOL/2026-11-21/frozen.json     the day is closed: its letters in order of print (nothing personal)
    SPOOL/2026-11-21/handed_over     the print house has the batch
    SPOOL/out/<batch>.zip            what is handed over

A letter counts from the moment its tag's mark exists; files without one were left by a crash and are
overwritten or passed over. A day that is frozen takes no more: the letter goes into the next one, and so does
a second letter of the same reference, so that a reference is unique in its batch.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cakra.core.errors import InputError, SetupError, StoreError
from cakra.core.ports import PostalAddress
from cakra.kit.logs import get_logger

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600  # names and addresses
_log = get_logger(__name__)


class SpoolUnsure(StoreError):
    """The disk failed after the letter was marked: whether it survives a power cut is not known."""

    code = "spool_unsure"


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter as kept."""

    tag: str
    reference: str
    pages: int
    sha256: str
    address: PostalAddress = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the letter of a tag went."""

    reference: str
    day: date
    batch: str


@dataclass(frozen=True, slots=True)
class FrozenLetter:
    """One line of a closed day, in order of print."""

    reference: str
    tag: str
    pages: int
    sha256: str


class LetterSpool:
    """A folder on a local disk, shared by any number of processes of one machine."""

    def __init__(self, root: Path, *, prefix: str = "CAKRA", zone: str = "Asia/Jakarta") -> None:
        if not re.fullmatch(r"[A-Z0-9]{1,12}", prefix):
            raise SetupError(f"The letters' batch prefix {prefix!r} must be 1 to 12 capital letters and digits.")
        self.root = root.absolute()
        self._prefix = prefix
        self._zone = ZoneInfo(zone)
        try:
            for folder in (self.root, self.root / "tags", self.out, self.root / "quarantine"):
                folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        except OSError as problem:
            raise SetupError(
                f"The letter spool {self.root} cannot be used ({problem.strerror}): "
                "name a folder that this user may write to."
            ) from problem

    @property
    def out(self) -> Path:
        """Archives on their way."""
        return self.root / "out"

    def batch_name(self, day: date) -> str:
        """The batch of a day, such as CAKRA-20261121."""
        return f"{self._prefix}-{day:%Y%m%d}"

    def day_of(self, batch: str) -> date:
        """The day of a batch; InputError when the name is none of ours."""
        found = re.fullmatch(rf"{self._prefix}-(\d{{8}})", batch)
        try:
            return datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=self._zone).date() if found else _refuse(batch)
        except ValueError:
            return _refuse(batch)

    def folder(self, day: date) -> Path:
        """Where the letters of a day are."""
        return self.root / day.isoformat()

    def find(self, tag: str) -> Mark | None:
        """The letter already kept for a tag."""
        try:
            said = json.loads(self._mark(tag).read_bytes())
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise _spool_fault(self.root, problem) from problem
        day = date.fromisoformat(said["day"])
        return Mark(said["ref"], day, self.batch_name(day))

    def keep(self, letter: Kept, pdf: bytes, at: datetime) -> Mark:
        """Return when the letter is durable. StoreError: surely not kept; SpoolUnsure: not known."""
        try:
            with self._locked():
                if (known := self.find(letter.tag)) is not None:
                    return known
                day = self._open_day(letter.reference, at.astimezone(self._zone).date())
                folder = self.folder(day)
                write_durably(folder / f"{letter.reference}.pdf", pdf)
                write_durably(folder / f"{letter.reference}.json", _to_json(letter))
                flush_folder(folder)
                return self._put_mark(letter, day)
        except OSError as problem:
            raise _spool_fault(self.root, problem) from problem

    def freeze(self, day: date) -> Sequence[FrozenLetter]:
        """The letters of a day in order of print; from now on it takes no more. An empty day stays open."""
        frozen = self.folder(day) / "frozen.json"
        try:
            with self._locked():
                if not frozen.exists():
                    kept = sorted(self._kept(day), key=lambda one: (one.address.postcode or "99999", one.reference))
                    if not kept:
                        return ()
                    lines = [{"ref": k.reference, "tag": k.tag, "pages": k.pages, "sha256": k.sha256} for k in kept]
                    write_durably(frozen, json.dumps(lines, indent=0).encode())
                    flush_folder(frozen.parent)
            return self.frozen(day)
        except OSError as problem:
            raise _spool_fault(self.root, problem) from problem

    def frozen(self, day: date) -> Sequence[FrozenLetter]:
        """The letters of a closed day; none when it is not closed."""
        try:
            lines = json.loads((self.folder(day) / "frozen.json").read_bytes())
        except FileNotFoundError:
            return ()
        return tuple(FrozenLetter(line["ref"], line["tag"], line["pages"], line["sha256"]) for line in lines)

    def waiting_days(self) -> Sequence[date]:
        """Days with letters that the print house does not have yet, the oldest first."""
        days = (date.fromisoformat(p.name) for p in self.root.iterdir() if _DAY.fullmatch(p.name))
        return sorted(day for day in days if not self.handed_over(day).exists() and any(self._kept(day)))

    def handed_over(self, day: date) -> Path:
        """The mark of a batch that the print house has."""
        return self.folder(day) / "handed_over"

    def address(self, day: date, reference: str) -> PostalAddress:
        """Whom a kept letter goes to."""
        return _from_json((self.folder(day) / f"{reference}.json").read_bytes()).address

    def forget_before(self, day: date) -> int:
        """Erase letters and addresses of batches handed over before a day; marks and order of print stay."""
        erased = 0
        for folder in sorted(self.root.iterdir()):
            if not _DAY.fullmatch(folder.name) or not (folder / "handed_over").exists():
                continue
            if date.fromisoformat(folder.name) >= day:
                continue
            archive = self.out / f"{self.batch_name(date.fromisoformat(folder.name))}.zip"
            for file in (*folder.iterdir(), archive):
                if file.name not in {"frozen.json", "handed_over"} and file.exists():
                    file.unlink()
                    erased += 1
        _log.info("letters_erased", files=erased)
        return erased

    def _open_day(self, reference: str, day: date) -> date:
        while (self.folder(day) / "frozen.json").exists() or self._is_kept(day, reference):
            day += timedelta(days=1)
        _make_folder(self.folder(day))
        return day

    def _is_kept(self, day: date, reference: str) -> bool:
        try:
            letter = _from_json((self.folder(day) / f"{reference}.json").read_bytes())
        except FileNotFoundError:
            return False
        mark = self.find(letter.tag)
        return mark is not None and (mark.reference, mark.day) == (reference, day)

    def _kept(self, day: date) -> Iterator[Kept]:
        for file in self.folder(day).glob("*.json"):
            if file.name != "frozen.json" and self._is_kept(day, file.stem):
                yield _from_json(file.read_bytes())

    def _put_mark(self, letter: Kept, day: date) -> Mark:
        path = self._mark(letter.tag)
        _make_folder(path.parent)
        said = {"tag": letter.tag, "ref": letter.reference, "day": day.isoformat()}
        write_durably(path, json.dumps(said).encode())
        try:
            flush_folder(path.parent)
        except OSError as problem:
            raise SpoolUnsure(
                f"The letter spool {self.root} failed while a letter was marked ({problem.strerror})."
            ) from problem
        return Mark(letter.reference, day, self.batch_name(day))

    def _mark(self, tag: str) -> Path:
        name = file_hash(tag.encode())
        return self.root / "tags" / name[:2] / f"{name}.json"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.root / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def file_hash(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_durably(path: Path, data: bytes) -> None:
    """Write whole and flushed under its name, or not at all; the folder's own entry is the caller's to flush."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """Make new names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=_FOLDER_MODE)
        flush_folder(folder.parent)


def _to_json(letter: Kept) -> bytes:
    said: dict[str, Any] = {"tag": letter.tag, "ref": letter.reference, "pages": letter.pages, "sha256": letter.sha256}
    to = letter.address
    return json.dumps({**said, "name": to.name, "lines": list(to.lines), "postcode": to.postcode}).encode()


def _from_json(raw: bytes) -> Kept:
    said = json.loads(raw)
    address = PostalAddress(said["name"], tuple(said["lines"]), said["postcode"])
    return Kept(said["tag"], said["ref"], said["pages"], said["sha256"], address)


def _refuse(batch: str) -> date:
    raise InputError(f"{batch!r} is no batch of ours; one is CAKRA-20261121.", code="batch_name")


def _spool_fault(root: Path, problem: OSError) -> StoreError:
    return StoreError(
        f"The letter spool {root} could not keep or read a letter ({problem.strerror}): check the disk.", code="spool"
    )
