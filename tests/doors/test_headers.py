"""Headers that come slowly or without end cut their own connection and nothing else."""

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cakra.doors.headers import MOST_BYTES, PatientProtocol, patient
from portal_kit import serve


async def keep(request):
    return PlainTextResponse(str(len(await request.body())))


APP = Starlette(routes=[Route("/", keep, methods=["GET", "POST"])])


async def connect(base):
    return await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))


async def test_a_connection_without_whole_headers_ends():
    async with serve(APP, http=patient(0.2)) as base:
        for begun in (b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "):
            reader, writer = await connect(base)
            writer.write(begun)
            assert await reader.read() == b""
            writer.close()


async def test_the_second_request_of_a_connection_is_not_waited_for_longer():
    async with serve(APP, http=patient(0.2), timeout_keep_alive=60) as base:
        reader, writer = await connect(base)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
        assert await reader.read() == b""
        writer.close()


async def test_a_slow_body_is_not_cut_by_the_headers_patience():
    async with serve(APP, http=patient(0.1)) as base:
        reader, writer = await connect(base)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na")
        await writer.drain()
        silent, other = await connect(base)
        assert await silent.read() == b""  # whose headers were waited for in vain, and later than ours came
        other.close()
        writer.write(b"b")
        assert (await reader.readuntil(b"\r\n\r\n2")).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_endless_headers_are_refused():
    async with serve(APP, http=PatientProtocol) as base:
        reader, writer = await connect(base)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
        line = b"X-More: " + b"y" * 8000 + b"\r\n"
        for _ in range(2 + MOST_BYTES // 8000):
            writer.write(line)
        assert (await reader.read()).startswith(b"HTTP/1.1 400")
        writer.close()
        async with httpx.AsyncClient(base_url=base) as other:
            assert (await other.get("/", headers={"X-Long": "y" * 60_000})).text == "0"
