"""Making a batch of new files durable: one `syncfs` where the system has it, else file by file."""

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path


def _find_syncfs() -> Callable[[int], int] | None:
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):  # not Linux, or a C library without it
        return None
    syncfs.argtypes, syncfs.restype = [ctypes.c_int], ctypes.c_int
    return lambda descriptor: int(syncfs(descriptor))


SYNCFS = _find_syncfs()


@contextlib.contextmanager
def durable_batch(root: Path, *, syncfs: Callable[[int], int] | None = SYNCFS) -> Iterator[set[Path]]:
    """Everything written under `root` inside the block is durable when the block has ended.

    The block adds the files it relies on to the yielded set. The descriptor is opened before the first
    write because syncfs reports only write-back errors that happened after its descriptor was opened
    (Linux 5.8 and later). Raises OSError when the system could not write; then nothing is promised.
    """
    descriptor = os.open(root, os.O_RDONLY)
    try:
        files: set[Path] = set()
        yield files
        if not files:
            return
        if syncfs is None:
            _flush_each(root, files)
        elif syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(root))
    finally:
        os.close(descriptor)


def flush_folders(folders: Iterable[Path]) -> None:
    """What was taken out of these folders stays out after a power cut; one that is not there holds nothing. OSError."""
    for folder in folders:
        with contextlib.suppress(FileNotFoundError):
            _flush(folder)


def _flush_each(root: Path, files: Iterable[Path]) -> None:
    """Flush every file, then every folder whose entries may be new, the deepest first."""
    folders = {root}
    for file in files:
        _flush(file)
        folders.update(parent for parent in file.parents if root in parent.parents)
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        _flush(folder)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
