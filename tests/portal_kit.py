"""What tests of the portal need: a case whose owner was written to, the portal as a real server, an owner's browser."""

import asyncio
import contextlib
import json
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import aiohttp
import uvicorn
from fastapi import FastAPI

from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind
from cakra.core.states.journey import State
from cakra.doors.citizen import CitizenDeps, build_citizen_routes
from cakra.doors.citizen.deps import PortalDeps
from cakra.doors.language import LanguageSwitch
from cakra.doors.problems import install_problem_handlers
from cakra.doors.security import SecurityHeaders
from cakra.evidence.derive import notice_picture, plate_crop, vehicle_crop_masked
from cakra.evidence.picture import decode
from cakra.journey.ownership.rules import CHASSIS_INDEX, chassis_last5
from cakra.kit.clock import now
from cakra.kit.ids import new_id, new_reference
from cakra.kit.seal import Sealer
from cakra.kit.settings import Portal as PortalSettings
from cakra.kit.settings import Settings
from cakra.outside.photos import open_photo_store
from cakra.sandbox.cameras.passage import DrawnPassage
from cakra.sandbox.cameras.scene import render
from cakra.wiring.world import law_book
from case_rows import put_party
from officers import put_officer
from policy_kit import book_of, packaged

ROOT_KEY = bytes(range(32))
PLATE, CHASSIS, PHONE = "B1234XYZ", "MHFXX1234567K9012", "+6281230009012"
TOKEN = re.compile(r'name="tanda" value="([0-9a-f]+)"')
SHOWN = re.compile(r'name="periksa" value="([0-9a-f]+)"')


@cache
def the_law():
    return law_book()


@cache
def pictures(plate, offence):
    """Derived pictures of a drawn passage: kind → JPEG."""
    at = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    frame = render(DrawnPassage("E1", "CAM-1", offence, at, plate, plate, "accept"), 0, 7)
    photograph = decode(frame.jpeg)
    plate_box, vehicle_box = Box(*frame.plate_box), Box(*frame.vehicle_box)
    made = [
        notice_picture(photograph, plate_box, vehicle_box, VehicleKind.CAR, stamp="CONTOH"),
        vehicle_crop_masked(photograph, plate_box, vehicle_box, VehicleKind.CAR),
        plate_crop(photograph, plate_box),
    ]
    return {picture.kind: picture for picture in made}


@dataclass(frozen=True)
class Notified:
    """A case as its owner knows it."""

    cell: int
    case_id: int
    reference: str
    plate: str


async def notified_case(
    pool, photos=None, *, state=State.NOTIFIED, plate=PLATE, offences=("LAMPU_MERAH",), occurred_at=None, told=True
):
    """Register place and camera, and write a case in this state with its notice and pictures.

    `told=False`: nobody was written to yet.
    """
    at = occurred_at or datetime.now(UTC) - timedelta(hours=2)
    await pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells)"
        " values ('PMJ', 'Ditlantas Polda Metro Jaya', 'Asia/Jakarta', 10, 8) on conflict do nothing"
    )
    await pool.execute(
        "insert into camera (code, jurisdiction, name, place, road, zone, hmac_key) values ('CAM-1', 'PMJ',"
        " 'Kamera 1', 'Jl. M.H. Thamrin, simpang Sarinah, Jakarta Pusat', 'Jl. M.H. Thamrin', 'Asia/Jakarta', '')"
        " on conflict do nothing"
    )
    cell, case_id = 12, new_id()
    case = Notified(cell, case_id, new_reference(cell), plate)
    owner = {"name": "Sri Contoh Wulandari", "phone": PHONE, "brand": "Toyota", "model": "Avanza", "year": 2021}
    owner |= {"colour": "putih", "address": "Jl. Contoh 1", "email": None, "vehicle_kind": "car"}
    delivered = at + timedelta(minutes=1) if state is not State.NOTIFYING else None
    await pool.execute(
        """insert into case_file (cell, case_id, reference, jurisdiction, state, previous_state, state_since, plate,
               claimed_plate, offences, occurred_at, received_at, camera, vehicle_kind, delivered_at, confirm_by)
           values ($1, $2, $3, 'PMJ', $4, null, $5, $6, $6, $7, $5, $5, 'CAM-1', 'car', $8, $9)""",
        cell,
        case_id,
        case.reference,
        state.value,
        at,
        plate,
        list(offences),
        delivered,
        delivered and delivered + timedelta(days=8),
    )
    await put_party(
        pool,
        (cell, case_id),
        contact=Sealer(ROOT_KEY, "addressee").seal_record(owner, case_id.to_bytes(8)),
        factor=Sealer(ROOT_KEY, "register").index(CHASSIS_INDEX, chassis_last5(CHASSIS)),
    )
    if "BATAS_KECEPATAN" in offences:
        await _event(pool, case, at, {"speed_kmh": 78.4, "speed_limit_kmh": 50})
    if told:
        await _notice(pool, case, at, delivered)
    if photos is not None:
        made = pictures(plate, offences[0])
        await photos.put_many({picture.sha256: picture.data for picture in made.values()})
        for kind, picture in made.items():
            await pool.execute(
                "insert into derived_picture values ($1, $2, $3, $4, $5, $6, $7)",
                *(cell, case_id, kind, picture.sha256, picture.parent_sha256, picture.recipe, at),
            )
    return case


async def _event(pool, case, at, record):
    await pool.execute(
        """insert into camera_event (camera, event_id, content_hash, raw_sha256, door, cell, case_id, joined, offence,
               occurred_at, raw_time, received_at, record)
           values ('CAM-1', $1, '', '', 'events', $2, $3, 'opened', 'BATAS_KECEPATAN', $4, '', $4, $5)""",
        *(str(case.case_id), case.cell, case.case_id, at, json.dumps(record)),
    )


async def _notice(pool, case, at, delivered):
    notice_id = new_id()
    content = {"recipient": PHONE, "link_suffix": case.reference, "variables": {}}
    sent = at + timedelta(seconds=41)
    await pool.execute(
        """insert into notice (cell, notice_id, case_id, party_id, purpose, language, template, content, shutter_at,
               state, channel, attempts, created_at, handed_over_at, delivered_at)
           values ($1, $2, $3, $3, 'confirmation', 'id', 'konfirmasi', $4, $5, 'delivered', 'whatsapp', 1, $5,
               $6, $7)""",
        *(case.cell, notice_id, case.case_id, Sealer(ROOT_KEY, "notice").seal_record(content, notice_id.to_bytes(8))),
        *(at, sent, delivered),
    )
    await pool.execute(
        """insert into attempt (cell, notice_id, channel, attempt, sender, intended_at, state, proof)
           values ($1, $2, 'whatsapp', 1, 'sender', $3, 'accepted', $4)""",
        *(case.cell, notice_id, sent, "delivered" if delivered else None),
    )
    story = [("received", at, "camera:CAM-1"), ("notice_queued", at + timedelta(seconds=20), "machine")]
    if delivered:
        story.append(("delivery_proved", delivered, "machine"))
    for key, when, actor in story:
        await pool.execute(
            "insert into case_event (cell, case_id, event_id, at, actor, told) values ($1, $2, $3, $4, $5, $6)",
            *(case.cell, case.case_id, new_id(), when, actor, key),
        )


async def authorise(pool, *, offences=("LAMPU_MERAH",), certified=True, active=True, username="anggraini", **terms):
    """An officer with a standing authorisation."""
    who = {"name": "Dewi Anggraini", "rank": "AKP", "certified": certified, "active": active}
    await put_officer(pool, username, "supervisor", **who)
    since = datetime.now(UTC) - timedelta(days=30)
    span = {"valid_from": since, "valid_to": None, "revoked_at": None, "jurisdiction": "PMJ"} | terms
    await pool.execute(
        "insert into standing_authorisation (authorisation_id, officer, jurisdiction, offences, valid_from, valid_to,"
        " document, revoked_at) values ($1, $2, $3, $4, $5, $6, 'ST/1/2026', $7)",
        *(new_id(), username, span["jurisdiction"], list(offences)),
        *(span["valid_from"], span["valid_to"], span["revoked_at"]),
    )


def portal_deps(pool, folder, *, clock=now, limits=None, **portal) -> CitizenDeps:
    """The portal's world on this database, with photographs in that folder; `limits`: other than the packaged ones."""
    settings, photos = Settings(demo=True, portal=PortalSettings(**portal)), open_photo_store(str(folder))
    told = packaged()["limits"]
    for name, number in (limits or {}).items():
        told = re.sub(rf"^{name} = \d+", f"{name} = {number}", told, flags=re.MULTILINE)
    return CitizenDeps(pool, ROOT_KEY, photos, the_law(), book_of(limits=told), settings, clock=clock)


def portal_app(deps: CitizenDeps):
    """The portal as wiring dresses it."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.include_router(build_citizen_routes(deps))
    install_problem_handlers(app, page=PortalDeps.open(deps).pages.problem)
    return SecurityHeaders(LanguageSwitch(app, secure=False))


@contextlib.asynccontextmanager
async def serve(app, **how):
    """The app behind uvicorn on a port that the system chose; yields its address. `how`: as uvicorn's own settings."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", **how))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()


@dataclass(frozen=True)
class Seen:
    """An answer as a browser got it; `path`: where redirects led."""

    status: int
    text: str
    headers: object
    path: str


class Browser:
    """An owner's browser without JavaScript: cookies, redirects, and the token of the form it saw last."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.token = ""
        self.shown = ""

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.session.close()

    async def get(self, path, *, method="GET", follow=True) -> Seen:
        async with self.session.request(method, self.base + path, allow_redirects=follow) as response:
            return await self._seen(response)

    async def post(self, path, *, token=None, follow=True, **fields) -> Seen:
        form = {name.replace("_", "-"): value for name, value in fields.items()}
        form["tanda"] = self.token if token is None else token
        form.setdefault("periksa", self.shown)
        async with self.session.post(self.base + path, data=form, allow_redirects=follow) as response:
            return await self._seen(response)

    async def check(self, case, *, reference=None, plate=None) -> Seen:
        """Open the first page and check reference and plate."""
        await self.get("/")
        return await self.post("/periksa", referensi=reference or case.reference, nopol=plate or case.plate)

    async def prove(self, case) -> Seen:
        """Come to the question with reference, plate and chassis number."""
        await self.check(case)
        return await self.post("/kasus/stnk", rangka=CHASSIS[-5:])

    async def admit(self, case) -> Seen:
        """Say «I drove» and send it."""
        await self.prove(case)
        await self.post("/kasus/jawab", siapa="saya")
        return await self.post("/kasus/jawab/kirim")

    async def _seen(self, response) -> Seen:
        body = await response.read()
        text = body.decode("utf-8", "replace")
        if found := TOKEN.search(text):
            self.token = found[1]
        if found := SHOWN.search(text):
            self.shown = found[1]
        return Seen(response.status, text, response.headers, response.url.path)
