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

    app = InFlightLimit(Starlette(routes=[Route("/", slow, methods=["POST"])]), most=1000, unknown=1000)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cameras.example")
    async with client:
        first = asyncio.create_task(client.post("/", content=b"x" * 800))
        await entered.wait()
        refused = await client.post("/", content=b"x" * 300)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert refused.json()["code"] == "busy"
        go_on.set()
        assert (await first).text == "kept"
        assert (await client.post("/", content=b"x" * 900)).text == "kept"


async def test_one_request_alone_is_never_too_much():
    async def keep(request):
        return PlainTextResponse(str(len(await request.body())))

    app = InFlightLimit(Starlette(routes=[Route("/", keep, methods=["POST"])]), most=10, unknown=1000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cameras.example") as client:
        assert (await client.post("/", content=b"x" * 500)).text == "500"
