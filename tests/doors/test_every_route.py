"""Every address of the pages with ids that do not exist or cannot: refused in words, never a fault of ours."""

import itertools
import re
from urllib.parse import quote

import pytest
from test_database_away import client, world_on

from cakra.kit.ids import new_reference
from cakra.wiring.web import web_app
from console_kit import HASHED, sign_in
from officers import put_officer
from portal_kit import notified_case

ROLES = ("reviewer", "supervisor", "commander", "auditor", "administrator", None)
ODD = ("0", "-1", "1", "99999", "9" * 19, "9" * 400, "%00", "é", "..", "x" * 3000, "१", "½", "1e3", "null", "\u200b")
FIELDS = (
    "tindakan",
    "keputusan",
    "alasan",
    "catatan",
    "pelat",
    "jenis",
    "versi",
    "keperluan",
    "pesan",
    "percobaan",
    "saluran",
    "tingkat",
    "kunci-jurisdiction",
    "kunci-channel",
    "kunci-sender",
    "sandi",
    "dicari",
    "keadaan",
    "pelanggaran",
    "nama",
    "lanjut",
    "referensi",
    "nopol",
    "jawab",
    "rangka",
    "pengirim",
    "siapa",
    "telepon",
    "tanggal",
    "sim",
    "beda",
)
QUERIES = ("sesudah", "bulan", "keadaan", "pelanggaran", "dicatat", "lanjut", "sesi", "jawab", "rangka", "which")


def pages_of(app):
    """(method, path) of every route of the site; the middleware around it taken off."""
    while not hasattr(app, "routes"):
        app = app.app
    waiting, found = list(app.routes), set()
    while waiting:
        route = waiting.pop()
        inner = getattr(route, "original_router", None)
        if inner is not None:
            waiting += inner.routes
        else:
            found |= {(method, route.path) for method in route.methods if method in {"GET", "POST", "PUT"}}
    return sorted(found)


def filled(path, value):
    return re.sub(r"\{[^}]*\}", lambda _: quote(value, safe="%."), path)


@pytest.mark.parametrize("role", ROLES)
async def test_no_odd_id_or_parameter_is_a_fault_of_ours(pool, database_url, tmp_path, role):
    case = await notified_case(pool)
    async with web_app(world_on(pool, database_url, tmp_path)) as app, client(app) as browser:
        csrf = ""
        if role is not None:
            await put_officer(pool, "rina", role, name="Rina", rank="IPDA", certified=True, hashed=HASHED)
            assert (await sign_in(browser, "rina")).status_code == 303
            csrf = await pool.fetchval("select csrf from staff_session")
        routes = pages_of(app)
        assert len(routes) > 40
        values = itertools.cycle([*ODD, case.reference, new_reference(12)])
        for method, path in routes:
            for _ in range(len(ODD) + 2 if "{" in path else 4):
                value = next(values)
                query = dict.fromkeys(QUERIES, value)
                form = dict.fromkeys(FIELDS, value) | {"tanda": csrf, "tindakan": "again", "tingkat": "channel"}
                seen = await browser.request(
                    method, filled(path, value), params=query, data=form if method == "POST" else None
                )
                assert seen.status_code < 500, (method, path, value[:40], seen.text[:300])


async def test_a_notice_that_cannot_be_is_not_found(pool, database_url, tmp_path):
    async with web_app(world_on(pool, database_url, tmp_path)) as app, client(app) as browser:
        await put_officer(pool, "rina", "reviewer", name="Rina", rank="IPDA", certified=True, hashed=HASHED)
        await sign_in(browser, "rina")
        csrf = await pool.fetchval("select csrf from staff_session")
        for cell, notice in (("99999", "1"), ("1", "9" * 30), ("-1", "1"), ("x", "1"), ("1", "१")):
            for act in ("again", "settled"):
                seen = await browser.post(
                    f"/petugas/kiriman/{cell}/{quote(notice)}", data={"tanda": csrf, "tindakan": act}
                )
                assert seen.status_code == 404
