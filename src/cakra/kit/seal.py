"""Sealing personal data at rest, and blind indexes to find it again.

One 32-byte root key (setting `keys.root`); every purpose has a key of its own derived from it by
HKDF, so that a leaked purpose key opens nothing else. Sealed form: 1 byte version, 12 bytes nonce,
AES-256-GCM ciphertext and tag; `bound_to` (row identity) is authenticated so that a sealed value
copied to another row does not open. The root key's id travels in the version byte for rotation.
"""

import hmac
import json
import os
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cakra.kit.errors import SetupError, StoreError

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class Sealer:
    """Seals and opens values for one purpose ('owner', 'webhook', …)."""

    def __init__(self, root: bytes, purpose: str) -> None:
        if len(root) != _KEY_BYTES:
            raise SetupError("The root key must be 32 bytes (64 hex characters): set CAKRA_KEYS__ROOT.")
        self.__setstate__((derive_key(root, f"seal:{purpose}"), derive_key(root, f"index:{purpose}")))

    def __getstate__(self) -> tuple[bytes, bytes]:
        """This purpose's two keys, so that a worker process of ours can seal too; never written down."""
        return self._seal_key, self._index_key

    def __setstate__(self, keys: tuple[bytes, bytes]) -> None:
        self._seal_key, self._index_key = keys
        self._aead = AESGCM(self._seal_key)

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        """Encrypt `plain`, bound to the identity of the row that will hold it."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._aead.encrypt(nonce, plain, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypt; StoreError when the value was changed, moved, or sealed under another key."""
        if sealed[:1] != _VERSION:
            raise StoreError("A sealed value has an unknown version; restore it from a backup.")
        try:
            return self._aead.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], bound_to)
        except (InvalidTag, ValueError) as reason:  # ValueError: cut short
            raise StoreError("A sealed value does not open: wrong key, or the row was tampered with.") from reason

    def seal_record(self, record: dict[str, Any], bound_to: bytes) -> bytes:
        """Seal a JSON object."""
        return self.seal(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(), bound_to)

    def open_record(self, sealed: bytes, bound_to: bytes) -> dict[str, Any]:
        """Open a JSON object."""
        record: dict[str, Any] = json.loads(self.open(sealed, bound_to))
        return record

    def index(self, kind: str, value: str) -> bytes:
        """A keyed blind index (16 bytes) of a normalised value, to find it without storing it."""
        return hmac.digest(self._index_key, f"{kind}\x00{value}".encode(), sha256)[:16]


def derive_key(root: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose."""
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"cakra/{purpose}".encode()).derive(root)
