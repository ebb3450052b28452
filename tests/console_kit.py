"""What tests of the officers' house need: a browser of one officer, its forms, and what was written down."""

import json
import re

import httpx

from cakra.journey.staff.officers import hash_password

LABELS = {
    "id": {"GANJIL_GENAP": "Ganjil genap", "LAMPU_MERAH": "Menerobos lampu merah"},
    "en": {"GANJIL_GENAP": "Odd-even", "LAMPU_MERAH": "Red light"},
}
PASSWORD = "kata sandi yang panjang"
HASHED = hash_password(PASSWORD)
TOKEN = re.compile(r'name="tanda" value="([^"]+)"')
VERSION = re.compile(r'name="versi" value="(\d+)"')


def browser(app, address="10.0.0.1"):
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://petugas.example")


async def sign_in(client, username, password=PASSWORD, **more):
    page = await client.get("/petugas/masuk")
    form = {"tanda": TOKEN.search(page.text)[1], "nama": username, "sandi": password, **more}
    return await client.post("/petugas/masuk", data=form)


async def visit(client, path):
    """A page and the fields every form on it carries."""
    page = await client.get(path)
    assert page.status_code == 200, page.text
    fields = {"tanda": TOKEN.search(page.text)[1]}
    if version := VERSION.search(page.text):
        fields["versi"] = version[1]
    return page, fields


async def decide(client, made, decision, reason, **more):
    _, fields = await visit(client, f"/petugas/tinjau/{made.reference}")
    form = fields | {"keputusan": decision, f"alasan_{decision}": reason} | more
    return await client.post(f"/petugas/tinjau/{made.reference}", data=form)


async def events(pool, made):
    rows = await pool.fetch(
        "select actor, told, from_state, to_state, details from case_event where case_id = $1 order by at, event_id",
        made.case_id,
    )
    return [dict(row) | {"details": json.loads(row["details"])} for row in rows]


async def looks(pool, made, username="rina"):
    rows = await pool.fetch(
        "select what, reason from staff_access where case_id = $1 and username = $2 order by access_id",
        made.case_id,
        username,
    )
    return [(row["what"], row["reason"]) for row in rows]
