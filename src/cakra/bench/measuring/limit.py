"""The limit beside the figure: the barest code that does the same durable work and the same calls."""

import asyncio
import time

from cakra.bench.measuring.load import copy_cases
from cakra.kit.clock import now
from cakra.store.db import Pool

SEND_PATH = "/v25.0/100000000000002/messages"
_BATCH = 500
_CONNECTIONS = 16
_CLAIM = """
with due as (select cell, case_id from case_file where step = 'screening' limit $1 for update skip locked)
update case_file c set step = 'owner' from due where c.cell = due.cell and c.case_id = due.case_id
returning c.cell, c.case_id, c.plate, c.occurred_at
"""
_OWNERS = """
select r.owner from unnest($1::text[], $2::timestamptz[]) as w(plate, at)
join registration r on r.plate = w.plate and r.valid_from <= w.at and (r.valid_to is null or w.at < r.valid_to)
"""
_DONE = """
update case_file c set step = null, previous_state = 'identified', state = 'notifying'
from unnest($1::smallint[], $2::bigint[]) as o(cell, case_id) where c.cell = o.cell and c.case_id = o.case_id
"""


async def database_rows_per_s(pool: Pool, plates: list[str]) -> float:
    """COPY in, claim in sets, join the owners, update: rows a second, one connection, durable commits."""
    await pool.execute("truncate case_file, camera_event, case_event")
    started = time.perf_counter()
    async with pool.acquire() as connection:
        for start in range(0, len(plates), _BATCH):
            await copy_cases(connection, plates[start : start + _BATCH], now())
        while rows := await connection.fetch(_CLAIM, _BATCH):
            await connection.fetch(_OWNERS, [row["plate"] for row in rows], [row["occurred_at"] for row in rows])
            await connection.execute(_DONE, [row["cell"] for row in rows], [row["case_id"] for row in rows])
    return len(plates) / (time.perf_counter() - started)


async def http_calls_per_s(port: int, path: str, body: bytes, token: str, calls: int) -> float:
    """The same request to the same peer over raw keep-alive sockets: calls a second."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    request = head + body

    async def caller(count: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(count):
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            if b" 200 " not in answer.split(b"\r\n", 1)[0]:
                raise RuntimeError(f"the peer refused the limit's request: {answer[:200]!r}")
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(caller(calls // _CONNECTIONS) for _ in range(_CONNECTIONS)))
    return (calls // _CONNECTIONS * _CONNECTIONS) / (time.perf_counter() - started)


def template_send_body() -> bytes:
    """A confirmation without a picture, as our client sends it."""
    return (
        b'{"messaging_product":"whatsapp","recipient_type":"individual","to":"+628110000001","type":"template",'
        b'"biz_opaque_callback_data":"n:0:1:1","template":{"name":"etle_konfirmasi_v1_teks","language":{"code":"id"},'
        b'"components":[{"type":"body","parameters":['
        + b",".join(
            b'{"type":"text","parameter_name":"%s","text":"CONTOH CONTOH CONTOH"}' % name
            for name in (b"plat", b"instansi", b"pelanggaran", b"waktu", b"lokasi", b"ref", b"situs")
        )
        + b']},{"type":"button","sub_type":"url","index":"0",'
        + b'"parameters":[{"type":"text","text":"00ABCDEFGHJKMNP"}]}]}}'
    )
