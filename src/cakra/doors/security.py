"""Headers that every page carries, as plain ASGI middleware around a whole house."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STRICT: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No script at all: the citizens' pages."""
WITH_SCRIPT: Final = f"{STRICT}; script-src 'self'; connect-src 'self'; font-src 'self'"
"""Scripts of our own files only, never inline: the officers' pages."""
_HSTS = "max-age=63072000; includeSubDomains"
_FIXED: Final = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}


class SecurityHeaders:
    """Adds the headers; what says nothing about caching is never kept by anybody."""

    def __init__(self, app: ASGIApp, *, policy: str = STRICT, https: bool = False) -> None:
        self.app = app
        self.fixed = {**_FIXED, "Content-Security-Policy": policy}
        if https:
            self.fixed["Strict-Transport-Security"] = _HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and dress what comes back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                for name, value in self.fixed.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, dressed)
