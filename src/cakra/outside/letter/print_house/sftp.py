"""The print house's SFTP drop: an archive arrives as `.part`, gets its name when whole, and `.done` says take it."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Container, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from cakra.core.errors import CakraError, Conflict, SetupError, StoreError
from cakra.kit.logs import get_logger
from cakra.outside.letter.print_house.account import PrintHouse, TheirFile

_BLOCK = 1 << 18
_LARGEST_RESPONSE = 32 * 1024 * 1024
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SftpDrop:
    """A print house's folder, reached over SSH."""

    house: PrintHouse

    async def hand_over(self, archive: Path, checksum: str, done: bytes) -> None:
        """As `PrintHouse.hand_over`."""
        async with self._session() as sftp:
            final, marker = self._path(archive.name), self._path(f"{archive.stem}.done")
            if await sftp.exists(marker):
                if await self._read(sftp, marker) != done:
                    raise self._taken(marker)
                return
            if not await sftp.exists(final):
                await self._upload(sftp, archive, final)
            elif await self._checksum(sftp, final) != checksum:
                raise self._taken(final)
            await self._put_marker(sftp, marker, done)

    async def responses(self, folder: str, known: Container[TheirFile] = ()) -> Mapping[TheirFile, bytes]:
        """As `PrintHouse.responses`."""
        async with self._session() as sftp:
            found: dict[TheirFile, bytes] = {}
            for entry in sorted(await sftp.readdir(folder), key=lambda one: str(one.filename)):
                name, told = str(entry.filename), entry.attrs
                written = TheirFile(name, told.size or 0, int(told.mtime or 0))
                if name.endswith(".csv") and "/" not in name and not name.startswith(".") and written not in known:
                    found[written] = await self._read(sftp, f"{folder}/{name}")
            return found

    async def _upload(self, sftp: asyncssh.SFTPClient, archive: Path, final: str) -> None:
        part = f"{final}.part"
        with archive.open("rb") as source:
            async with sftp.open(part, "wb") as target:
                while block := await asyncio.to_thread(source.read, _BLOCK):
                    await target.write(block)
                with contextlib.suppress(asyncssh.SFTPOpUnsupported):
                    await target.fsync()
        await sftp.rename(part, final)
        _log.info("letter_archive_uploaded", archive=archive.name)

    @staticmethod
    async def _put_marker(sftp: asyncssh.SFTPClient, marker: str, done: bytes) -> None:
        async with sftp.open(f"{marker}.part", "wb") as target:
            await target.write(done)
        await sftp.rename(f"{marker}.part", marker)

    async def _read(self, sftp: asyncssh.SFTPClient, path: str) -> bytes:
        size = await sftp.getsize(path)
        if size is None or size > _LARGEST_RESPONSE:
            raise StoreError(
                f"{path} at the print house {self.house.host} has {size} bytes, too many.", code="print_house"
            )
        async with sftp.open(path, "rb") as file:
            data: bytes = await file.read()
        return data

    @staticmethod
    async def _checksum(sftp: asyncssh.SFTPClient, path: str) -> str:
        digest = hashlib.sha256()
        async with sftp.open(path, "rb") as file:
            block: bytes = await file.read(_BLOCK)
            while block:
                digest.update(block)
                block = await file.read(_BLOCK)
        return digest.hexdigest()

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[asyncssh.SFTPClient]:
        try:
            async with (
                asyncssh.connect(
                    self.house.host,
                    self.house.port,
                    username=self.house.user,
                    client_keys=[str(self.house.key_file)],
                    known_hosts=str(self.house.known_hosts),
                    agent_path=None,
                    config=None,
                    preferred_auth="publickey",
                    connect_timeout=self.house.timeout_s,
                    login_timeout=self.house.timeout_s,
                    keepalive_interval=self.house.timeout_s / 2,  # a server that is gone is noticed in mid-file too
                    keepalive_count_max=2,
                ) as connection,
                connection.start_sftp_client() as sftp,
            ):
                yield sftp
        except CakraError:
            raise
        except (OSError, asyncssh.Error, asyncssh.KeyImportError) as problem:
            raise self._told(problem) from problem

    def _told(self, problem: Exception) -> CakraError:
        """The fault in words: whose it is and what to do."""
        where = f"the print house {self.house.user}@{self.house.host}:{self.house.port}"
        match problem:
            case asyncssh.HostKeyNotVerifiable():
                return SetupError(
                    f"The host key of {where} is not the one in {self.house.known_hosts}: nothing was sent. Ask the "
                    "print house for its fingerprint by another way before the file is changed."
                )
            case asyncssh.PermissionDenied():
                return SetupError(
                    f"Signing in at {where} with {self.house.key_file} was refused; is the public key there?"
                )
            case asyncssh.KeyImportError() | FileNotFoundError() | PermissionError():
                return SetupError(f"The key or known_hosts file for {where} cannot be read: {problem}.")
            case asyncssh.SFTPNoSuchFile() | asyncssh.SFTPNoSuchPath() | asyncssh.SFTPPermissionDenied():
                return SetupError(f"The folder {self.house.folder} at {where} cannot be used: {problem}.")
            case _:
                return StoreError(
                    f"No batch could be handed to {where} ({problem or type(problem).__name__}): nothing is lost, "
                    "run it again when the server answers.",
                    code="print_house",
                )

    def _taken(self, path: str) -> Conflict:
        return Conflict(
            f"{path} at the print house {self.house.host} is not what we would hand over: look at it together, rename "
            "theirs, then run the batch again.",
            code="batch_conflict",
        )

    def _path(self, name: str) -> str:
        return f"{self.house.folder.rstrip('/') or ''}/{name}"
