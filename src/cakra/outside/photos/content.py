"""Content addressing: a digest is the name, and both directions are checked."""

import hashlib
from collections.abc import Mapping

from cakra.core.errors import InputError, NotFound, StoreError

DIGEST_BYTES = 32


def object_name(digest: bytes) -> str:
    """`ab/cd/abcd…`: two levels of folders, so that none grows too wide.

    Raises InputError for anything but a raw SHA-256 digest.
    """
    if len(digest) != DIGEST_BYTES:
        raise InputError(f"A photograph is named by a SHA-256 digest of 32 bytes, not by {len(digest)} bytes.")
    name = digest.hex()
    return f"{name[:2]}/{name[2:4]}/{name}"


def is_content_of(digest: bytes, data: bytes) -> bool:
    """Whether these bytes are the ones the digest names."""
    return hashlib.sha256(data).digest() == digest


def refuse_misnamed(blobs: Mapping[bytes, bytes]) -> None:
    """Raise InputError when a blob is not what its digest says; nothing has been written then."""
    for digest, data in blobs.items():
        if not is_content_of(digest, data):
            raise InputError(
                f"The photograph announced as SHA-256 {digest.hex()} has other content "
                f"({hashlib.sha256(data).hexdigest()}): send it again whole, or correct the hash.",
                code="photo_hash_mismatch",
            )


def missing(digest: bytes) -> NotFound:
    """The error of a photograph that is not there."""
    return NotFound(f"No photograph with SHA-256 {digest.hex()} is stored here.", code="photo_missing")


def damaged(digest: bytes, where: str) -> StoreError:
    """The error of a photograph whose stored bytes no longer match its name."""
    return StoreError(
        f"The photograph {digest.hex()} in {where} is damaged: its bytes no longer match its hash. "
        "Restore it from a backup; it must not be used as evidence.",
        code="photo_damaged",
    )
