"""The public document: what is official, was and will be, as canonical JSON. Pure.

Canonical: keys sorted, no blanks between them, UTF-8, instants in UTC to the second with `Z`. The signature is
Ed25519 over exactly these bytes, so that nobody has to canonicalise anything to check it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cakra.delivery.official.rules import Entry, OfficialHost, OfficialSender

FORMAT = "cakra-official-senders/1"


@dataclass(frozen=True, slots=True)
class Heading:
    """Number of the publication, version of the register, key that signs; `previous`: SHA-256 of the one before."""

    number: int
    version: int
    issued_at: datetime
    valid_until: datetime
    key_id: str
    previous: str


def write_document(heading: Heading, senders: Sequence[OfficialSender], hosts: Sequence[OfficialHost]) -> str:
    """The document as it is signed. Internal notes, reasons and officers' names are left out."""
    return json.dumps(
        {
            "format": FORMAT,
            "number": heading.number,
            "version": heading.version,
            "issued_at": instant(heading.issued_at),
            "valid_until": instant(heading.valid_until),
            "key_id": heading.key_id,
            "previous_sha256": heading.previous,
            "senders": [_sender(one) for one in senders],
            "hosts": [_host(one) for one in hosts],
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def needs_renewal(
    *, version: int, of_version: int, key_id: str, of_key: str, issued_at: datetime, valid_until: datetime, at: datetime
) -> bool:
    """Whether the newest publication is behind the register, signed by another key, or past half of its life."""
    life: timedelta = valid_until - issued_at
    return version != of_version or key_id != of_key or at >= issued_at + life / 2


def instant(at: datetime) -> str:
    """To the second, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sender(one: OfficialSender) -> Mapping[str, object]:
    named = {"channel": one.channel, "sender": one.sender, "published": one.published, "name": one.display_name}
    return {**named, **_span(one)}


def _host(one: OfficialHost) -> Mapping[str, object]:
    return {"host": one.host, **_span(one)}


def _span(one: Entry) -> Mapping[str, object]:
    return {
        "purpose": one.purpose,
        "valid_from": instant(one.valid_from),
        "valid_to": instant(one.valid_to) if one.valid_to else None,
    }
