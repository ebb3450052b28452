"""Forms: read small bodies, and take a POST only from a page that we showed this browser.

The guard works without JavaScript and before sign-in: a random cookie, and in every form its keyed hash.
Another site can neither read the cookie nor make the hash. Cookies are never written when one is there.
"""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from cakra.core.errors import InputError, TooLarge
from cakra.kit.seal import derive_key

FIELD: Final = "tanda"
_COOKIE = "formulir"
_ID_BYTES = 16
_MOST_BYTES = 32 * 1024
_MOST_FIELDS = 60
_CONTROL_BLANKS = "\r\v\f\x1c\x1d\x1e\x1f\x85"


class StaleForm(InputError):
    """The form was not shown to this browser, or too long ago; nothing was done. Open the page again."""

    code = "stale_form"


@dataclass(frozen=True, slots=True)
class Issued:
    """The token of this browser's forms; `new` when its cookie must still be set."""

    browser: str
    token: str
    new: bool


@dataclass(frozen=True, slots=True)
class FormGuard:
    """Issues and checks the tokens of one installation."""

    key: bytes
    secure: bool

    @classmethod
    def of(cls, root_key: bytes, *, secure: bool) -> "FormGuard":
        """With a key of its own, derived from the root key."""
        return cls(derive_key(root_key, "forms"), secure)

    def issue(self, request: Request) -> Issued:
        """The token for this browser's next form."""
        browser = request.cookies.get(self.cookie, "")
        known = len(browser) == 2 * _ID_BYTES and browser.isascii() and browser.isalnum()
        if not known:
            browser = secrets.token_hex(_ID_BYTES)
        return Issued(browser, self._token(browser), not known)

    def remember(self, response: Response, issued: Issued) -> None:
        """Set the browser's cookie if it has none."""
        if issued.new:
            response.set_cookie(
                self.cookie, issued.browser, httponly=True, samesite="lax", secure=self.secure, path="/"
            )

    async def read(self, request: Request) -> dict[str, str]:
        """The fields of a POST, blanks trimmed; StaleForm when its token is not this browser's."""
        fields = await read_fields(request)
        browser = request.cookies.get(self.cookie, "")
        given = fields.pop(FIELD, "")
        if not browser or not hmac.compare_digest(given.encode(), self._token(browser).encode()):
            raise StaleForm("This form is not from this visit; open the page again and send it once more.")
        refuse_other_sites(request)
        return fields

    @property
    def cookie(self) -> str:
        """The cookie's name; over HTTPS bound to this host alone."""
        return f"__Host-{_COOKIE}" if self.secure else _COOKIE

    def _token(self, browser: str) -> str:
        return hmac.digest(self.key, browser.encode(), sha256).hex()


def refuse_other_sites(request: Request) -> None:
    """StaleForm when the browser says that another site, a sister host of ours included, sent this form."""
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise StaleForm("This form came from another site; open the page here and send it once more.")


async def read_fields(request: Request) -> dict[str, str]:
    """A URL-encoded body of at most 32 KB and 60 fields, the last of a name counting; InputError else."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise InputError("A form is sent as application/x-www-form-urlencoded.")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise TooLarge(f"A form holds at most {_MOST_BYTES} bytes; shorten the text.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as problem:
        raise InputError("The form cannot be read; open the page again and send it once more.") from problem
    return {name: _plain(value) for name, value in pairs}


def _plain(value: str) -> str:
    """Control and unseen characters have no place in an answer, a log or a cookie; line breaks stay, odd blanks too."""
    return "".join(_kept(char) for char in value).strip()


def _kept(char: str) -> str:
    if char.isprintable() or char in "\n\t":
        return char
    return " " if char.isspace() and char not in _CONTROL_BLANKS else ""
