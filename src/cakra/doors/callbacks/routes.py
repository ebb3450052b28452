"""WhatsApp webhooks: raw body first, signature over the raw bytes, one durable row, then 200."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse

from cakra.core.errors import TooLarge, Unauthentic
from cakra.core.ports import Callbacks
from cakra.delivery.proof.keeping import keep_callback
from cakra.kit.seal import Sealer
from cakra.store.db import Pool

# The provider's own limit. Source: channels fact sheet A1.
MAX_BODY_BYTES = 3 * 1024 * 1024
# A hundred delivery reports of one call, with room to spare.
MAX_REPORTS_BYTES = 1024 * 1024
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CallbackDeps:
    """What the door needs. `answer_challenge` gives the subscription challenge's answer or None; `infobip`: in use."""

    pool: Pool
    sealer: Sealer
    whatsapp: Callbacks
    answer_challenge: Callable[[Mapping[str, str]], str | None]
    infobip: Callbacks | None = None


def build_callback_routes(deps: CallbackDeps) -> APIRouter:
    """GET and POST /v1/callbacks/whatsapp; POST /v1/callbacks/infobip while it is the SMS provider."""
    router = APIRouter(prefix="/v1/callbacks", tags=["callbacks"])

    @router.get("/whatsapp")
    async def confirm(request: Request) -> Response:
        answer = deps.answer_challenge(request.query_params)
        if answer is None:
            raise Unauthentic("The subscription's token is not ours.")
        return PlainTextResponse(answer)

    @router.post("/whatsapp")
    async def receive(request: Request) -> Response:
        raw = await _body(request)
        if not deps.whatsapp.verify(raw, request.headers):
            raise Unauthentic("The signature does not hold for this body.")
        await keep_callback(deps.pool, deps.sealer, "whatsapp", raw, _KEPT)
        return Response(status_code=200)

    if deps.infobip is not None:
        router.add_api_route("/infobip", _receiver(deps, deps.infobip, "sms:infobip"), methods=["POST"])
    return router


def _receiver(deps: CallbackDeps, callbacks: Callbacks, provider: str) -> Callable[[Request], Awaitable[Response]]:
    async def receive_reports(request: Request) -> Response:
        raw = await _body(request, MAX_REPORTS_BYTES)
        if not callbacks.verify(raw, request.headers):
            raise Unauthentic("The agreed credentials are missing or wrong.")
        await keep_callback(deps.pool, deps.sealer, provider, raw, _KEPT)
        return Response(status_code=200)

    return receive_reports


async def _body(request: Request, most: int = MAX_BODY_BYTES) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise TooLarge(f"A webhook may have at most {most} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)
