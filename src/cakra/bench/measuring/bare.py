"""The bare client of each channel: raw sockets, the same peer, messages of the same size."""

import asyncio
import struct
import time

_HEADER = struct.Struct(">IIII")
_BIND, _SUBMIT = 9, 4


async def mails_per_s(port: int, size: int, connections: int, mails: int) -> float:
    """Messages of `size` bytes a second: envelope pipelined, data, answer; over as many connections as ours."""
    line = b"CONTOH " * 10 + b"\r\n"
    body = b"Subject: CONTOH\r\n\r\n" + line * (size // len(line)) + b".\r\n"
    envelope = b"MAIL FROM:<a@bench.example>\r\nRCPT TO:<b@bench.example>\r\nDATA\r\n"

    async def caller(count: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        writer.write(b"EHLO bench.example\r\n")
        while not (await reader.readline()).startswith(b"250 "):
            pass
        for _ in range(count):
            writer.write(envelope)
            for _answer in range(3):
                await reader.readline()
            writer.write(body)
            if not (await reader.readline()).startswith(b"250"):
                raise RuntimeError("the peer refused the limit's message")
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(caller(mails // connections) for _ in range(connections)))
    return (mails // connections * connections) / (time.perf_counter() - started)


async def submits_per_s(port: int, window: int, submits: int) -> float:
    """submit_sm a second over one connection with so many unanswered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    text = b"CONTOH " * 20
    bind = b"bench\0bench\0\0" + bytes([0x34, 0, 0]) + b"\0"
    head = b"\0" + bytes([5, 0]) + b"ETLE\0" + bytes([1, 1]) + b"628110000001\0"
    submit = head + bytes(3) + b"\0\0" + bytes([1, 0, 0, 0, len(text)]) + text
    writer.write(_HEADER.pack(16 + len(bind), _BIND, 0, 1) + bind)
    await _answer(reader)
    free = asyncio.Semaphore(window)

    async def answers() -> None:
        for _ in range(submits):
            await _answer(reader)
            free.release()

    started = time.perf_counter()
    reading = asyncio.create_task(answers())
    for number in range(2, submits + 2):
        await free.acquire()
        writer.write(_HEADER.pack(16 + len(submit), _SUBMIT, 0, number) + submit)
    await reading
    elapsed = time.perf_counter() - started
    writer.close()
    return submits / elapsed


async def _answer(reader: asyncio.StreamReader) -> None:
    length, _, status, _ = _HEADER.unpack(await reader.readexactly(_HEADER.size))
    await reader.readexactly(length - _HEADER.size)
    if status:
        raise RuntimeError(f"the peer refused the limit's submit with status {status:#x}")
