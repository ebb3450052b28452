"""Which language a reader sees: a cookie, set by `?bahasa=en` on any page; Indonesian until told otherwise."""

import http
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LANGUAGES: Final = ("id", "en")
COOKIE: Final = "bahasa"
_YEAR_S = 365 * 24 * 3600


def language_of(request: Request) -> str:
    """The reader's language."""
    told = request.cookies.get(COOKIE)
    return told if told in LANGUAGES else LANGUAGES[0]


class LanguageSwitch:
    """ASGI: answers `?bahasa=…` by keeping it in a cookie and leading back to the clean address."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the switch; pass everything else on."""
        asked = b"bahasa=" in scope.get("query_string", b"") and scope.get("method") in {"GET", "HEAD"}
        if scope["type"] != "http" or not asked:
            await self.app(scope, receive, send)
            return
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        language = dict(pairs).get(COOKIE)
        rest = urlencode([(name, value) for name, value in pairs if name != COOKIE])
        # One leading slash only: `//host` would lead to another site.
        path = "/" + scope["path"].lstrip("/\\")
        target = quote(path) + (f"?{rest}" if rest else "")
        response = RedirectResponse(target, http.HTTPStatus.SEE_OTHER)
        if language in LANGUAGES:
            response.set_cookie(
                COOKIE, language, max_age=_YEAR_S, httponly=True, samesite="lax", secure=self.secure, path="/"
            )
        await response(scope, receive, send)
