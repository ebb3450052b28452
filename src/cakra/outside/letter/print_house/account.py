"""A print house's account, and what is exchanged with it."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TheirFile:
    """A file of theirs: name, bytes, and when it was written last (seconds)."""

    name: str
    size: int
    mtime: int


@dataclass(frozen=True, slots=True)
class PrintHouse:
    """One account at a print house. Its host key must be in `known_hosts`; we sign in with a key file only."""

    host: str
    port: int
    user: str
    key_file: Path
    known_hosts: Path
    folder: str = "."
    timeout_s: float = 60.0

    async def hand_over(self, archive: Path, checksum: str, done: bytes) -> None:
        """Return when archive and `.done` are there under their names; what is there already is not sent again.

        StoreError `print_house`: not reached or broken off, try again; SetupError: address, key, host key or
        folder is wrong; Conflict: another file has the archive's name.
        """
        from cakra.outside.letter.print_house.sftp import SftpDrop

        await SftpDrop(self).hand_over(archive, checksum, done)

    async def responses(self, folder: str, known: Container[TheirFile] = ()) -> Mapping[TheirFile, bytes]:
        """The response files (`*.csv`) in a folder of theirs that are not `known`. Errors as above."""
        from cakra.outside.letter.print_house.sftp import SftpDrop

        return await SftpDrop(self).responses(folder, known)
