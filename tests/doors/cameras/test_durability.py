"""Real sockets, real full disks: what is acknowledged is kept, what is not kept is not acknowledged."""

import asyncio
import contextlib
import json
import os
import resource
import socket
import subprocess
from hashlib import sha256

import httpx
import pytest
import uvicorn

from cakra.outside.photos import FolderPhotos
from cakra.store.connect import create_pool
from camera_kit import (
    add_camera,
    app_of,
    client_of,
    count,
    doors_on,
    event,
    multipart,
    photograph,
    post,
    put_photo,
    quarantined,
    signed,
)


@contextlib.asynccontextmanager
async def served(doors):
    """The doors behind a real HTTP server; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app_of(doors), log_level="error", access_log=False, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running
        await doors.close()
        listener.close()


def request(body, headers, length):
    lines = [f"{key}: {value}" for key, value in {**headers, "Host": "doors", "Content-Length": length}.items()]
    return "\r\n".join(["POST /v1/events HTTP/1.1", *lines, "", ""]).encode() + body


async def test_a_request_cut_on_the_wire_is_not_acknowledged_and_its_beginning_is_kept(pool, store):
    await add_camera(pool)
    body, content_type = multipart(event(), [photograph()])
    async with served(doors_on(pool, store)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(body[: len(body) // 2], signed(body, content_type), len(body)))
        await writer.drain()
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        assert b" 201 " not in answer
        async with asyncio.timeout(30):
            while not await count(pool, "quarantine"):  # noqa: ASYNC110 - the row is the only sign
                await asyncio.sleep(0.02)
        [kept] = await quarantined(pool)
        assert (kept["code"], kept["body"]) == ("cut_off", body[: len(body) // 2])
        assert await count(pool, "camera_event") == 0
        # The camera sends it again, whole.
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            again = await client.post("/v1/events", content=body, headers=signed(body, content_type))
        assert again.status_code == 201


async def test_a_body_that_was_cut_before_it_was_signed_is_refused_over_a_socket(pool, store):
    await add_camera(pool)
    whole, content_type = multipart(event(), [photograph()])
    cut = whole[: len(whole) * 2 // 3]
    async with served(doors_on(pool, store)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(cut, {**signed(cut, content_type), "Connection": "close"}, len(cut)))
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    head, _, problem = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert json.loads(problem)["code"] == "multipart_truncated"
    assert [row["body"] for row in await quarantined(pool)] == [cut]


@contextlib.contextmanager
def tiny_disk(folder):
    """A folder on a disk of 1 MB where this user may mount one, else one whose files end at 64 KiB."""
    mounted = os.geteuid() == 0 and (
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False).returncode == 0
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_507_and_nothing_is_half_kept(pool, tmp_path):
    await add_camera(pool)
    noise = os.urandom(3 * 900 * 700)
    large = _png_of(noise, (900, 700))
    (tmp_path / "disk").mkdir()
    with tiny_disk(tmp_path / "disk"):
        async with client_of(doors_on(pool, FolderPhotos(tmp_path / "disk"))) as client:
            for response in (await post(client, event(), [large]), await put_photo(client, large)):
                assert response.status_code == 507
                assert response.headers["retry-after"]
                assert "send again" in response.json()["detail"]
            assert [await count(pool, table) for table in ("camera_event", "case_file", "photo")] == [0, 0, 0]
            small = await post(client, event("SMALL"), [photograph()])
            assert small.status_code == 201
    async with client_of(doors_on(pool, FolderPhotos(tmp_path / "larger"))) as client:
        assert (await post(client, event(), [large])).status_code == 201


def _png_of(noise, size):
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.frombytes("RGB", size, noise).save(file, "PNG")
    return file.getvalue()


async def test_a_database_that_went_away_is_503_and_the_event_comes_in_later(database_url, pool, store):
    await add_camera(pool)
    own = await create_pool(database_url, min_size=1, max_size=4, name="cakra tests")
    record, photo = event(), photograph()
    async with client_of(doors_on(own, store)) as client:
        assert (await post(client, event("BEFORE", plate={"text": "B9ZZ"}), [photo])).status_code == 201
        await pool.execute("alter table camera_event rename to camera_event_away")
        away = await post(client, record, [photo])
        assert (away.status_code, away.json()["code"]) == (503, "store_away")
        assert "B1234XYZ" not in away.text
        await pool.execute("alter table camera_event_away rename to camera_event")
        assert await pool.fetchval("select count(*) from case_file where plate = 'B1234XYZ'") == 0
        assert (await post(client, record, [photo])).status_code == 201
        own.terminate()
        gone = await post(client, event("AFTER"), [photo])
        assert gone.status_code == 503


async def test_a_lean_event_is_only_taken_while_its_photograph_is_whole(pool, store, tmp_path):
    await add_camera(pool)
    photo = photograph()
    digest = sha256(photo).hexdigest()
    body = json.dumps(event(photos=[{"sha256": digest}])).encode()
    async with client_of(doors_on(pool, store)) as client:
        await put_photo(client, photo)
        [file] = list((tmp_path / "photos").rglob(digest))
        file.chmod(0o600)
        file.write_bytes(photo[:-1])
        refused = await client.post("/v1/events", content=body, headers=signed(body, "application/json"))
        assert (refused.status_code, refused.json()["code"]) == (503, "photo_damaged")
        await put_photo(client, photo)
        taken = await client.post("/v1/events", content=body, headers=signed(body, "application/json"))
        assert taken.status_code == 201


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/events"])
async def test_what_is_not_there_is_a_problem_too(pool, store, path):
    async with client_of(doors_on(pool, store)) as client:
        response = await client.get(path)
    assert response.status_code in {404, 405}
    assert response.headers["content-type"] == "application/problem+json"
