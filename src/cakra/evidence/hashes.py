"""SHA-256 of what was received: the raw request body and its parts, taken before they are read."""

import hashlib


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
