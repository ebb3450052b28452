"""What people do in a measurement: owners open their case on the portal, an officer works at the console."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from random import Random

from starlette.types import ASGIApp

from cakra.bench.growth.browser import Browser, Page
from cakra.bench.stored.sample import CHASSIS, SIGNATORY, Sampled
from cakra.kit.clock import now
from cakra.store.db import Pool

_GOOD = frozenset({200, 303})
_SESSION = """
insert into staff_session (token_hash, username, csrf, created_at, seen_at, expires_at)
values ($1, $2, $3, $4, $4, $5)"""


async def visit_portal(app: ASGIApp, case: Sampled, chance: Random) -> list[float]:
    """Milliseconds of one owner's pages: the first, reference and plate, the case, the second factor, the status."""
    browser = Browser(app, f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}")
    pages = [
        await browser.get("/"),
        await browser.post("/periksa", referensi=case.reference, nopol=case.plate),
        await browser.get("/kasus"),
        await browser.get("/kasus/stnk"),
        await browser.post("/kasus/stnk", rangka=CHASSIS[-5:]),
        await browser.get("/kasus/status"),
    ]
    return _times(pages, wanted=("/kasus", "/kasus/status"))


async def open_desk(app: ASGIApp, pool: Pool) -> Browser:
    """An officer who is signed in."""
    token, at = secrets.token_urlsafe(32), now()
    csrf = secrets.token_urlsafe(32)
    until = at + timedelta(hours=8)
    await pool.execute(_SESSION, sha256(token.encode()).digest(), SIGNATORY, csrf, at, until)
    return Browser(app, "10.0.0.1", csrf, {"petugas": token})


async def work_console(officer: Browser, cases: Sequence[Sampled]) -> list[float]:
    """Milliseconds of one round: counters, queue, the next case, files, a search, sends, pauses, cameras."""
    pages = [
        await officer.get("/petugas"),
        await officer.get("/petugas/antrean"),
        await officer.get("/petugas/antrean?keadaan=review&pelanggaran=BATAS_KECEPATAN"),
        taken := await officer.post("/petugas/antrean/berikutnya", keadaan="", pelanggaran=""),
        await officer.get(taken.leads_to),
    ]
    for case in cases:
        pages += [
            await officer.get(f"/petugas/berkas/{case.reference}"),
            await officer.get(f"/petugas/berkas/{case.reference}/linimasa"),
            await officer.post("/petugas/cari", dicari=case.plate),
        ]
    pages += [await officer.get(f"/petugas/{page}") for page in ("kiriman", "jeda", "kamera")]
    return _times(pages)


def _times(pages: Sequence[Page], *, wanted: Sequence[str] = ()) -> list[float]:
    """RuntimeError when a page was refused: its time would say nothing."""
    wrong = [page.status for page in pages if page.status not in _GOOD]
    led = [page.leads_to for page in pages]
    if wrong or any(path not in led for path in wanted):
        raise RuntimeError(f"a page was refused in the measurement: status {wrong}, led to {led}")
    return [page.ms for page in pages]
