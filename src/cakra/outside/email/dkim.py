"""DKIM signatures (RFC 6376): relaxed/relaxed, rsa-sha256."""

import base64
import re
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cakra.kit.errors import SetupError

_FEWEST_BITS = 2048
# Each name once more than the message has it: a second one, put in on the way, breaks the signature.
_SIGNED = (
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted"),
    *("From", "Subject", "To", "Date", "Content-Type", "Reply-To"),
)
_BLANKS = re.compile(rb"[ \t]+")
_FOLDS = re.compile(rb"\r\n(?=[ \t])")
_CHARACTERS_A_LINE, _NAMES_A_LINE = 72, 5
_FOLD = "\r\n "


class DkimSigner:
    """Signs for one selector of one domain; the public key is at `<selector>._domainkey.<domain>`."""

    def __init__(self, domain: str, selector: str, pem: bytes) -> None:
        """SetupError when the PEM holds no unencrypted RSA key of at least 2,048 bits."""
        self.domain = domain.lower()
        self.selector = selector
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
            raise SetupError(f"The DKIM key of {domain!r} is not a plain PEM private key: {problem}.") from problem
        if not isinstance(key, RSAPrivateKey) or key.key_size < _FEWEST_BITS:
            raise SetupError(f"The DKIM key of {domain!r} must be RSA with at least {_FEWEST_BITS} bits.")
        self._key = key

    def sign(self, raw: bytes) -> bytes:
        """The message (CRLF lines) with a DKIM-Signature in front."""
        head, _, body = raw.partition(b"\r\n\r\n")
        present = dict(_fields(head))
        digest = base64.b64encode(sha256(relaxed_body(body)).digest()).decode()
        empty = self._header(digest)
        signed = [present.pop(name.lower().encode(), None) for name in _SIGNED]
        lines = [value for value in signed if value is not None]
        material = b"\r\n".join([*lines, relaxed_header(empty)])
        signature = base64.b64encode(self._key.sign(material, PKCS1v15(), SHA256())).decode()
        return empty + _folded(signature) + b"\r\n" + raw

    def _header(self, body_hash: str) -> bytes:
        names = [name.lower() for name in _SIGNED]
        groups = [":".join(names[start : start + _NAMES_A_LINE]) for start in range(0, len(names), _NAMES_A_LINE)]
        return (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
            f" d={self.domain}; s={self.selector};\r\n"
            f" h={f':{_FOLD}'.join(groups)};\r\n"
            f" bh={body_hash};\r\n"
            f" b="
        ).encode()


def load_dkim(domain: str, selector: str, key_file: Path) -> DkimSigner:
    """The signer with the key in a PEM file; SetupError says what is wrong with it."""
    try:
        pem = key_file.read_bytes()
    except OSError as problem:
        raise SetupError(f"The DKIM key file {key_file} cannot be read: {problem.strerror}.") from problem
    return DkimSigner(domain, selector, pem)


def relaxed_header(line: bytes) -> bytes:
    """One header field, relaxed (RFC 6376 3.4.2), without its line end."""
    name, _, value = _FOLDS.sub(b"", line).partition(b":")
    return name.strip().lower() + b":" + _BLANKS.sub(b" ", value).strip()


def relaxed_body(body: bytes) -> bytes:
    """A body, relaxed (RFC 6376 3.4.4): blanks run together, none at line ends, no empty lines at the end."""
    tidy = body.replace(b"\t", b" ")
    while b"  " in tidy:  # halves every run; many times quicker than a pattern, which stops at each blank
        tidy = tidy.replace(b"  ", b" ")
    tidy = tidy.replace(b" \r\n", b"\r\n").rstrip(b" ")
    while tidy.endswith(b"\r\n"):
        tidy = tidy[:-2]
    return tidy + b"\r\n" if tidy else b""


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    lines = [relaxed_header(line) for line in re.split(rb"\r\n(?![ \t])", head)]
    return [(line.partition(b":")[0], line) for line in lines]


def _folded(text: str) -> bytes:
    pieces = [text[start : start + _CHARACTERS_A_LINE] for start in range(0, len(text), _CHARACTERS_A_LINE)]
    return _FOLD.join(pieces).encode()
