"""Where letters wait for their batch: durable, and one letter for one tag whatever happens in between.

    SPOOL/lock                       held while a letter is kept or a day is frozen
    SPOOL/identity                   who this spool is: the database knows the one that letters wait in
    SPOOL/tags/ab/<hash>.json        the mark that makes a letter ours: tag, reference, day (nothing personal)
    SPOOL/2026-11-21/<ref>.pdf       the letter, and <ref>.json: whom it goes to
    SPOOL/2026-11-21/frozen.json     the day is closed: its letters in order of print (nothing personal)
    SPOOL/2026-11-21/handed_over     the print house has the batch
    SPOOL/2026-11-21/told            and its letters' notices know
    SPOOL/out/<batch>.zip            what is handed over
    SPOOL/responses/<name>           what the print house said, as read

A letter counts from the moment its tag's mark exists; files without one were left by a crash and are
overwritten or passed over. A mark may also say that the letter was withdrawn, or shall never be kept. A day that
is frozen takes no more: the letter goes into the next one, and so does a second letter of the same reference, so
that a reference is unique in its batch.
"""

import contextlib
import fcntl
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cakra.core.errors import InputError, SetupError, StoreError
from cakra.core.ports import PostalAddress
from cakra.kit.logs import get_logger
from cakra.outside.letter.spool.files import FOLDER_MODE, file_hash, flush_folder, make_folder, write_durably
from cakra.outside.letter.spool.kept import FrozenLetter, KeptLetter, Mark, SpoolUnsure, from_json, to_json

_TOLD = "told"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_log = get_logger(__name__)


class LetterSpool:
    """A folder on a local disk, shared by any number of processes of one machine."""

    def __init__(self, root: Path, *, prefix: str = "CAKRA", zone: str = "Asia/Jakarta") -> None:
        if not re.fullmatch(r"[A-Z0-9]{1,12}", prefix):
            raise SetupError(f"The letters' batch prefix {prefix!r} must be 1 to 12 capital letters and digits.")
        self.root = root.absolute()
        self._prefix = prefix
        self._zone = ZoneInfo(zone)
        try:
            for folder in (self.root, self.root / "tags", self.out, self.responses, self.quarantine):
                folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        except OSError as problem:
            raise SetupError(
                f"The letter spool {self.root} cannot be used ({problem.strerror}): "
                "name a folder that this user may write to."
            ) from problem

    @property
    def place(self) -> str:
        """Where it lies on this host."""
        return str(self.root)

    @property
    def out(self) -> Path:
        """Archives on their way."""
        return self.root / "out"

    @property
    def responses(self) -> Path:
        """What the print house said, as read."""
        return self.root / "responses"

    @property
    def quarantine(self) -> Path:
        """What of it could not be used."""
        return self.root / "quarantine"

    def identity(self) -> str:
        """Who this spool is, wherever the folder is moved to: made once. StoreError."""
        path = self.root / "identity"
        try:
            with self._locked():
                if not path.exists():
                    write_durably(path, secrets.token_hex(16).encode())
                    flush_folder(self.root)
                return path.read_text("ascii")
        except OSError as problem:
            raise _spool_fault(self.root, problem) from problem

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
        return Mark(said["ref"], day, self.batch_name(day), said.get("withdrawn", False))

    def keep(self, letter: KeptLetter, pdf: bytes, at: datetime) -> Mark:
        """Return when the letter is durable, or was withdrawn before.

        StoreError: surely not kept; SpoolUnsure: not known.
        """
        try:
            with self._locked():
                if (known := self.find(letter.tag)) is not None:
                    return known
                day = self._open_day(letter.reference, at.astimezone(self._zone).date())
                folder = self.folder(day)
                write_durably(folder / f"{letter.reference}.pdf", pdf)
                write_durably(folder / f"{letter.reference}.json", to_json(letter))
                flush_folder(folder)
                return self._put_mark(letter.tag, letter.reference, day)
        except OSError as problem:
            raise _spool_fault(self.root, problem) from problem

    def withdraw(self, tags: Iterable[str]) -> frozenset[str]:
        """Take letters out of days that are still open; a tag without a letter is barred. Which of them are out."""
        out = set()
        with self._locked():
            for tag in tags:
                mark = self.find(tag)
                if mark is None:
                    self._put_mark(tag, "", date.min, withdrawn=True)
                elif not mark.withdrawn:
                    if (self.folder(mark.day) / "frozen.json").exists():
                        continue
                    self._put_mark(tag, mark.reference, mark.day, withdrawn=True)
                    self._remove(mark)
                out.add(tag)
        return frozenset(out)

    def postpone(self, tags: Iterable[str]) -> None:
        """Move letters of days that are still open to the day after."""
        with self._locked():
            for tag in tags:
                mark = self.find(tag)
                if mark is None or mark.withdrawn or (self.folder(mark.day) / "frozen.json").exists():
                    continue
                day = self._open_day(mark.reference, mark.day + timedelta(days=1))
                for kind in ("pdf", "json"):
                    kept = self.folder(mark.day) / f"{mark.reference}.{kind}"
                    write_durably(self.folder(day) / kept.name, kept.read_bytes())
                flush_folder(self.folder(day))
                self._put_mark(tag, mark.reference, day)
                self._remove(mark)

    def waiting(self, day: date) -> Sequence[KeptLetter]:
        """The letters of a day that is still open; those of a closed day are `frozen`."""
        return () if (self.folder(day) / "frozen.json").exists() else tuple(self._kept(day))

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
        return [day for day in self.days() if not self.handed_over(day).exists() and any(self._kept(day))]

    def days(self) -> Sequence[date]:
        """Every day that ever had a letter, the oldest first."""
        found = []
        for path in self.root.iterdir():
            with contextlib.suppress(ValueError):  # a name that looks like a day and is none
                found += [date.fromisoformat(path.name)] if _DAY.fullmatch(path.name) else []
        return sorted(found)

    def handed_over(self, day: date) -> Path:
        """The mark of a batch that the print house has."""
        return self.folder(day) / "handed_over"

    def handed_over_at(self, day: date) -> datetime | None:
        """Since when it has it."""
        mark = self.handed_over(day)
        return datetime.fromtimestamp(mark.stat().st_mtime, UTC) if mark.exists() else None

    def is_told(self, day: date) -> bool:
        """Whether the notices of a batch know that it was handed over."""
        return (self.folder(day) / _TOLD).exists()

    def mark_told(self, day: date) -> None:
        """They know it."""
        write_durably(self.folder(day) / _TOLD, b"")
        flush_folder(self.folder(day))

    def address(self, day: date, reference: str) -> PostalAddress:
        """Whom a kept letter goes to."""
        return from_json((self.folder(day) / f"{reference}.json").read_bytes()).address

    def forget_before(self, day: date) -> int:
        """Erase letters and addresses of batches handed over before a day; marks and order of print stay."""
        erased = 0
        for old in (old for old in self.days() if old < day and self.handed_over(old).exists()):
            for file in (*self.folder(old).iterdir(), self.out / f"{self.batch_name(old)}.zip"):
                if file.name not in {"frozen.json", "handed_over", "told"} and file.exists():
                    file.unlink()
                    erased += 1
        if erased:
            _log.info("letters_erased", files=erased)
        return erased

    def _open_day(self, reference: str, day: date) -> date:
        while (self.folder(day) / "frozen.json").exists() or self._is_kept(day, reference):
            day += timedelta(days=1)
        make_folder(self.folder(day))
        return day

    def _is_kept(self, day: date, reference: str) -> bool:
        try:
            letter = from_json((self.folder(day) / f"{reference}.json").read_bytes())
        except FileNotFoundError:
            return False
        mark = self.find(letter.tag)
        return mark is not None and not mark.withdrawn and (mark.reference, mark.day) == (reference, day)

    def _kept(self, day: date) -> Iterator[KeptLetter]:
        for file in self.folder(day).glob("*.json"):
            try:
                kept = file.name != "frozen.json" and self._is_kept(day, file.stem)
                letter = from_json(file.read_bytes()) if kept else None
            except (ValueError, LookupError, TypeError) as problem:  # it stays where it is, the others leave
                _log.error("letter_unreadable", day=day.isoformat(), file=file.name, kind=type(problem).__name__)
                continue
            if letter is not None:
                yield letter

    def _remove(self, mark: Mark) -> None:
        for kind in ("pdf", "json"):
            (self.folder(mark.day) / f"{mark.reference}.{kind}").unlink(missing_ok=True)

    def _put_mark(self, tag: str, reference: str, day: date, *, withdrawn: bool = False) -> Mark:
        path = self._mark(tag)
        make_folder(path.parent)
        said = {"tag": tag, "ref": reference, "day": day.isoformat()} | ({"withdrawn": True} if withdrawn else {})
        write_durably(path, json.dumps(said).encode())
        try:
            flush_folder(path.parent)
        except OSError as problem:
            raise SpoolUnsure(
                f"The letter spool {self.root} failed while a letter was marked ({problem.strerror})."
            ) from problem
        return Mark(reference, day, self.batch_name(day), withdrawn)

    def _mark(self, tag: str) -> Path:
        name = file_hash(tag.encode())
        return self.root / "tags" / name[:2] / f"{name}.json"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.root / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _refuse(batch: str) -> date:
    raise InputError(f"{batch!r} is no batch of ours; one is CAKRA-20261121.", code="batch_name")


def _spool_fault(root: Path, problem: OSError) -> StoreError:
    return StoreError(
        f"The letter spool {root} could not keep or read a letter ({problem.strerror}): check the disk.", code="spool"
    )
