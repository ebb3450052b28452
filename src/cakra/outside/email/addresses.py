"""Addresses as they go over the wire, and return addresses that only we can have made. Pure."""

import base64
import hmac
import re
from hashlib import sha256

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_LABEL}(?:\.{_LABEL})+)")
_LONGEST_LOCAL, _LONGEST_ADDRESS = 64, 254  # RFC 5321 4.5.3.1, and what fits a path

_BOX = "bounce"
_PLAIN_TAG = re.compile(r"[a-z0-9]+(?::[a-z0-9]+)*")
_CLAIM = re.compile(r"[a-z0-9_-]+\.[a-z2-7]{16}")
_MAC_CHARACTERS = 16  # 80 bits


def wire_address(address: str) -> str | None:
    """The ASCII form of a mailbox (an international domain becomes its xn-- form); None for no mailbox.

    Quoted local parts, address literals and local parts outside ASCII are refused: nearly always a typing
    mistake, and the owner is better reached by the next channel.
    """
    local, _, domain = address.rpartition("@")
    try:
        ascii_form = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None
    fits = len(local) <= _LONGEST_LOCAL and len(ascii_form) <= _LONGEST_ADDRESS
    return ascii_form if fits and _ADDRESS.fullmatch(ascii_form) else None


def is_domain(name: str) -> bool:
    """Whether this is a plain ASCII domain of at least two labels."""
    return bool(_DOMAIN.fullmatch(name))


def xtext(text: str) -> str:
    """RFC 3461 xtext: printable ASCII; plus, equals and everything else as +XX (UTF-8)."""
    return "".join(
        chr(byte) if 33 <= byte <= 126 and byte not in b"+=" else f"+{byte:02X}"  # noqa: PLR2004 - "!" to "~"
        for byte in text.encode()
    )


class TagTooLong(ValueError):
    """The tag does not fit the 64 characters of a local part."""


class BounceTokens:
    """Return addresses `bounce+<token>@<domain>`; a token is the tag and 80 bits of its HMAC-SHA256.

    Anybody can write to these addresses, so only a token with our HMAC says anything. Tokens are lower case,
    because some servers fold the case of a local part.
    """

    def __init__(self, key: bytes, domain: str) -> None:
        self._key = key
        self._domain = domain.lower()
        self._address = re.compile(rf"\b{_BOX}\+([^@\s<>]+)@{re.escape(self._domain)}(?![\w.-])", re.IGNORECASE)

    def token(self, tag: str) -> str:
        """The token of a tag; TagTooLong when its return address would be longer than mail allows."""
        body = tag.replace(":", "-") if _PLAIN_TAG.fullmatch(tag) else "_" + _base32(tag.encode())
        token = f"{body}.{self._mac('bounce', tag)}"
        if len(f"{_BOX}+{token}") > _LONGEST_LOCAL:
            raise TagTooLong(f"A tag of {len(tag)} characters is too long for a return address.")
        return token

    def address(self, tag: str) -> str:
        """The return address of one message."""
        return f"{_BOX}+{self.token(tag)}@{self._domain}"

    def message_name(self, tag: str) -> str:
        """The left side of the Message-ID: the same for the same attempt; it does not give the token away."""
        return self._mac("message-id", tag)

    def claims(self, text: str) -> list[str]:
        """What stands where a token should, in every return address of ours in a text."""
        return self._address.findall(text)

    def tag_of(self, claim: str) -> str | None:
        """The tag of a genuine token; None for anything else (constant time)."""
        token = claim.strip().lower()
        if not _CLAIM.fullmatch(token):
            return None
        body, _, mac = token.rpartition(".")
        tag = _tag_of_body(body)
        return tag if tag is not None and hmac.compare_digest(mac, self._mac("bounce", tag)) else None

    def _mac(self, purpose: str, tag: str) -> str:
        return _base32(hmac.digest(self._key, f"{purpose}:{tag}".encode(), sha256))[:_MAC_CHARACTERS]


def _tag_of_body(body: str) -> str | None:
    if not body.startswith("_"):
        return body.replace("-", ":")
    packed = body[1:].upper()
    try:
        return base64.b32decode(packed + "=" * (-len(packed) % 8)).decode()
    except ValueError:  # UnicodeDecodeError is one
        return None


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()
