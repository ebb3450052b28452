"""Signing in and staying signed in: refusals alike, sessions that end, forms of their own."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from cakra.journey.staff.officers import add_officer, disable_officer
from cakra.kit.clock import now
from console_kit import PASSWORD, TOKEN, browser, sign_in, visit


async def test_strangers_are_led_to_the_door(house):
    async with browser(house) as client:
        for path in ("/petugas", "/petugas/antrean", "/petugas/kiriman"):
            answer = await client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/petugas/masuk")


async def test_sign_in_leads_on_and_keeps_only_a_hash(house, pool):
    async with browser(house) as client:
        answer = await sign_in(client, "rina", lanjut="/petugas/antrean")
        assert answer.headers["location"] == "/petugas/antrean"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        token = client.cookies["petugas"]
        kept = await pool.fetchval("select token_hash from staff_session where username = 'rina'")
        assert token.encode() not in kept
        assert "IPDA Rina" in (await client.get("/petugas")).text


async def test_sign_in_leads_only_inside(house):
    async with browser(house) as client:
        answer = await sign_in(client, "rina", lanjut="//evil.example/petugas/")
        assert answer.headers["location"] == "/petugas"


async def test_every_refusal_is_alike(house, pool):
    await add_officer(pool, "lama", name="Lama", rank="", role="reviewer", certified=False, password=PASSWORD)
    await disable_officer(pool, "lama")
    tries = [("rina", "wrong"), ("nobody", PASSWORD), ("lama", PASSWORD), ("", "")]
    answers = []
    for username, password in tries:
        async with browser(house) as client:
            answer = await sign_in(client, username, password)
            assert "petugas" not in client.cookies
            answers.append(
                (answer.status_code, TOKEN.sub("", answer.text).replace(f'value="{username}" autocomplete', ""))
            )
    fallback = re.sub(r'id="nama"[^>]*>', "", answers[0][1])
    assert {status for status, _ in answers} == {401}
    assert {re.sub(r'id="nama"[^>]*>', "", text) for _, text in answers} == {fallback}


@pytest.fixture
def early():
    """A moment early in a window of tries, so that a test stays within it."""
    with time_machine.travel(datetime(2026, 11, 21, 8, 1, tzinfo=UTC), tick=True):
        yield


async def test_guessing_is_limited_without_saying_so(house, early):
    async with browser(house) as client:
        texts = {re.sub(r"tanda.*", "", (await sign_in(client, "rina", f"wrong {n}")).text) for n in range(10)}
        limited = await sign_in(client, "rina")  # the right password, too late
        assert limited.status_code == 401
        assert re.sub(r"tanda.*", "", limited.text) in texts
    async with browser(house, "10.0.0.2") as elsewhere:
        assert (await sign_in(elsewhere, "rina")).status_code == 303
    with time_machine.travel(now() + timedelta(minutes=16), tick=True):
        async with browser(house) as later:
            assert (await sign_in(later, "rina")).status_code == 303


async def test_one_network_of_ipv6_is_one_guesser(house, early):
    for number in range(61):
        async with browser(house, f"2001:db8:1:2::{number:x}") as client:
            await sign_in(client, f"nobody{number}", "wrong")
    for number in (1, 2):  # behind an address over its limit each officer still has two tries, and no third
        async with browser(house, f"2001:db8:1:2:ffff::{number}") as neighbour:
            assert (await sign_in(neighbour, "rina", "wrong")).status_code == 401
    async with browser(house, "2001:db8:1:2:ffff::3") as neighbour:
        assert (await sign_in(neighbour, "rina")).status_code == 401
    async with browser(house, "2001:db8:1:3::1") as elsewhere:
        assert (await sign_in(elsewhere, "rina")).status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_sister_host_posts_nothing(house, rina, site):
    _, fields = await visit(rina, "/petugas")
    answer = await rina.post("/petugas/antrean/berikutnya", data=fields, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/petugas/keluar", "/petugas/antrean/berikutnya", "/petugas/cari"])
async def test_posts_need_the_sessions_own_token(house, rina, path):
    for form in ({"lain": "1"}, {"tanda": "guessed"}):
        answer = await rina.post(path, data=form)
        assert answer.status_code == 403
    assert (await rina.get("/petugas")).status_code == 200  # still signed in


async def test_sign_in_needs_its_page_first(house):
    async with browser(house) as client:
        answer = await client.post("/petugas/masuk", data={"nama": "rina", "sandi": PASSWORD})
        assert answer.status_code == 403
        assert "petugas" not in client.cookies


async def test_sessions_end_by_idleness_and_age(house):
    async with browser(house) as client:
        with time_machine.travel(now(), tick=True) as clock:
            await sign_in(client, "rina")
            clock.shift(timedelta(minutes=29))
            assert (await client.get("/petugas")).status_code == 200
            clock.shift(timedelta(minutes=29))
            assert (await client.get("/petugas")).status_code == 200
            clock.shift(timedelta(minutes=31))
            assert (await client.get("/petugas")).status_code == 303
            await sign_in(client, "rina")
            for _ in range(17):
                clock.shift(timedelta(minutes=28))
                assert (await client.get("/petugas")).status_code == 200
            clock.shift(timedelta(minutes=28))
            assert (await client.get("/petugas")).status_code == 303


async def test_signing_out_ends_the_session_itself(house, rina):
    token = rina.cookies["petugas"]
    _, fields = await visit(rina, "/petugas")
    assert (await rina.post("/petugas/keluar", data=fields)).status_code == 303
    async with browser(house) as thief:
        thief.cookies.set("petugas", token)
        assert (await thief.get("/petugas")).status_code == 303


async def test_a_disabled_officer_is_out_at_once(house, rina, pool):
    await disable_officer(pool, "rina")
    assert (await rina.get("/petugas")).status_code == 303


async def test_an_office_behind_one_address_signs_in_all_day(house, pool, early):
    for username in ("rina", "budi", "rina"):
        async with browser(house) as client:
            await sign_in(client, username, "wrong at first")
            assert (await sign_in(client, username)).status_code == 303
    rows = await pool.fetch("select scope, max(count) as most from attempt_limit group by scope")
    assert {row["scope"]: row["most"] for row in rows} == {
        "petugas_pasangan": 0,
        "petugas_alamat": 3,
        "petugas_nama": 2,
    }
