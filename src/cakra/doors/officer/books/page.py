"""`/petugas/biaya`: everybody in the house sees what delivery costs; there is nothing personal in it."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from cakra.core.access.rights import Act
from cakra.core.delivery.tariff import whole_rupiah
from cakra.core.errors import InputError
from cakra.core.paper import MONTHS
from cakra.delivery.canary.hearing import newest_canaries
from cakra.delivery.costs.books import read_books
from cakra.delivery.costs.rules import following, month_of, read_month
from cakra.doors.language import language_of
from cakra.doors.officer.books.plot import plot_of
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import routes_of
from cakra.doors.officer.entrance.session import base_values, signed_in

BOOKS = f"{HOME}/biaya"
_GROUPS = {"id": ".", "en": ","}


def build_books_routes(deps: OfficerDeps) -> APIRouter:
    """GET /petugas/biaya."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(BOOKS)
    @needs(Act.SEE_BOOKS)
    async def look(request: Request) -> Response:
        session = signed_in(request)
        jurisdictions = session.jurisdictions(Act.SEE_BOOKS)
        at, language = deps.clock(), language_of(request)
        try:
            month = read_month(request.query_params.get("bulan", f"{month_of(at):%Y-%m}"))
        except InputError:
            month = month_of(at)
        books = await read_books(deps.pool, deps.tariffs, month, at, jurisdictions=jurisdictions)
        days = sorted({day for one in books.channels for day, spent in one.days.items() if spent.messages})
        values: dict[str, Any] = {
            "books": books,
            "plot": plot_of(books),
            "used": [one for one in books.channels if one.total.messages or one.budget],
            "days": days,
            "month_words": f"{MONTHS[language][month.month - 1]} {month.year}",
            "before": f"{(month - timedelta(days=1)):%Y-%m}",
            "after": f"{following(month):%Y-%m}" if following(month) <= month_of(at) else None,
            "canaries": await newest_canaries(deps.pool) if jurisdictions is None else [],
            "whole": whole_rupiah,
            "count": lambda number: f"{number:,}".replace(",", _GROUPS[language]),
            "at": at,
        }
        return deps.pages.render(request, "books.html", **values, **base_values(session, "biaya"))

    return router
