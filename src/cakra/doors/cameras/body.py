"""Reading a request body no further than its limit, and hashing it whole before anything reads it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request
from starlette.requests import ClientDisconnect

from cakra.core.errors import InputError, TooLarge
from cakra.evidence.hashes import sha256

_LONG = 256 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """A raw request (or dropped file) as it came. `fault` says why its rest was not read."""

    door: str
    body: bytes = field(repr=False)
    sha256: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    fault: InputError | None = None

    @property
    def media_type(self) -> str:
        """Content-Type without its parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request, door: str, limit: int, received_at: datetime) -> Received:
    """The body up to `limit` bytes; never raises for what the sender did, see `fault`."""
    chunks: list[bytes] = []
    size = 0
    fault: InputError | None = None
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                fault = too_large(limit)
                break
            chunks.append(chunk)
    except ClientDisconnect:
        fault = InputError("The connection ended before the request did: send it again whole.", code="cut_off")
    body = b"".join(chunks)
    # Some milliseconds a megabyte: the loop serves others meanwhile.
    digest = sha256(body) if len(body) < _LONG else await asyncio.to_thread(sha256, body)
    return Received(door, body, digest, received_at, dict(request.headers), fault)


def too_large(limit: int) -> TooLarge:
    """The refusal of a body over the limit."""
    return TooLarge(
        f"The request is larger than {limit} bytes: send fewer or smaller photographs "
        "(or each by PUT /v1/photos/{sha256} first)."
    )
