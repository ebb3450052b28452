"""SHA-256 of what was received: the raw request body and its parts, taken before they are read."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


def sha256(data: bytes) -> bytes:
    """The raw digest, 32 bytes."""
    return hashlib.sha256(data).digest()


def sha256_from_hex(text: str) -> bytes | None:
    """The digest written as 64 hexadecimal digits, in either case; None for anything else."""
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return None
    return digest if len(digest) == hashlib.sha256().digest_size and len(text) == 2 * len(digest) else None


@dataclass(frozen=True, slots=True)
class ReceivedHashes:
    """Digests of one request: its whole body as it came over the wire, and its parts in order."""

    body: bytes
    parts: tuple[bytes, ...]

    @classmethod
    def of(cls, body: bytes, parts: Iterable[bytes] = ()) -> "ReceivedHashes":
        """Hash a body and its parts."""
        return cls(sha256(body), tuple(sha256(part) for part in parts))
