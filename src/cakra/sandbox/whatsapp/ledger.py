"""The append-only log of accepted sends (one JSON line each), and what the phone pages need of it."""

import json
import os
from array import array
from collections import OrderedDict
from pathlib import Path
from typing import Any

from cakra.kit.errors import SetupError

_NUMBERS_KEPT = 20_000
_MESSAGES_KEPT = 200
_MEDIA_KEPT_BYTES = 64 * 1024 * 1024


class SendLog:
    """Accepted sends, on disk before the provider answers; found again after a restart."""

    def __init__(self, path: Path, *, fsync: bool) -> None:
        self._fsync = fsync
        self._starts = array("Q", [0])
        self._by_number: OrderedDict[str, list[int]] = OrderedDict()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as reason:
            raise SetupError(f"The sandbox cannot write its log {path}: {reason.strerror}.") from reason
        self._reload(path)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def append(self, number: str, record: dict[str, Any]) -> int:
        """Write one accepted send; its index. A crash leaves whole lines only."""
        index = len(self)
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        os.write(self._file, line)
        if self._fsync:
            os.fsync(self._file)
        self._starts.append(self._starts[-1] + len(line))
        self._remember(number, index)
        return index

    def read(self, index: int) -> dict[str, Any]:
        """One record."""
        start, end = self._starts[index], self._starts[index + 1]
        record: dict[str, Any] = json.loads(os.pread(self._file, end - start, start))
        return record

    def numbers(self) -> list[tuple[str, int]]:
        """Numbers that received something and the index of the last, newest first."""
        return [(number, indexes[-1]) for number, indexes in reversed(self._by_number.items())]

    def conversation(self, number: str) -> list[dict[str, Any]]:
        """What one number received, oldest first."""
        return [self.read(index) for index in self._by_number.get(number, ())]

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _remember(self, number: str, index: int) -> None:
        indexes = self._by_number.setdefault(number, [])
        indexes.append(index)
        del indexes[:-_MESSAGES_KEPT]
        self._by_number.move_to_end(number)
        if len(self._by_number) > _NUMBERS_KEPT:
            self._by_number.popitem(last=False)

    def _reload(self, path: Path) -> None:
        with path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):  # cut off by a crash: never answered
                    os.ftruncate(self._file, self._starts[-1])
                    break
                self._starts.append(self._starts[-1] + len(line))
                self._remember(json.loads(line)["to"].lstrip("+"), len(self) - 1)


class MediaShelf:
    """Uploaded pictures: every id stays known, the newest 64 MB of bytes are kept to be shown."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._bytes: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._next = int.from_bytes(os.urandom(5)) * 1000

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, media_id: object) -> bool:
        return media_id in self._known

    def put(self, picture: bytes) -> str:
        """Keep a picture; its id."""
        self._next += 1
        media_id = str(self._next)
        self._known.add(media_id)
        self._bytes[media_id] = picture
        self._size += len(picture)
        while self._size > _MEDIA_KEPT_BYTES:
            self._size -= len(self._bytes.popitem(last=False)[1])
        return media_id

    def get(self, media_id: str) -> bytes | None:
        """The picture, while it is kept."""
        return self._bytes.get(media_id)
