"""What tests and the demo ask of the simulated provider: faults, the log, figures. Not the provider's."""

import dataclasses
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cakra.kit.errors import InputError
from cakra.sandbox.whatsapp.provider import Provider

_PAGE_LIMIT = 10_000


def control_routes(provider: Provider) -> list[Route]:
    """The routes under /sandbox."""

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            try:
                provider.faults = provider.faults.changed(_object(await request.body()))
            except InputError as reason:
                return JSONResponse({"error": reason.sentence}, 400)
        return JSONResponse(dataclasses.asdict(provider.faults))

    async def sends(request: Request) -> Response:
        return _sends(provider, request)

    async def stats(_request: Request) -> Response:
        return JSONResponse(_stats(provider))

    async def webhook(request: Request) -> Response:
        """One of the provider's own words, as {field, value}; signed and posted like every webhook."""
        try:
            change = _object(await request.body())
        except InputError as reason:
            return JSONResponse({"error": reason.sentence}, 400)
        if not isinstance(change.get("field"), str) or not isinstance(change.get("value"), dict):
            return JSONResponse({"error": "Give a field and a value."}, 400)
        provider.announce(change)
        return JSONResponse({"announced": change["field"]})

    return [
        Route("/sandbox/webhook", webhook, methods=["POST"]),
        Route("/sandbox/faults", faults, methods=["GET", "PUT"]),
        Route("/sandbox/sends", sends),
        Route("/sandbox/stats", stats),
    ]


def _sends(provider: Provider, request: Request) -> Response:
    """One page of the log: ?after=0&limit=1000."""
    given = request.query_params
    try:
        after, limit = max(0, int(given.get("after", 0))), min(_PAGE_LIMIT, int(given.get("limit", 1000)))
    except ValueError:
        return JSONResponse({"error": "after and limit are whole numbers."}, 400)
    end = min(after + limit, len(provider.log))
    page = [provider.log.read(index) for index in range(after, end)]
    return JSONResponse({"total": len(provider.log), "next": end if end < len(provider.log) else None, "sends": page})


def _stats(provider: Provider) -> dict[str, Any]:
    receipts = provider.receipts
    return {
        "sends": len(provider.log),
        "counts": dict(provider.counts),
        "media": len(provider.media),
        "templates": len(provider.templates),
        "webhooks": {
            "pending": receipts.pending,
            "posted": receipts.posted,
            "failed_posts": receipts.failed_posts,
            "abandoned": receipts.abandoned,
        },
    }


def _object(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InputError("The body must be a JSON object.")
    return document
