"""Photographs in a local folder: many processes may write to it at once."""

import asyncio
import errno
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cakra.core.errors import SetupError, StorageFull, StoreAway, StoreError
from cakra.kit.logs import get_logger
from cakra.outside.photos.content import damaged, is_content_of, missing, object_name, refuse_misnamed
from cakra.outside.photos.durable import SYNCFS, durable_batch, flush_folders

_log = get_logger(__name__)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
_OF_ONE_FILE = {errno.EACCES, errno.EPERM, errno.EISDIR, errno.ELOOP, errno.EIO}
"""What a single file can have, while the folder is well: then its bytes are there and cannot be read."""
_ABANDONED_AFTER_S = 24 * 3600
_FOLDER_MODE, _FILE_MODE = 0o750, 0o440  # photographs show people; nobody edits an original


class FolderPhotos:
    """A `PhotoStore` in a folder: `ab/cd/<sha256>`, unfinished files in `incoming/`.

    A file gets its final name only when written whole, but a power cut before the flush can still leave
    a short file under that name. So a name that exists is trusted only after its content was hashed.
    """

    def __init__(self, root: Path, *, syncfs: Callable[[int], int] | None = SYNCFS) -> None:
        self._root = root.absolute()
        self._incoming = self._root / "incoming"
        self._syncfs = syncfs
        # After a failed flush the page cache may show bytes that never reached the disk.
        self._doubtful: set[bytes] = set()
        try:
            self._incoming.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
            self._sweep_abandoned()
        except OSError as error:
            raise SetupError(
                f"The photo folder {self._root} cannot be used ({error.strerror}): "
                "name a folder that this user may write to."
            ) from error

    async def put_many(self, blobs: Mapping[bytes, bytes]) -> None:
        """Return when all blobs are durable; keys are their SHA-256 digests (32 bytes).

        Raises InputError (a blob is not what its digest says), StorageFull or StoreError; then none of
        the batch may be acknowledged, and putting it again is safe.
        """
        if blobs:
            await asyncio.to_thread(self._put_many, dict(blobs))

    async def get(self, digest: bytes) -> bytes:
        """The bytes with that digest; NotFound, StoreAway, or StoreError `photo_damaged` when they no longer match."""
        return await asyncio.to_thread(self._get, digest)

    async def has(self, digests: Sequence[bytes]) -> set[bytes]:
        """Those of the digests whose photographs are here whole and durable. StoreError."""
        return await asyncio.to_thread(self._has, list(digests))

    async def delete_many(self, digests: Sequence[bytes]) -> None:
        """Return when these photographs are gone for good; InputError for what is no digest, StoreError."""
        await asyncio.to_thread(self._delete_many, [self._path(digest) for digest in digests])

    def _put_many(self, blobs: dict[bytes, bytes]) -> None:
        refuse_misnamed(blobs)
        try:
            with durable_batch(self._root, syncfs=self._syncfs) as files:
                for digest, data in blobs.items():
                    files.add(self._place(digest, data))
        except OSError as error:
            self._doubtful.update(blobs)
            raise self._refusal(error) from error
        self._doubtful.difference_update(blobs)

    def _place(self, digest: bytes, data: bytes) -> Path:
        final = self._path(digest)
        if self._is_whole(digest):
            return final
        final.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        temporary = self._write_incoming(data)
        try:
            if not self._link_new(temporary, final) and not self._is_whole(digest):
                self._replace(temporary, final)
        finally:
            temporary.unlink(missing_ok=True)
        return final

    def _write_incoming(self, data: bytes) -> Path:
        temporary = self._incoming / secrets.token_hex(16)
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        return temporary

    @staticmethod
    def _link_new(temporary: Path, final: Path) -> bool:
        """Give the file its final name unless that name exists already or links are not possible here."""
        try:
            os.link(temporary, final)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno in _NO_HARD_LINKS:
                return False
            raise
        return True

    @staticmethod
    def _replace(temporary: Path, final: Path) -> None:
        """Put whole bytes over a short or doubtful file; flushed first, so no moment is worse than now."""
        if final.exists():
            _log.warning("photo_repaired", sha256=final.name)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(final)

    def _is_whole(self, digest: bytes) -> bool:
        if digest in self._doubtful:
            return False
        try:
            return is_content_of(digest, self._path(digest).read_bytes())
        except FileNotFoundError:
            return False

    def _get(self, digest: bytes) -> bytes:
        try:
            data = self._path(digest).read_bytes()
        except FileNotFoundError as error:
            if not self._is_here():
                raise self._refusal(error) from error
            raise missing(digest) from None
        except OSError as error:
            if error.errno in _OF_ONE_FILE and self._is_here():
                raise damaged(digest, str(self._root)) from error
            raise self._refusal(error) from error
        if not is_content_of(digest, data):
            raise damaged(digest, str(self._root))
        return data

    def _is_here(self) -> bool:
        """Whether the folder itself is there; a mount point whose disk is gone is an empty folder."""
        return self._incoming.is_dir()

    def _has(self, digests: list[bytes]) -> set[bytes]:
        try:
            with durable_batch(self._root, syncfs=self._syncfs) as files:
                # Whole is not yet durable: another process may have named it and not flushed it.
                found = {digest for digest in digests if self._is_whole(digest)}
                files.update(self._path(digest) for digest in found)
        except OSError as error:
            raise self._refusal(error) from error
        return found

    def _delete_many(self, paths: list[Path]) -> None:
        try:
            if not self._is_here():  # a disk that is not mounted keeps what it holds
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._root))
            for path in paths:
                path.unlink(missing_ok=True)
            flush_folders({path.parent for path in paths})
        except OSError as error:
            raise StoreAway(
                f"The photo folder {self._root} did not let photographs go ({error.strerror}): "
                "it is tried again. Check the disk, and that this user owns the folder."
            ) from error

    def _path(self, digest: bytes) -> Path:
        return self._root / object_name(digest)

    def _refusal(self, error: OSError) -> StoreError:
        if error.errno in _NO_ROOM:
            return StorageFull(
                f"The photo folder {self._root} has no room left ({error.strerror}): "
                "nothing was acknowledged. Free space there or name a larger folder, then send again."
            )
        return StoreAway(
            f"The photo folder {self._root} could not keep or read a photograph ({error.strerror}): "
            "nothing was acknowledged. Check the disk, then send again."
        )

    def _sweep_abandoned(self) -> None:
        """Remove what a crash left half-written long ago; no live writer takes a day.

        Reckoned by the folder's own clock: it may be another machine's.
        """
        os.utime(self._incoming)
        now = self._incoming.stat().st_mtime
        for file in self._incoming.iterdir():
            try:
                if now - file.stat().st_mtime > _ABANDONED_AFTER_S:
                    file.unlink()
            except FileNotFoundError:  # its writer, or another sweep, was quicker
                continue
