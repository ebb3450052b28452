"""What is on its way at once: memory is bounded, and neither who sends much nor who sends slowly disturbs others."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cakra.doors.inflight import InFlightLimit, Room
from cakra.doors.problems import install_problem_handlers

CAMERAS, PAGE = "/v1/events", "/periksa"
MEGABYTE = 1024 * 1024


async def keep(request):
    return PlainTextResponse(str(len(await request.body())))


def limited(endpoint=keep, *, room=MEGABYTE, **more):
    """Cameras with this room, webhooks of at most 100 KB, and pages; as small as a test needs it."""
    app = Starlette(routes=[Route("/{path:path}", endpoint, methods=["POST"])])
    rooms = [Room(("/v1/events",), room=room), Room(("/v1/callbacks/",), room=room, most=100_000)]
    return InFlightLimit(app, rooms=rooms, **more)


def client(app, address="10.0.0.1"):
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://doors.example")


class Sender:
    """A sender by hand: what it announced, what it sends when, and what it was answered."""

    def __init__(self, app, path, *, announced=None, address="10.0.0.1"):
        self.parts, self.answer = asyncio.Queue(), []
        headers = [] if announced is None else [(b"content-length", str(announced).encode())]
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
        self.running = asyncio.create_task(app(scope | {"client": (address, 1)}, self.parts.get, self._send))

    async def _send(self, message):
        self.answer.append(message)

    def part(self, size, *, more=True):
        self.parts.put_nowait({"type": "http.request", "body": b"x" * size, "more_body": more})

    async def status(self):
        await self.running
        return self.answer[0]["status"]

    async def taken(self):
        """Until everything sent so far was read."""
        while not self.parts.empty():  # noqa: ASYNC110 - a queue cannot be waited for to run empty
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def leave(self):
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


@pytest.mark.parametrize("announced", [12 * MEGABYTE, None])
async def test_eight_stalled_senders_disturb_no_camera(announced):
    app = limited()
    stalled = [Sender(app, path, announced=announced) for path in [CAMERAS] * 8 + ["/v1/callbacks/whatsapp"] * 8]
    for one in stalled:
        one.part(1000)
    await asyncio.sleep(0)
    async with client(app) as camera:
        assert (await camera.post(CAMERAS, content=b"x" * 500_000)).text == "500000"
    for one in stalled:
        await one.leave()


async def test_what_is_announced_over_a_routes_limit_is_refused_before_it_comes():
    app = limited()
    for path in (PAGE, "/petugas/masuk", "/v1/pauses", "/v1/callbacks/whatsapp"):
        assert await Sender(app, path, announced=12 * MEGABYTE).status() == 413


@pytest.mark.parametrize("path", [PAGE, "/v1/callbacks/whatsapp"])
async def test_what_was_not_announced_is_cut_at_the_routes_limit(path):
    sender = Sender(limited(), path)
    for _ in range(3):
        sender.part(60_000)
    assert await sender.status() == 413
    assert (b"connection", b"close") in sender.answer[0]["headers"]


async def test_a_burst_over_the_room_is_told_to_wait_and_goes_through_afterwards():
    app = limited()
    first = Sender(app, CAMERAS, address="10.0.0.1")
    first.part(500_000)
    second = Sender(app, CAMERAS, address="10.0.0.2")
    second.part(500_000)
    await first.taken()
    await second.taken()
    async with client(app, "10.0.0.3") as third:
        refused = await third.post(CAMERAS, content=b"x" * 300_000)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert refused.json()["code"] == "busy"
        assert (await third.post(CAMERAS, content=b"x" * 20_000)).text == "20000"
        assert (await third.post(PAGE, content=b"x" * 2000)).text == "2000"
        first.part(0, more=False)
        assert await first.status() == 200
        assert (await third.post(CAMERAS, content=b"x" * 300_000)).text == "300000"
    await second.leave()


async def test_one_address_leaves_room_for_others():
    app = limited()
    mine = Sender(app, CAMERAS, address="10.0.0.1")
    mine.part(600_000)
    await mine.taken()
    async with client(app, "10.0.0.1") as greedy, client(app, "10.0.0.2") as other:
        assert (await greedy.post(CAMERAS, content=b"x" * 300_000)).status_code == 503
        assert (await other.post(CAMERAS, content=b"x" * 300_000)).status_code == 200
    await mine.leave()


async def test_one_request_alone_is_never_too_much():
    async with client(limited(room=10)) as camera:
        assert (await camera.post(CAMERAS, content=b"x" * 500_000)).text == "500000"


@pytest.mark.parametrize("first", [0, 1, 100_000])
async def test_who_stops_sending_is_given_up_and_its_room_comes_back(first):
    app = limited(span_s=0.0 if first == 0 else 0.05)
    stalled = Sender(app, CAMERAS, announced=900_000)
    if first:
        stalled.part(first)
    assert await stalled.status() == 408
    assert (b"connection", b"close") in stalled.answer[0]["headers"]
    async with client(limited()) as camera:
        assert (await camera.post(CAMERAS, content=b"x" * 900_000)).text == "900000"
    assert app._rooms[0].held == 0


async def test_who_trickles_is_given_up_however_often_a_byte_comes():
    app = limited(span_s=0.05)
    sender = Sender(app, CAMERAS)

    async def trickle():
        while not sender.running.done():
            sender.part(1)
            await asyncio.sleep(0.005)

    trickling = asyncio.create_task(trickle())
    assert await sender.status() == 408
    await trickling


async def test_the_site_says_it_in_its_own_way():
    """What is refused while a door reads goes through the site's table of problems."""
    app = FastAPI()
    install_problem_handlers(app)

    @app.post("/{path:path}")
    async def read(request: Request, path: str) -> str:
        return str(len(await request.body()))

    slow = Sender(InFlightLimit(app, rooms=[], span_s=0.0), PAGE)
    assert await slow.status() == 408
    large = Sender(InFlightLimit(app, rooms=[]), PAGE)
    large.part(70_000)
    assert await large.status() == 413


async def test_people_are_told_in_a_page_of_the_house():
    limit = InFlightLimit(keep, rooms=[], page=lambda _request, problem: PlainTextResponse("our own", problem.status))
    async with client(limit) as browser:
        seen = await browser.post(PAGE, content=b"x" * 100_000, headers={"Accept": "text/html"})
        assert (seen.status_code, seen.text, seen.headers["connection"]) == (413, "our own", "close")
        machine = await browser.post(PAGE, content=b"x" * 100_000)
        assert machine.json()["code"] == "too_large"
