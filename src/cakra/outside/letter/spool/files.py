"""Files that survive a power cut: written whole, flushed, and named only then."""

import hashlib
import os
import secrets
from pathlib import Path

FOLDER_MODE, _FILE_MODE = 0o700, 0o600  # names and addresses


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


def make_folder(folder: Path) -> None:
    """Make a folder that only we may read, durably."""
    if not folder.is_dir():
        folder.mkdir(mode=FOLDER_MODE)
        flush_folder(folder.parent)
