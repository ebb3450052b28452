"""The HTTP application: doors side by side, one table of problems, middleware top to bottom."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cakra import __version__
from cakra.doors.problems import Page, install_problem_handlers, plain_page
from cakra.store.db import Pool


class OneLog:
    """ASGI: a crash that was logged and answered is not told again by the server, which would print its words."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; keep to ourselves what was answered."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except Exception:
            if not begun:
                raise


def build_app(
    routers: Sequence[APIRouter],
    pool: Pool,
    *,
    page: Page = plain_page,
    middleware: Sequence[Callable[[ASGIApp], ASGIApp]] = (),
) -> ASGIApp:
    """Join the doors; `middleware` wraps from the inside out, `page` shows people what went wrong.

    The machines' API is described at /v1/openapi.json.
    """
    app = FastAPI(
        title="Cakra Presisi",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in routers:
        app.include_router(router)
    install_problem_handlers(app, page=page)

    @app.get("/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        """Whether this process reaches its database."""
        await pool.fetchval("select 1")
        return {"status": "ok"}

    wrapped: ASGIApp = OneLog(app)
    for wrap in middleware:
        wrapped = wrap(wrapped)
    return wrapped
