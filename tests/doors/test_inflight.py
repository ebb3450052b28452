"""Memory under a burst: what is over the budget is refused before it is read, and room comes back."""

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cakra.doors.inflight import InFlightLimit


async def test_a_burst_over_the_budget_is_told_to_wait_and_goes_through_afterwards():
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request):
        await request.body()
        entered.set()
        await go_on.wait()
        return PlainTextResponse("kept")

    app = InFlightLimit(Starlette(routes=[Route("/", slow, methods=["POST"])]), most=1_000_000, unknown=1_000_000)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cameras.example")
    async with client:
        first = asyncio.create_task(client.post("/", content=b"x" * 800_000))
        await entered.wait()
        refused = await client.post("/", content=b"x" * 300_000)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert refused.json()["code"] == "busy"
        go_on.set()
        assert (await first).text == "kept"
        assert (await client.post("/", content=b"x" * 900_000)).text == "kept"


async def test_one_request_alone_is_never_too_much():
    async def keep(request):
        return PlainTextResponse(str(len(await request.body())))

    app = InFlightLimit(Starlette(routes=[Route("/", keep, methods=["POST"])]), most=10, unknown=1000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cameras.example") as client:
        assert (await client.post("/", content=b"x" * 500)).text == "500"


async def trickle(app, length: int, *, begun: asyncio.Event | None = None):
    """A sender that announces a body, begins it and never goes on; the answer's status."""
    parts = [{"type": "http.request", "body": b"x", "more_body": True}]
    answer = []

    async def receive():
        if not parts:
            if begun is not None:
                begun.set()
            await asyncio.Event().wait()
        return parts.pop()

    async def send(message):
        answer.append(message)

    headers = [(b"content-length", str(length).encode())]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    return answer[0]["status"]


async def keep(request):
    return PlainTextResponse(str(len(await request.body())))


async def test_who_sends_slowly_is_given_up_and_its_room_comes_back():
    app = InFlightLimit(
        Starlette(routes=[Route("/", keep, methods=["POST"])]), most=100_000, unknown=100_000, patience_s=0.0
    )
    assert await trickle(app, 90_000) == 408
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cameras.example") as client:
        assert (await client.post("/", content=b"x" * 90_000)).text == "90000"


async def test_forms_go_in_while_large_bodies_hold_all_the_room():
    app = InFlightLimit(Starlette(routes=[Route("/", keep, methods=["POST"])]), most=100_000, unknown=100_000)
    begun = asyncio.Event()
    holding = asyncio.create_task(trickle(app, 100_000, begun=begun))
    await begun.wait()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cameras.example") as client:
        assert (await client.post("/", content=b"x" * 70_000)).status_code == 503
        assert (await client.post("/", content=b"x" * 2000)).text == "2000"
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
