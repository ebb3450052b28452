"""Files of the drop folder, reached step by step from its root: no link is followed, nothing outside is touched.

Whoever may write into the folder may put links, pipes and names of any bytes there. Every folder on the way to a file
and the file itself are opened with O_NOFOLLOW relative to the one before, and only regular files are read.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

DONE, QUARANTINE = "done", "quarantine"
_DEPTH = 8  # levels of folders: camera, year, month, day, hour, and some
_MOST_ENTRIES = 50_000  # looked at in one scan; the rest comes when these are gone
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place below the root: the folders on the way, and the name. Names may hold any bytes (surrogate escapes)."""

    folders: tuple[str, ...]
    name: str

    @property
    def stem(self) -> str:
        """The name without its extension."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """The extension in lower case, with its dot."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def shown(self) -> str:
        """For logs and reasons: printable, bytes that are no text escaped."""
        return printable("/".join((*self.folders, self.name)))


@dataclass(slots=True)
class Listing:
    """One look at the whole folder. `odd`: links, pipes and whatever is neither file nor folder, with what it is."""

    files: dict[Spot, tuple[int, int]] = field(default_factory=dict)  # → size, time of change in ns
    odd: list[tuple[Spot, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # folders that cannot be opened
    empty: list[Spot] = field(default_factory=list)  # folders with nothing in them
    cut: bool = False


def printable(name: str) -> str:
    """A name of any bytes as text that can be logged, shown and stored."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace("\x00", "")[:_LONGEST_NAME]


class DropFolder:
    """The folder as its watcher uses it. OSError where the root itself cannot be opened."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def look(self) -> Listing:
        """Everything in it but what was moved to `done` and `quarantine`."""
        self.root.mkdir(parents=True, exist_ok=True)
        listing = Listing()
        handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._walk(handle, (), listing)
        finally:
            os.close(handle)
        return listing

    def _walk(self, handle: int, folders: tuple[str, ...], listing: Listing) -> None:
        with os.scandir(handle) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        if not found and folders:
            listing.empty.append(Spot(folders[:-1], folders[-1]))
        for entry in found:
            spot = Spot(folders, entry.name)
            if len(listing.files) + len(listing.odd) >= _MOST_ENTRIES:
                listing.cut = True
                return
            try:
                seen = os.stat(entry.name, dir_fd=handle, follow_symlinks=False)
            except OSError:
                continue  # gone meanwhile
            if stat.S_ISREG(seen.st_mode):
                listing.files[spot] = (seen.st_size, seen.st_mtime_ns)
            elif not stat.S_ISDIR(seen.st_mode):
                listing.odd.append((spot, "a link" if stat.S_ISLNK(seen.st_mode) else "no regular file"))
            elif folders or entry.name not in {DONE, QUARANTINE}:
                self._enter(handle, spot, listing)

    def _enter(self, handle: int, spot: Spot, listing: Listing) -> None:
        if len(spot.folders) >= _DEPTH:
            listing.unread.append(spot.shown)
            return
        try:
            inner = os.open(spot.name, _FOLDER, dir_fd=handle)
        except OSError:
            listing.unread.append(spot.shown)
            return
        try:
            self._walk(inner, (*spot.folders, spot.name), listing)
        except OSError:
            listing.unread.append(spot.shown)
        finally:
            os.close(inner)

    def read(self, spot: Spot, most: int) -> bytes:
        """Up to `most` + 1 bytes of a regular file. OSError for anything else."""
        with self._folder(spot.folders) as handle:
            file = os.open(spot.name, _FILE, dir_fd=handle)
            with os.fdopen(file, "rb") as opened:
                if not stat.S_ISREG(os.fstat(file).st_mode):
                    raise OSError(f"{spot.shown} is no regular file")
                return opened.read(most + 1)

    def names(self, folders: tuple[str, ...]) -> list[str]:
        """The names in one folder; none where there is no such folder."""
        with suppress(OSError), self._folder(folders) as handle:
            return sorted(os.listdir(handle))  # noqa: PTH208 - of a handle, not a path
        return []

    def move(self, spot: Spot, where: str, reason: str | None = None) -> Spot:
        """Into `done` or `quarantine`, under the same folders; with the reason beside it. OSError."""
        target = (where, *spot.folders)
        with self._folder(spot.folders) as source, self._folder(target, make=True) as folder:
            name = _free(folder, spot.name)
            os.rename(spot.name, name, src_dir_fd=source, dst_dir_fd=folder)
            if reason is not None:
                self._write(folder, f"{name}.reason.txt", reason + "\n")
        return Spot(target, name)

    def move_back(self, spot: Spot) -> None:
        """A file of `quarantine` to `done`, for it was taken after all. OSError."""
        target = (DONE, *spot.folders[1:])
        with self._folder(spot.folders) as source, self._folder(target, make=True) as folder:
            os.rename(spot.name, _free(folder, spot.name), src_dir_fd=source, dst_dir_fd=folder)
            with suppress(OSError):
                os.unlink(f"{spot.name}.reason.txt", dir_fd=source)

    def sweep(self, spot: Spot, before_s: float) -> None:
        """Remove an empty folder that nothing was put into since; whatever speaks against it is no fault."""
        with suppress(OSError), self._folder(spot.folders) as handle:
            if os.stat(spot.name, dir_fd=handle, follow_symlinks=False).st_mtime < before_s:
                os.rmdir(spot.name, dir_fd=handle)

    @staticmethod
    def _write(folder: int, name: str, text: str) -> None:
        with suppress(OSError):  # the reason is in the database and the log as well
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640, dir_fd=folder)
            with os.fdopen(file, "w", encoding="utf-8", errors="backslashreplace") as opened:
                opened.write(text)

    @contextmanager
    def _folder(self, folders: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
        handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for name in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(name, 0o750, dir_fd=handle)
                inner = os.open(name, _FOLDER, dir_fd=handle)
                os.close(handle)
                handle = inner
            yield handle
        finally:
            os.close(handle)


def _free(folder: int, name: str) -> str:
    """The name, or with a number where it is taken."""
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    count, free = 0, name
    while True:
        try:
            os.stat(free, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return free
        count += 1
        free = f"{stem[:_LONGEST_NAME]}.{count}{suffix}"
