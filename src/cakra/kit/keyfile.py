"""Key files that are made once and then kept: whole or not at all, readable by their owner alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def keep_once(path: Path, text: str) -> None:
    """Write a new file (0600) and flush it; when there is one already, that one stays.

    Written whole under another name first, so that two first starts at once agree on one content. OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
