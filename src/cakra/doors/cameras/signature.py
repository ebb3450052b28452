"""How a camera signs a request.

    Cakra-Camera: <code>
    Cakra-Timestamp: <unix seconds>
    Cakra-Signature: v1=<hex HMAC-SHA256(key, text)>
    text: timestamp + "." + METHOD + "." + path + "." + hex SHA-256 of the raw body

Cameras that cannot sign (Hikvision push) carry a secret in the path, derived from the same key.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from cakra.core.errors import Unauthentic
from cakra.journey.intake import Camera

CAMERA, TIMESTAMP, SIGNATURE = "cakra-camera", "cakra-timestamp", "cakra-signature"
_SECONDS = re.compile(r"[0-9]{1,12}")
# Unknown cameras are checked against this, so that they take as long as known ones.
_NOBODY = bytes(32)


def refused() -> Unauthentic:
    """The one answer to an unknown or inactive camera, a wrong signature and an old one."""
    return Unauthentic(
        "The camera or its signature is not known here: check camera code, key, and the camera's clock "
        "(headers Cakra-Camera, Cakra-Timestamp, Cakra-Signature)."
    )


def sign(key: bytes, timestamp: int, method: str, path: str, body_sha256: bytes) -> str:
    """The value of `Cakra-Signature`."""
    text = f"{timestamp}.{method}.{path}.{body_sha256.hex()}"
    return "v1=" + hmac.digest(key, text.encode(), sha256).hex()


def signed_at(headers: Mapping[str, str]) -> datetime:
    """The camera's clock when it signed; only after `is_signed` held."""
    return datetime.fromtimestamp(int(headers[TIMESTAMP]), UTC)


def is_signed(
    camera: Camera | None,
    headers: Mapping[str, str],
    *,
    method: str,
    path: str,
    body_sha256: bytes,
    at: datetime,
    tolerance_s: int,
) -> bool:
    """Whether the headers carry this camera's fresh signature; constant time in the signature."""
    timestamp = headers.get(TIMESTAMP, "")
    known_time = _SECONDS.fullmatch(timestamp) is not None
    seconds = int(timestamp) if known_time else 0
    wanted = sign(camera.key if camera else _NOBODY, seconds, method, path, body_sha256)
    # The header's own digits are signed, so a leading zero is another text.
    genuine = hmac.compare_digest(wanted.encode(), headers.get(SIGNATURE, "").encode("latin-1", "replace"))
    fresh = known_time and timestamp == str(seconds) and abs(at.timestamp() - seconds) <= tolerance_s
    return camera is not None and genuine and fresh


def push_secret(key: bytes) -> str:
    """The secret in the push path of a camera that cannot sign: 32 hex characters."""
    return hmac.digest(key, b"hikvision-push", sha256).hex()[:32]


def is_push_secret(camera: Camera | None, secret: str) -> bool:
    """Whether the path carries this camera's secret; constant time."""
    wanted = push_secret(camera.key if camera else _NOBODY)
    return hmac.compare_digest(wanted.encode(), secret.encode("utf-8", "replace")) and camera is not None
