"""Cases as they stand in the middle of their journey, for tests of what people see and do with them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

from cakra.journey.ownership.rules import CHASSIS_INDEX, seal_binding
from cakra.kit.ids import new_id, new_reference
from cakra.kit.seal import Sealer
from cakra.store.cases import find_case
from camera_kit import ROOT_KEY, add_camera, photograph
from case_rows import put_party

CELL = 11
CHASSIS = "A1B2C"
OWNER = {
    "name": "SITI CONTOH",
    "address": "Jl. Rekaan No. 1, Jakarta",
    "phone": "+6281234567890",
    "email": None,
    "brand": "TOYOTA",
    "model": "AVANZA",
    "colour": "PERAK",
    "year": 2021,
    "vehicle_kind": "car",
}
DOUBT = {
    "check": "plate_photo",
    "verdict": "doubt",
    "words_id": "Foto belum memastikan B1234XYZ; B1284XYZ juga mungkin.",
    "words_en": "The photograph does not settle B1234XYZ; B1284XYZ is possible too.",
    "facts": {},
}
FINE = {"check": "camera", "verdict": "ok", "words_id": "Kamera CAM-1 layak", "words_en": "Camera CAM-1 is fit"}
READING = {
    "camera": "CAM-1",
    "outcome": "review",
    "key": "margin",
    "text": "B1284XYZ",
    "rival": "B1284XYZ",
    "claim": "B1234XYZ",
    "margin": 1.37,
    "height_px": 31.5,
    "sharpness": 140.2,
    "box": [10, 10, 90, 40],
    "ms": 40.0,
    "model": "none",
}
_OWNED = {"identified", "notifying", "notified", "undeliverable", "answered", "disputed", "charged", "lapsed"}


@dataclass
class Made:
    """What was made: the keys of a case, its photographs by role, its notice."""

    cell: int
    case_id: int
    reference: str
    original: bytes
    crop: bytes
    notice_id: int | None = None
    blobs: dict[bytes, bytes] = field(default_factory=dict)

    async def read(self, pool):
        """The case as it is now."""
        return await find_case(pool, self.cell, self.case_id)


_PICTURES = count()  # by a number drawn from chance two cases of one camera would share theirs now and then


async def make_case(
    pool,
    *,
    state="review",
    plate="B1234XYZ",
    offences=("GANJIL_GENAP",),
    age=timedelta(minutes=5),
    notice=None,
    told="review_needed",
    owner=None,
    photos=None,
    vehicle_kind="car",
):
    """A case in `state`; `notice`: state of its confirmation; `photos`: a store that receives its pictures."""
    if not await pool.fetchval("select exists(select from camera where code = 'CAM-1')"):
        await add_camera(pool)
    case_id, at = new_id(), datetime.now(UTC) - age
    number = next(_PICTURES)
    original, crop = photograph(number), photograph(number, (120, 40))
    blobs = {sha256(data).digest(): data for data in (original, crop)}
    first, second = blobs
    made = Made(CELL, case_id, new_reference(CELL), first, second, blobs=blobs)
    await pool.execute(
        """insert into case_file (cell, case_id, reference, jurisdiction, state, state_since, plate, claimed_plate,
               offences, occurred_at, received_at, camera, vehicle_kind)
           values ($1, $2, $3, 'PMJ', $4, $5, $6, $6, $7, $5, $5, 'CAM-1', $8)""",
        CELL, case_id, made.reference, state, at, plate, list(offences), vehicle_kind,
    )  # fmt: skip
    if notice is not None:
        await put_party(pool, (CELL, case_id))
    if state in _OWNED or owner:
        contact = Sealer(ROOT_KEY, "addressee").seal_record({**OWNER, **(owner or {})}, case_id.to_bytes(8))
        chassis = Sealer(ROOT_KEY, "register").index(CHASSIS_INDEX, CHASSIS)
        await put_party(pool, (CELL, case_id), contact=contact, factor=chassis)
    await pool.execute(
        "insert into case_event (cell, case_id, event_id, at, actor, told, to_state, from_state)"
        " values ($1, $2, $3, $4, 'machine', $5, null, null)",
        CELL, case_id, new_id(), at, told,
    )  # fmt: skip
    await _add_evidence(pool, made, at, offences[0])
    if notice is not None:
        made.notice_id = await _add_notice(pool, made, notice, at)
    if photos is not None:
        await photos.put_many(blobs)
    return made


async def _add_evidence(pool, made, at, offence):
    event_id = f"E-{made.case_id}"
    await pool.execute(
        """insert into camera_event (camera, event_id, content_hash, raw_sha256, door, cell, case_id, joined, offence,
               occurred_at, raw_time, received_at, record)
           values ('CAM-1', $1, $2, $2, 'events', $3, $4, 'opened', $5, $6, $7, $6, '{}')""",
        event_id, made.original, made.cell, made.case_id, offence, at, at.isoformat(),
    )  # fmt: skip
    await pool.execute(
        """insert into photo (cell, case_id, camera, event_id, ordinal, sha256, role, bytes, width, height, box)
           values ($1, $2, 'CAM-1', $3, 0, $4, 'scene', $5, 320, 240, '{10,10,90,40}')""",
        made.cell, made.case_id, event_id, made.original, len(made.blobs[made.original]),
    )  # fmt: skip
    await pool.execute(
        """insert into derived_picture (cell, case_id, kind, sha256, parent_sha256, recipe, made_at)
           values ($1, $2, 'plate', $3, $4, 'test', $5)""",
        made.cell, made.case_id, made.crop, made.original, at,
    )  # fmt: skip
    await pool.execute(
        """insert into screening (cell, case_id, screening_id, at, verdict, policy, findings, readings, model_hash)
           values ($1, $2, $3, $4, 'review', 'hybrid', $5, $6, 'none')""",
        made.cell, made.case_id, new_id(), at, json.dumps([FINE, DOUBT]), json.dumps([READING]),
    )  # fmt: skip


async def _add_notice(pool, made, state, at):
    """A confirmation whose first attempt ended so: unsettled, failed, accepted, delivered …"""
    notice_id = new_id()
    content = {"recipient": OWNER["phone"], "link_suffix": made.reference, "variables": {}}
    sealed = Sealer(ROOT_KEY, "notice").seal_record(content, notice_id.to_bytes(8))
    handed_over = at if state in {"accepted", "delivered", "read"} else None
    await pool.execute(
        """insert into notice (cell, notice_id, case_id, party_id, purpose, language, template, content, shutter_at,
               state, channel, attempts, created_at, handed_over_at)
           values ($1, $2, $3, $3, 'confirmation', 'id', 'konfirmasi', $4, $5, $6, 'whatsapp', 1, $5, $7)""",
        made.cell, notice_id, made.case_id, sealed, at, state, handed_over,
    )  # fmt: skip
    word = {"unsettled": "unknown", "failed": "refused"}.get(state, "accepted")
    await pool.execute(
        "insert into attempt (cell, notice_id, channel, attempt, sender, intended_at, state)"
        " values ($1, $2, 'whatsapp', 1, '+62 800', $3, $4)",
        made.cell, notice_id, at, word,
    )  # fmt: skip
    return notice_id


async def register_vehicle(pool, plate="B1234XYZ", *, kind="car", name="SITI CONTOH", phone="+6281234567890"):
    """One owner of one vehicle since 2020, sealed as the register's import does it."""
    sealer, since = Sealer(ROOT_KEY, "register"), datetime(2020, 1, 1, tzinfo=UTC)
    owner = {"name": name, "address": "Jl. Rekaan No. 1", "phone": phone, "email": None}
    await pool.execute(
        """insert into registration (plate, valid_from, vehicle_kind, brand, model, colour, year, plate_colour,
               chassis_last5, owner_key, owner, fingerprint, source)
           values ($1, $2, $3, 'TOYOTA', 'AVANZA', 'PERAK', 2021, 'white', $4, $5, $6, '\\x00', 'test')""",
        plate, since, kind, sealer.index(CHASSIS_INDEX, CHASSIS), sealer.index("owner", name),
        sealer.seal_record(owner, seal_binding(plate, since)),
    )  # fmt: skip
