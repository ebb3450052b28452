"""The officers' house on a database of its own, and one officer signed in."""

import pytest
from fastapi import FastAPI

from browser_kit import chromium  # noqa: F401 - a fixture
from cakra.core.law.offences import DepositRule
from cakra.doors.cameras import camera_releases
from cakra.doors.design import Assets
from cakra.doors.officer import build_officer_routes, officer_deps
from cakra.doors.problems import install_problem_handlers
from cakra.journey.payment import ChargeDesk
from cakra.outside.photos import open_photo_store
from cakra.wiring.policies import packaged_book
from camera_kit import ROOT_KEY, doors_on
from console_kit import HASHED, LABELS, browser, sign_in
from officers import put_officer
from portal_kit import the_law


@pytest.fixture
def photos(tmp_path):
    return open_photo_store(str(tmp_path / "photos"))


@pytest.fixture
async def house(pool, photos):
    """The officers' application with a reviewer, a supervisor and an auditor."""
    for username, role in (("rina", "reviewer"), ("budi", "reviewer"), ("sari", "supervisor"), ("agus", "auditor")):
        who = {"name": username.title(), "rank": "IPDA", "certified": True, "hashed": HASHED}
        await put_officer(pool, username, role, **who)
    charges = ChargeDesk.open(
        pool, the_law(), packaged_book(), root_key=ROOT_KEY, company="12345", rule=DepositRule.HIGHEST
    )
    deps = officer_deps(
        pool,
        photos,
        Assets(),
        root_key=ROOT_KEY,
        labels=LABELS,
        settle_s=60.0,
        charges=charges,
        secure=False,
        demo=True,
        releases=camera_releases(doors_on(pool, photos)),
        senders={"whatsapp": ("+62 811-0000-0000",), "email": ("notis@etle.example",)},
    )
    app = FastAPI()
    install_problem_handlers(app)
    app.include_router(build_officer_routes(deps))
    return app


@pytest.fixture
async def rina(house):
    async with browser(house) as client:
        assert (await sign_in(client, "rina")).status_code == 303
        yield client
