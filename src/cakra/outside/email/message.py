"""The message as it is sent: text, HTML and the masked picture."""

import binascii
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

from cakra.core.foreign import line
from cakra.core.ports import Picture, Wording

_EOL = b"\r\n"
_BASE64_LINE = 76
_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class MailHeading:
    """Who writes to whom, when, and under which Message-ID (without angle brackets)."""

    from_address: str
    from_name: str
    to_address: str
    message_id: str
    language: str
    at: datetime


def compose(head: MailHeading, wording: Wording, picture: Picture | None) -> bytes:
    """The whole message: 7-bit, CRLF lines of at most 78 characters; ValueError for a text no header can hold.

    Without HTML it is plain text. The picture belongs to the HTML, which shows it as `cid:picture`. There is
    no List-Unsubscribe: a statutory notice is no subscription.
    """
    marks = f"=_{head.message_id.partition('@')[0]}"  # neither encoding below can produce "=_"
    plain = _text_part("plain", wording.text)
    if not wording.html:
        return _header_of(head, wording.subject) + plain
    html = _text_part("html", wording.html)
    if picture is not None:
        related = f'Content-Type: multipart/related; type="text/html";\r\n boundary="{marks}r"'
        html = _EOL.join([related.encode(), b"", *_framed(f"{marks}r", [html, _picture_part(picture)])])
    alternative = f'Content-Type: multipart/alternative;\r\n boundary="{marks}a"'.encode()
    body = _EOL.join([alternative, b"", *_framed(f"{marks}a", [plain, html])])
    return _header_of(head, wording.subject) + body


def _header_of(head: MailHeading, subject: str) -> bytes:
    """Every field but the content's, each ended by CRLF; the library folds and encodes what people wrote."""
    fields = (
        _usual("From", str(Address(head.from_name, addr_spec=head.from_address))),
        f"To: {head.to_address}\r\n",
        _folded("Subject", line(subject, _LONGEST_SUBJECT)),
        f"Date: {format_datetime(head.at)}\r\n",
        f"Message-ID: <{head.message_id}>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        _usual("Content-Language", head.language),
        "MIME-Version: 1.0\r\n",
    )
    return "".join(fields).encode("ascii")


def _folded(name: str, value: str) -> str:
    """One field, folded; ValueError when the value has a line end."""
    return str(SMTP.fold(*SMTP.header_store_parse(name, value)))


@lru_cache(maxsize=64)  # the sender's name comes again and again, and folding is slow
def _usual(name: str, value: str) -> str:
    return _folded(name, value)


def _text_part(subtype: str, text: str) -> bytes:
    lines = "".join(f"{line}\r\n" for line in text.splitlines()).encode()
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + binascii.b2a_qp(lines, istext=True)


def _picture_part(picture: Picture) -> bytes:
    head = (
        b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <picture>\r\n"
        b'Content-Disposition: inline; filename="bukti.jpg"\r\n'
    )
    encoded = binascii.b2a_base64(picture.jpeg, newline=False)
    lines = [encoded[start : start + _BASE64_LINE] for start in range(0, len(encoded), _BASE64_LINE)]
    return _EOL.join([head, *lines, b""])


def _framed(mark: str, parts: list[bytes]) -> list[bytes]:
    line = f"--{mark}".encode()
    framed = [piece for part in parts for piece in (line, part)]
    return [*framed, line + b"--", b""]
