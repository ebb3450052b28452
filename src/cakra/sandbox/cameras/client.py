"""The camera's side of the intake protocol: signed events, as one multipart request or as the lean pair.

Signature (every request): ``Cakra-Signature: v1=`` and the hex HMAC-SHA256, by the camera's key, of
``timestamp.METHOD.path.sha256(body)``. The standard library's HTTP client is used on purpose: a camera has
no event loop, one connection, and nothing to install.
"""

import hashlib
import hmac
import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from cakra.sandbox.cameras.passage import WIB, DrawnPassage, Frame

EVENTS_PATH = "/v1/events"
_BOUNDARY = "cakra-camera-7f3a1c"
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the door answered: the status, and its JSON (empty when it sent none)."""

    status: int
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request ready to be signed and sent."""

    method: str
    path: str
    content_type: str
    body: bytes


def signature(key: bytes, timestamp: int, request: Request) -> str:
    """The value of ``Cakra-Signature``: ``v1=`` and 64 hex digits."""
    digest = hashlib.sha256(request.body).hexdigest()
    text = f"{timestamp}.{request.method}.{request.path}.{digest}"
    return "v1=" + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def event_json(passage: DrawnPassage, frames: Sequence[Frame]) -> dict[str, Any]:
    """The canonical event, schema ``cakra.event/1``; the claim is the camera's, whatever the photograph shows."""
    first = frames[0]
    plate = {
        "text": passage.claim,
        "confidence": passage.confidence,
        "box": list(first.plate_box),
        "colour": passage.claimed_colour,
    }
    event: dict[str, Any] = {
        "schema": "cakra.event/1",
        "event_id": passage.event_id,
        "occurred_at": passage.at.astimezone(WIB).isoformat(timespec="milliseconds"),
        "offence": passage.offence,
        "plate": plate,
        "vehicle": {"kind": passage.vehicle, "box": list(first.vehicle_box), "colour": passage.colour},
        "lane": passage.lane,
        "road": passage.road,
        "extra": {},
        "photos": [_photo_json(passage, index, frame) for index, frame in enumerate(frames)],
    }
    measured = {
        "speed_kmh": passage.speed_kmh,
        "speed_limit_kmh": passage.speed_limit_kmh,
        "red_light_s": passage.red_light_s,
    }
    return event | {name: value for name, value in measured.items() if value is not None}


def _photo_json(passage: DrawnPassage, index: int, frame: Frame) -> dict[str, Any]:
    return {
        "sha256": hashlib.sha256(frame.jpeg).hexdigest(),
        "role": ("scene", "context", "plate")[min(index, 2)],
        "taken_at": passage.frame_at(index).isoformat(timespec="milliseconds"),
        "box": list(frame.plate_box),
    }


def multipart_request(passage: DrawnPassage, frames: Sequence[Frame]) -> Request:
    """Event and photographs in one request: a JSON part ``event``, then a part ``photo`` for each photograph.

    A passage whose door is ``broken`` is cut off in the middle of the event, as when a modem fails while a
    camera flushes its memory; what arrived is signed, but says nothing.
    """
    parts = [
        _part('name="event"', "application/json", json.dumps(event_json(passage, frames)).encode()),
        *(
            _part(f'name="photo"; filename="{index + 1}.jpg"', "image/jpeg", frame.jpeg)
            for index, frame in enumerate(frames)
        ),
    ]
    body = b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()
    if passage.door == "broken":
        body = body[: len(parts[0]) // 2]
    return Request("POST", EVENTS_PATH, f"multipart/form-data; boundary={_BOUNDARY}", body)


def _part(disposition: str, content_type: str, content: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {content_type}\r\n\r\n"
    return head.encode() + content + b"\r\n"


def lean_requests(passage: DrawnPassage, frames: Sequence[Frame]) -> list[Request]:
    """The lean pair: each photograph under its own hash, then the event that names the hashes."""
    photos = [
        Request("PUT", f"/v1/photos/{hashlib.sha256(frame.jpeg).hexdigest()}", "image/jpeg", frame.jpeg)
        for frame in frames
    ]
    event = json.dumps(event_json(passage, frames)).encode()
    return [*photos, Request("POST", EVENTS_PATH, "application/json", event)]


def requests_of(passage: DrawnPassage, frames: Sequence[Frame]) -> list[Request]:
    """What is sent in order, the way that the passage's door names."""
    return lean_requests(passage, frames) if passage.door == "lean" else [multipart_request(passage, frames)]


class Camera:
    """One camera with its key and one kept connection; use it in a ``with`` block.

    Raises `OSError` when the door cannot be reached; what the door refuses is a `Reply` with its status.
    """

    def __init__(self, base_url: str, code: str, key: bytes) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"camera {code}: {base_url!r} is no address; give one like http://127.0.0.1:8000")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=_TIMEOUT_S)
        self._prefix = parts.path.rstrip("/")
        self.code = code
        self._key = key

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def send_all(self, requests: Sequence[Request], now: int) -> Reply:
        """Send one after the other; the first that is refused is the last. ``now`` is Unix time in seconds."""
        reply = Reply(0, {})
        for request in requests:
            reply = self.send(request, now)
            if reply.status >= http.client.MULTIPLE_CHOICES:
                break
        return reply

    def headers(self, request: Request, now: int) -> dict[str, str]:
        """The headers that sign a request."""
        return {
            "Content-Type": request.content_type,
            "Cakra-Camera": self.code,
            "Cakra-Timestamp": str(now),
            "Cakra-Signature": signature(self._key, now, request),
        }

    def send(self, request: Request, now: int) -> Reply:
        """Send one signed request and read the answer."""
        try:
            self._connection.request(
                request.method, self._prefix + request.path, request.body, self.headers(request, now)
            )
            answer = self._connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()  # the next request opens a fresh connection
            raise
        is_json = "json" in (answer.getheader("Content-Type") or "")
        parsed = json.loads(content) if is_json and content else {}
        return Reply(answer.status, parsed if isinstance(parsed, dict) else {"answer": parsed})
