"""Every route of the officers' house and its API, with every role and two offices: what is granted, and no more."""

import re
from datetime import timedelta

import pytest
from fastapi import APIRouter

from cakra.core.access.rights import ROLES, Act, Role
from cakra.core.errors import SetupError
from cakra.doors.officer.entrance.needing import act_of, needs
from cakra.doors.officer.entrance.routing import routes_of
from cakra.kit.clock import now
from cakra.kit.ids import new_id, new_reference
from console_kit import HASHED, PASSWORD, TOKEN, browser, decide, sign_in, visit
from factories import CELL, make_case
from officers import put_officer

HERE, AWAY = "PMJ", "PJT"
DOORS = {("GET", "/petugas/masuk"), ("POST", "/petugas/masuk"), ("POST", "/petugas/keluar")}
FORM = {"alasan": "x", "sandi": PASSWORD, "keperluan": "x", "tindakan": "again", "keputusan": "reject", "pesan": "1"}
FORM |= {"alasan_reject": "duplicate", "percobaan": "1", "saluran": "email", "putusan": "tolak", "tingkat": "channel"}
# What in an address names something of an office.
NAMING = {"reference", "digest", "notice_id", "code", "number", "pause_id", "grant_id", "order_id"}
# What a stranger to an office must leave as it is.
ROWS = "case_file", "notice", "quarantine", "camera_standing", "staff_access", "pause", "quarantine_action", "answer"
ROWS += "officer_grant", "officer_order"


def routes_in(app):
    """(method, path, endpoint) of every route of the house."""
    waiting, found = list(app.routes), []
    while waiting:
        route = waiting.pop()
        inner = getattr(route, "original_router", None)
        if inner is not None:
            waiting += inner.routes
        elif route.path.startswith(("/petugas", "/v1/pauses")):
            found += [(method, route.path, route.endpoint) for method in route.methods if method in {"GET", "POST"}]
    return sorted(found, key=lambda one: (one[1], one[0]))


@pytest.fixture
async def rows(pool):
    """An office's case on the desk, an untold notice, a doubted camera, a quarantined body; and another office."""
    made = await make_case(pool, notice="failed")
    await pool.execute("insert into jurisdiction values ($1, 'Lain', 'Asia/Jakarta', 400, 1)", AWAY)
    notice = new_id()
    await pool.execute(
        "insert into notice (cell, notice_id, case_id, party_id, purpose, number, language, template, content,"
        " shutter_at, state, channel, attempts, created_at)"
        " values ($1, $2, $3, $3, 'decision', 1, 'id', 't', '', now(), 'failed', 'email', 2, now())",
        made.cell, notice, made.case_id,
    )  # fmt: skip
    await pool.execute(
        "insert into camera_standing (camera, outcome, since, window_from) values ('CAM-1', 'human', now(), now())"
    )
    await pool.execute(
        "insert into quarantine (quarantine_id, received_at, expires_at, door, camera, authentic, code, reason,"
        " raw_sha256, raw_bytes)"
        " values (77, now(), now() + interval '9 days', 'events', 'CAM-1', true, 'x', 'y', '', 0)"
    )
    return {
        "reference": made.reference,
        "digest": made.original.hex(),
        "cell": str(made.cell),
        "notice_id": str(notice),
        "code": "CAM-1",
        "number": "77",
    }


@pytest.fixture
async def led(pool, rows):
    """The same office with a pause, an order of two people and an officer's grant."""
    await put_officer(pool, "setempat", "supervisor", jurisdiction=HERE)
    await pool.execute(
        "insert into pause (pause_id, level, key, reason, paused_by, paused_at)"
        " values (780000000001, 'jurisdiction', $1, 'x', 'setempat', now())",
        HERE,
    )
    await pool.execute(
        "insert into officer_order (order_id, kind, jurisdiction, content, reason, proposed_by, proposed_at,"
        " expires_at) values (79, 'resume', $1, '{\"pause_id\": 780000000001}', 'x', 'setempat', now(),"
        " now() + interval '7 days')",
        HERE,
    )
    grant = await pool.fetchval("select grant_id from officer_grant where username = 'setempat'")
    return rows | {"pause_id": "780000000001", "order_id": "79", "grant_id": str(grant)}


def filled(path, values):
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)


async def ask(client, method, path, csrf, username):
    if path.startswith("/v1/"):
        body = {"level": "channel", "key": "email", "reason": "x"}
        body = {"reason": "x"} if path.endswith("resume") else body
        return (
            await client.request(method, path, json=body, auth=(username, PASSWORD))
            if method == "POST"
            else (await client.get(path, auth=(username, PASSWORD)))
        )
    return await client.request(method, path, data=FORM | {"tanda": csrf} if method == "POST" else None)


async def kept(pool):
    return [str(await pool.fetch(f"select * from {table} order by 1, 2, 3")) for table in ROWS]


def test_every_route_declares_its_act(house):
    found = routes_in(house)
    assert len(found) > 30
    assert {(method, path) for method, path, endpoint in found if act_of(endpoint) is None} == DOORS


def test_a_house_with_a_route_that_declares_nothing_does_not_open(house):
    router = APIRouter(route_class=routes_of(None))

    async def forgotten():
        pass

    with pytest.raises(SetupError, match="forgotten declares no act"):
        router.get("/petugas/baru")(forgotten)
    router.get("/petugas/baru")(needs(Act.ENTER)(forgotten))


@pytest.mark.parametrize("role", Role)
async def test_each_role_does_what_it_carries_in_its_office_and_nothing_elsewhere(house, pool, led, role):
    await put_officer(pool, "sini", role, hashed=HASHED, jurisdiction=HERE)
    await put_officer(pool, "sana", role, hashed=HASHED, jurisdiction=AWAY)
    nowhere = led | {"reference": new_reference(CELL), "digest": "0" * 64, "notice_id": "5", "code": "CAM-X"}
    nowhere |= {"number": "5", "pause_id": "780000000002", "grant_id": "5", "order_id": "5"}
    async with browser(house, "10.0.0.3") as away, browser(house, "10.0.0.4") as here:
        assert (await sign_in(away, "sana")).status_code == (await sign_in(here, "sini")).status_code == 303
        csrf = {row["username"]: row["csrf"] for row in await pool.fetch("select username, csrf from staff_session")}
        before = await kept(pool)
        for method, path, endpoint in routes_in(house):
            act = act_of(endpoint)
            if act is None:
                continue
            seen = await ask(away, method, filled(path, led), csrf["sana"], "sana")
            assert (seen.status_code == 403) or act in ROLES[role], (path, seen.status_code)
            if act in ROLES[role] and NAMING & set(re.findall(r"\{(\w+)\}", path)):
                none = await ask(away, method, filled(path, nowhere), csrf["sana"], "sana")
                told = seen.text.replace(led["pause_id"], nowhere["pause_id"])  # the API says which it was asked for
                assert (seen.status_code, told) == (none.status_code, none.text), (method, path)
                assert led["reference"] not in seen.text
        assert await kept(pool) == before, "nothing of another office was read or changed"
        for method, path, endpoint in routes_in(house):
            act = act_of(endpoint)
            if act is not None and act not in ROLES[role]:
                seen = await ask(here, method, filled(path, led), csrf["sini"], "sini")
                assert seen.status_code == 403, (method, path)
    refused = await pool.fetch("select username, act, jurisdiction from staff_refusal where what = 'not_allowed'")
    assert {row["username"] for row in refused} <= {"sini", "sana"}
    assert all(row["act"] for row in refused)


async def test_an_officer_of_one_office_neither_finds_nor_decides_anothers_case(house, pool, rows):
    await put_officer(pool, "sana", "supervisor", hashed=HASHED, jurisdiction=AWAY)
    await put_officer(pool, "sini", "supervisor", hashed=HASHED, jurisdiction=HERE)
    case = await pool.fetchrow("select * from case_file")

    class Made:
        reference = case["reference"]

    async with browser(house, "10.0.0.3") as away, browser(house, "10.0.0.4") as here:
        await sign_in(away, "sana")
        await sign_in(here, "sini")
        for client, count in ((away, 0), (here, 1)):
            home, fields = await visit(client, "/petugas")
            assert re.findall(r'pile__count number">(\d+)<', home.text)[0] == str(count)
            assert f'number">{count}</span></h2>' in home.text
            for path in ("/petugas/antrean", "/petugas/kiriman", "/petugas/kamera", "/petugas/karantina"):
                page = (await visit(client, path))[0].text
                assert ("CAM-1" in page or Made.reference in page) is bool(count), path
            found = await client.post("/petugas/cari", data=fields | {"dicari": "B 1234 XYZ"})
            assert (found.status_code, Made.reference in found.text) == ((200, True) if count else (404, False))
            taken = await client.post("/petugas/antrean/berikutnya", data=fields)
            expected = f"/petugas/tinjau/{Made.reference}" if count else "/petugas/antrean?kosong=1"
            assert taken.headers["location"] == expected
        fields["tanda"] = TOKEN.search((await away.get("/petugas")).text)[1]
        form = fields | {"versi": str(case["version"]), "keputusan": "reject", "alasan_reject": "duplicate"}
        assert (await away.post(f"/petugas/tinjau/{Made.reference}", data=form)).status_code == 404
        assert await pool.fetchval("select state from case_file") == "review"
        assert await pool.fetchval("select assigned_to from case_file") == "sini"
        refused = await pool.fetchrow("select * from staff_refusal order by refusal_id desc limit 1")
        assert (refused["username"], refused["act"], refused["jurisdiction"]) == ("sana", "decide_cases", HERE)
        assert Made.reference not in refused["asked"]
        assert (await decide(here, Made, "reject", "duplicate")).status_code == 303


async def test_a_grant_that_ended_a_minute_ago_opens_nothing(house, pool, rows):
    await put_officer(pool, "lewat", "supervisor", hashed=HASHED, to=now() - timedelta(minutes=1))
    async with browser(house) as client:
        assert (await sign_in(client, "lewat")).status_code == 303
        for path in ("/petugas", "/petugas/antrean", f"/petugas/berkas/{rows['reference']}"):
            page = await client.get(path)
            assert page.status_code == 403
            assert "Hak Anda tidak mencakup tindakan ini" in page.text
        told = await client.get("/v1/pauses", auth=("lewat", PASSWORD))
        assert told.status_code == 403


async def test_a_session_notices_at_once_that_its_grant_has_ended(house, pool, rina):
    assert (await rina.get("/petugas/antrean")).status_code == 200
    await pool.execute("update officer_grant set valid_to = now() where username = 'rina'")
    assert (await rina.get("/petugas/antrean")).status_code == 403


async def test_an_office_pauses_itself_alone(house, pool, rows):
    await put_officer(pool, "sini", "supervisor", hashed=HASHED, jurisdiction=HERE)
    await put_officer(pool, "sana", "supervisor", hashed=HASHED, jurisdiction=AWAY)

    async def stop(client, who, level, key):
        order = {"level": level, "key": key, "reason": "x"}
        return (await client.post("/v1/pauses", json=order, auth=(who, PASSWORD))).status_code

    async with browser(house) as client:
        for level, key in (("everything", ""), ("channel", "email"), ("jurisdiction", AWAY)):
            assert await stop(client, "sini", level, key) == 403
        assert await stop(client, "sini", "jurisdiction", HERE) == 201
        seen = {
            who: (await client.get("/v1/pauses", auth=(who, PASSWORD))).json()["pauses"] for who in ("sini", "sana")
        }
        assert (len(seen["sini"]), seen["sana"]) == (1, [])
        address = f"/v1/pauses/{seen['sini'][0]['id']}/resume"
        assert (await client.post(address, json={"reason": "x"}, auth=("sana", PASSWORD))).status_code == 404
        await sign_in(client, "sana")
        assert "Pengiriman sedang dijeda" not in (await client.get("/petugas")).text
    assert await pool.fetchval("select resumed_at is null from pause")
