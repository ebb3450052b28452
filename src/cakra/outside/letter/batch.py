"""A day's letters as one signed archive, handed to the print house exactly once.

    CAKRA-20261121.zip
        CAKRA-20261121/letters/<ref>.pdf
        CAKRA-20261121/manifest.csv
        CAKRA-20261121/SHA256SUMS        every file above
        CAKRA-20261121/SHA256SUMS.sig    Ed25519 over SHA256SUMS, 64 bytes
    CAKRA-20261121.done                  the archive's SHA-256: it is whole, take it

Each step leaves a file, and each looks whether its file is there: freeze the day, pack, upload, mark. So the
same call after a crash, or a second time, goes on where the first one stopped.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import zipfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cakra.core.errors import Conflict, SetupError, StoreError
from cakra.core.ports import PostalAddress
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.outside.letter.manifest import manifest
from cakra.outside.letter.print_house import PrintHouse
from cakra.outside.letter.spool import FrozenLetter, LetterSpool, file_hash, flush_folder, write_durably

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that the print house has; `tags` in order of print, each with provider id `<name>/<reference>`."""

    name: str
    day: date
    letters: Sequence[FrozenLetter]
    sha256: str

    @property
    def tags(self) -> tuple[str, ...]:
        """The messages that are now handed over."""
        return tuple(letter.tag for letter in self.letters)

    def provider_id(self, letter: FrozenLetter) -> str:
        """As the sender answered it, and as receipts carry it."""
        return f"{self.name}/{letter.reference}"


async def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class BatchDesk:
    """Packs the days of one spool and hands them to one print house."""

    spool: LetterSpool
    house: PrintHouse
    key: Ed25519PrivateKey
    service_class: str = "REGULER"

    async def close_batch(self, day: date, may_leave: Callable[[], Awaitable[bool]] = _always) -> Batch | None:
        """Hand over the letters of a day; None when there are none. Safe to repeat, before or after success.

        `may_leave` is asked right before the line is opened; on False the day is closed and packed, nothing more.
        StoreError: the print house or the disk did not do its part, run it again; SetupError: the address, key
        or host key is wrong; Conflict: something else lies under the batch's name. The letters stay kept.
        """
        name = self.spool.batch_name(day)
        with self._alone(name):
            letters = await asyncio.to_thread(self.spool.freeze, day)
            if not letters:
                return None
            done = self.spool.handed_over(day)
            if done.exists():
                return Batch(name, day, letters, done.read_text("ascii").split()[0])
            archive = await asyncio.to_thread(self._pack, name, day, letters)
            checksum = await asyncio.to_thread(_hash_of, archive)
            line = f"{checksum}  {archive.name}\n"
            if not await may_leave():
                return None
            await self.house.hand_over(archive, checksum, line.encode())
            await asyncio.to_thread(self._mark_done, done, line)
        _log.info("letter_batch_handed_over", batch=name, letters=len(letters))
        return Batch(name, day, letters, checksum)

    def _pack(self, name: str, day: date, letters: Sequence[FrozenLetter]) -> Path:
        archive = self.spool.out / f"{name}.zip"
        if archive.exists():  # it got its name when it was whole and flushed
            return archive
        unfinished = archive.with_suffix(".zip.unfinished")
        try:
            with unfinished.open("wb") as file:
                with _Archive(file, name, day) as archived:
                    self._write_archive(archived, day, letters)
                file.flush()
                # A name given before the bytes are durable could survive a power cut without them.
                os.fsync(file.fileno())
            unfinished.replace(archive)
            flush_folder(archive.parent)
        except OSError as problem:
            raise StoreError(
                f"The letters of batch {name} could not be packed in {self.spool.out} ({problem}): check the disk, "
                "then run it again.",
                code="spool",
            ) from problem
        return archive

    def _write_archive(self, archive: "_Archive", day: date, letters: Sequence[FrozenLetter]) -> None:
        addressed: list[tuple[FrozenLetter, PostalAddress]] = []
        for letter in letters:
            pdf = (self.spool.folder(day) / f"{letter.reference}.pdf").read_bytes()
            if file_hash(pdf) != letter.sha256:
                raise StoreError(
                    f"Letter {letter.reference} of {day} is damaged in the spool: restore the file, or have it sent "
                    "anew, then run the batch again.",
                    code="letter_damaged",
                )
            archive.add(f"letters/{letter.reference}.pdf", pdf)
            addressed.append((letter, self.spool.address(day, letter.reference)))
        archive.add("manifest.csv", manifest(addressed, self.service_class))
        archive.sign(self.key)

    @staticmethod
    def _mark_done(done: Path, line: str) -> None:
        write_durably(done, line.encode())
        at = now().timestamp()  # a file system has a clock of its own
        os.utime(done, (at, at))
        flush_folder(done.parent)

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        with (self.spool.out / f"{name}.lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(f"Batch {name} is being handed over by another process.", code="batch_busy") from None
            yield


class _Archive:
    """A ZIP that comes out the same, byte for byte, from the same letters."""

    def __init__(self, file: IO[bytes], name: str, day: date) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._name = name
        self._moment = (day.year, day.month, day.day, 0, 0, 0)
        self._sums: list[str] = []

    def add(self, path: str, data: bytes) -> None:
        """One file; PDFs are compressed inside already."""
        entry = zipfile.ZipInfo(f"{self._name}/{path}", self._moment)
        entry.compress_type = zipfile.ZIP_STORED if path.endswith((".pdf", ".sig")) else zipfile.ZIP_DEFLATED
        entry.external_attr = 0o640 << 16
        self._zip.writestr(entry, data)
        self._sums.append(f"{file_hash(data)}  {path}\n")

    def sign(self, key: Ed25519PrivateKey) -> None:
        """The checksums of everything added, and their signature."""
        sums = "".join(self._sums).encode()
        self.add("SHA256SUMS", sums)
        self.add("SHA256SUMS.sig", key.sign(sums))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_reason: object) -> None:
        self._zip.close()


def read_batch_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 key that signs batches, PEM without a passphrase. SetupError says what is wrong with it."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise SetupError(
            f"The letters' signing key {path} cannot be read ({problem}); "
            "make one: openssl genpkey -algorithm ed25519 -out FILE"
        ) from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(f"The letters' signing key {path} is not an Ed25519 key.")
    return key


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
