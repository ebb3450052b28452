"""What tests of intake need: registered cameras, real photographs, signed requests, doors on a real database."""

import io
import json
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
from fastapi import FastAPI
from PIL import Image, ImageDraw

from cakra.doors.cameras import CameraDoors, build_camera_routes, camera_doors
from cakra.doors.cameras.signature import sign
from cakra.doors.problems import install_problem_handlers
from cakra.kit.seal import Sealer
from cakra.kit.settings import Intake

ROOT_KEY = bytes(range(32))
CAMERA_KEY = b"a camera's own key, 32 bytes lng"
OFFENCES = frozenset({"GANJIL_GENAP", "BATAS_KECEPATAN", "HELM", "SABUK"})
JURISDICTION = ("PMJ", "Polda Metro Jaya", "Asia/Jakarta", 10, 8)


async def add_camera(pool, code="CAM-1", *, key=CAMERA_KEY, zone="Asia/Jakarta", offence_map=None, active=True):
    """Register a camera of the jurisdiction PMJ (cells 10 to 17)."""
    await pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells) values ($1,$2,$3,$4,$5) on conflict do nothing",
        *JURISDICTION,
    )
    await pool.execute(
        "insert into camera (code, jurisdiction, name, place, road, zone, hmac_key, offence_map, active)"
        " values ($1, 'PMJ', 'Camera', 'A crossing', 'A road', $2, $3, $4, $5)",
        code,
        zone,
        Sealer(ROOT_KEY, "camera").seal(key, code.encode()),
        json.dumps(offence_map or {}),
        active,
    )


def photograph(seed=0, size=(320, 240), kind="JPEG"):
    """A real picture; another seed is another picture."""
    image = Image.new("RGB", size, (seed * 37 % 256, 90, 120))
    ImageDraw.Draw(image).text((10, 10), f"photo {seed}", fill="white")
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def event(event_id="E1", *, ago_s=1.0, **changes):
    """A canonical event of a moment ago."""
    occurred_at = datetime.now(UTC) - timedelta(seconds=ago_s)
    whole = {
        "schema": "cakra.event/1",
        "event_id": event_id,
        "occurred_at": occurred_at.isoformat(),
        "offence": "GANJIL_GENAP",
        "plate": {"text": "B1234XYZ", "confidence": 0.97, "box": [100, 100, 180, 130], "colour": "white"},
        "vehicle": {"kind": "car", "colour": "silver"},
        "lane": 2,
    }
    return {**whole, **changes}


def multipart(record, photos=(), *, boundary="frontier", closed=True):
    """The raw body and its content type."""
    text = record if isinstance(record, bytes) else json.dumps(record).encode()
    body = b""
    parts = [('name="event"', "application/json", text)]
    parts += [('name="photo"; filename="p.jpg"', "image/jpeg", photo) for photo in photos]
    for disposition, media_type, data in parts:
        body += f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n".encode()
        body += f"Content-Type: {media_type}\r\n\r\n".encode() + data + b"\r\n"
    return body + (f"--{boundary}--\r\n".encode() if closed else b""), f"multipart/form-data; boundary={boundary}"


def signed(body, content_type, *, path="/v1/events", method="POST", camera="CAM-1", key=CAMERA_KEY, at=None):
    """Headers of a signed request."""
    timestamp = int(time.time()) if at is None else at
    return {
        "Content-Type": content_type,
        "Cakra-Camera": camera,
        "Cakra-Timestamp": str(timestamp),
        "Cakra-Signature": sign(key, timestamp, method, path, sha256(body).digest()),
    }


def doors_on(pool, store, **limits) -> CameraDoors:
    """The doors of one process."""
    return camera_doors(pool, store, root_key=ROOT_KEY, settings=Intake(**limits), offences=OFFENCES)


def app_of(doors) -> FastAPI:
    """The cameras' doors as an application."""
    app = FastAPI()
    install_problem_handlers(app)
    app.include_router(build_camera_routes(doors))
    return app


@asynccontextmanager
async def client_of(doors):
    """A client on the doors' application, in process."""
    transport = httpx.ASGITransport(app=app_of(doors), raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://doors.example") as client:
            yield client
    finally:
        await doors.close()


async def post(client, record, photos=(), **how):
    """Post one signed multipart event."""
    body, content_type = multipart(record, photos)
    return await client.post("/v1/events", content=body, headers=signed(body, content_type, **how))


async def put_photo(client, data, digest=None, **how):
    """Put one signed photograph under its digest (or another)."""
    path = f"/v1/photos/{digest or sha256(data).hexdigest()}"
    headers = signed(data, "image/jpeg", path=path, method="PUT", **how)
    return await client.put(path, content=data, headers=headers)


async def quarantined(pool):
    """The quarantine rows with their bodies and headers opened."""
    rows = await pool.fetch("select * from quarantine order by quarantine_id")
    sealer = Sealer(ROOT_KEY, "quarantine")
    return [
        {
            **dict(row),
            "body": row["body"] and sealer.open(row["body"], row["quarantine_id"].to_bytes(8, "big")),
            "headers": row["headers"] and sealer.open_record(row["headers"], row["quarantine_id"].to_bytes(8, "big")),
        }
        for row in rows
    ]


async def count(pool, table):
    """Rows of a table."""
    return await pool.fetchval(f"select count(*) from {table}")
