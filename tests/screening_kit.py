"""From a camera's record at the door to what an officer sees: the real door, lane, look and checks in this process."""

import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

import cv2
import numpy as np
from tests.core.law_texts import law_book
from tests.plates.rendered import rendered

from cakra.core.states.outcome import Step
from cakra.doors.cameras import camera_doors
from cakra.doors.cameras.signature import push_secret
from cakra.engine.alarm import Alarm
from cakra.engine.lane import Lane, LaneRunner
from cakra.journey.screening.look import look_at
from cakra.journey.screening.step import ScreeningDesk
from cakra.kit.settings import Intake
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.terms import terms_of
from camera_kit import CAMERA_KEY, ROOT_KEY, add_camera, client_of, event, photograph, post
from factories import register_vehicle
from policy_kit import automation, put_in_force, rulebook
from shared import shared_dir

LAW = law_book()
TERMS = terms_of(load_calibration())
CLAIM = "B1234XYZ"
FRAME = (1280, 720)
_WIB = "Asia/Jakarta"
_MAP = {"1240": "TANPA_SABUK", "151002": "TANPA_HELM"}
_CASES = count(1)


class InProcess:
    """The real look at photographs, in this process."""

    async def look(self, cases, terms):
        return [look_at(shots, own, None) for shots, own in zip(cases, terms, strict=True)]


def frame(plate=("B", "1234", "XYZ"), at=(520, 410), size=FRAME, seed=5):
    """(JPEG, plate box) of a grey frame with one plate in it."""
    face = rendered(plate)
    noise = np.random.default_rng(seed).normal(110, 6, (size[1], size[0], 1)).clip(0, 255).astype(np.uint8)
    picture, (height, width) = noise.repeat(3, axis=2), face.shape[:2]
    picture[at[1] : at[1] + height, at[0] : at[0] + width] = face
    return cv2.imencode(".jpg", picture)[1].tobytes(), (at[0], at[1], at[0] + width, at[1] + height)


def belt(**changes):
    """A signed record of an offence that needs nothing but the plate."""
    plain = event(f"E-{next(_CASES)}", offence="TANPA_SABUK", plate={"text": CLAIM}, vehicle={"kind": "car"})
    return {**plain, **changes}


class Street:
    """The doors, the screening lane, and what came of it."""

    def __init__(self, pool, store, database_url, client, desk):
        self.pool, self.store, self.client, self.desk = pool, store, client, desk
        lane = Lane("screening", (Step.SCREENING,), {Step.SCREENING: desk.run}, batch=50, wakes=())
        self.lane = LaneRunner(lane, pool, Alarm(database_url, 1.0), worker="test", cells=None)

    async def post(self, record, *photographs):
        """The door's answer to a signed record."""
        return await post(self.client, record, photographs)

    async def push(self, name, *pictures):
        """The door's answer to one of the shared Hikvision samples, with pictures (name, bytes)."""
        text = (shared_dir() / "cases" / "cameras" / name).read_text("latin-1")
        text = re.sub(r"@NOW-(\d+)@", lambda match: _ago(int(match[1])), text).replace("@UUID@", str(uuid4()))
        parts = [("anpr.xml", "text/xml", text.encode("latin-1")), *((n, "image/jpeg", d) for n, d in pictures)]
        body = b"".join(
            f'--b\r\nContent-Disposition: form-data; name="{n}"; filename="{n}"\r\nContent-Type: {t}\r\n\r\n'.encode()
            + data
            + b"\r\n"
            for n, t, data in parts
        )
        return await self.client.post(
            f"/v1/hikvision/GATE-7/{push_secret(CAMERA_KEY)}",
            content=body + b"--b--\r\n",
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )

    async def screened(self):
        """Let the lane work once; the cases as they stand, oldest first."""
        await self.pool.execute("update case_file set due_at = now() where step is not null")
        await self.lane.once()
        return await self.pool.fetch("select * from case_file order by case_id")

    async def findings(self, case=None):
        """{check: verdict} of the newest screening (of a case)."""
        rows = await self.rows(case)
        order = ("ok", "caution", "doubt", "fail", "divert")
        found = {}
        for one in rows:
            found[one["check"]] = max(found.get(one["check"], "ok"), one["verdict"], key=order.index)
        return found

    async def rows(self, case=None):
        """The findings of the newest screening (of a case)."""
        key = None if case is None else case["case_id"]
        return json.loads(
            await self.pool.fetchval(
                "select findings from screening where $1::bigint is null or case_id = $1"
                " order by screening_id desc limit 1",
                key,
            )
        )


@asynccontextmanager
async def street_on(pool, store, database_url, **how):
    """CAM-1 (signed) and GATE-7 (Hikvision) are fit for everything, the policy leaves most to the machine."""
    await add_camera(pool)
    await add_camera(pool, "GATE-7", offence_map=_MAP)
    await pool.execute(
        "update camera set approved_offences = $1, calibrated_until = now() + interval '1 day',"
        " audited_precision = 0.99, speed_limit_kmh = 60, road = 'Jl. M.H. Thamrin', clock_tolerance_s = 120,"
        " vendor = case code when 'GATE-7' then 'hikvision' else 'cakra' end",
        list(LAW.offences.codes),
    )
    for plate in (CLAIM, "B9998ZZA", "B2415KZA"):
        await register_vehicle(pool, plate)
    doors = camera_doors(pool, store, root_key=ROOT_KEY, settings=Intake(), offences=frozenset(LAW.offences.codes))
    rules = rulebook()
    await put_in_force(pool, rules.book, "automation", automation("auto"))
    for kind, text in how.pop("policies", {}).items():
        await put_in_force(pool, rules.book, kind, text)
    desk = ScreeningDesk(pool, store, LAW, how.pop("looker", InProcess()), rules, 120.0, **how)
    async with client_of(doors) as client:
        yield Street(pool, store, database_url, client, desk)


def _ago(seconds):
    return (datetime.now(UTC) - timedelta(seconds=seconds)).astimezone().isoformat(timespec="milliseconds")


def shared_event(name, **changes):
    """One of the shared signed samples, as a camera sends it now."""
    told = json.loads((shared_dir() / "cases" / "cameras" / name).read_text())
    told = {key: value for key, value in told.items() if not key.startswith("_")}
    if told["occurred_at"].startswith("@NOW"):
        told["occurred_at"] = _ago(1)
    return told | {"event_id": f"{told['event_id']}-{next(_CASES)}"} | changes


def plain_picture(seed=0):
    """A photograph without a plate."""
    return photograph(seed, FRAME)
