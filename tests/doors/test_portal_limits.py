"""How often one may be wrong at the portal: who guesses is stopped, nobody else is, and the page says what to do."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest

from cakra.doors.citizen.visiting import Guessing, forget_attempts, read_guessing
from cakra.kit.ids import new_reference
from cakra.store.connect import create_pool
from portal_kit import CHASSIS, PLATE, TOKEN, notified_case, portal_app, portal_deps

AT = datetime(2026, 11, 20, 14, 16, 5, tzinfo=UTC)  # 21.16 WIB
WRONG = "B9999QQ"


@pytest.fixture
def clock():
    return SimpleNamespace(at=AT)


@pytest.fixture
def app(pool, tmp_path, clock):
    return portal_app(portal_deps(pool, tmp_path, clock=lambda: clock.at))


class Owner(httpx.AsyncClient):
    """A browser behind one network address."""

    def __init__(self, app, address="10.0.0.1"):
        transport = httpx.ASGITransport(app=app, client=(address, 1))
        super().__init__(transport=transport, base_url="http://etle.example", follow_redirects=True)
        self.form = ""

    async def send_form(self, path, **fields):
        if not self.form:
            self.form = TOKEN.search((await self.get("/")).text)[1]
        return await self.post(path, data=fields | {"tanda": self.form})

    async def check(self, reference, plate=PLATE):
        return await self.send_form("/periksa", referensi=reference, nopol=plate)

    async def prove(self, number=CHASSIS[-5:]):
        return await self.send_form("/kasus/stnk", rangka=number)


def opened(seen):
    return seen.status_code == 200 and seen.url.path == "/kasus"


async def test_eleven_wrong_plates_close_until_a_time_that_is_told_and_never_say_fake(pool, app, clock):
    case = await notified_case(pool)
    async with Owner(app) as owner:
        for _ in range(10):
            seen = await owner.check(case.reference, WRONG)
            assert seen.status_code == 422
            assert "palsu" not in seen.text
        closed = await owner.check(case.reference)
        assert closed.status_code == 429
        assert "Ditutup sampai 20 Nov 2026 22.16 WIB" in closed.text
        assert closed.headers["retry-after"] == "3600"
        assert "palsu" not in closed.text
        for way in ("Pakai jaringan lain", "Kirim CEK dan nomor referensi ke WhatsApp resmi", "Posko Gakkum"):
            assert way in closed.text
        owner.cookies.set("bahasa", "en")
        assert "Closed until 20 Nov 2026 22:16 WIB" in (await owner.check(case.reference)).text
        clock.at += timedelta(hours=1)
        assert opened(await owner.check(case.reference))


async def test_a_closed_reference_looks_alike_whether_it_is_known_or_not(pool, app):
    case = await notified_case(pool)
    seen = []
    for reference in (case.reference, new_reference(case.cell), "?"):
        async with Owner(app) as owner:
            for _ in range(11):
                last = await owner.check(reference, WRONG)
            seen.append((last.status_code, last.text))
    assert seen[0][0] == 429
    assert seen[0] == seen[1] == seen[2]


async def test_who_closed_a_reference_closed_it_for_one_network_only(pool, app):
    case = await notified_case(pool)
    async with Owner(app, "10.0.0.1") as stranger, Owner(app, "10.9.9.9") as owner:
        for _ in range(15):
            await stranger.check(case.reference, WRONG)
        assert opened(await owner.check(case.reference))
        assert (await stranger.check(case.reference)).status_code == 429


async def test_hundreds_of_tries_from_one_address_refuse_nobody_with_right_data(pool, app):
    """Not behind the same address of a mobile operator either: two tries a reference remain there."""
    case, typist, far = [await notified_case(pool) for _ in range(3)]
    async with Owner(app, "10.0.0.1") as flood, Owner(app, "10.0.0.1") as neighbour, Owner(app, "172.16.0.7") as other:
        for _ in range(150):
            assert (await flood.check(new_reference(12), WRONG)).status_code == 422
        assert opened(await neighbour.check(case.reference))
        assert (await neighbour.check(typist.reference, WRONG)).status_code == 422
        assert opened(await neighbour.check(typist.reference))
        assert opened(await other.check(far.reference))
        # who goes on being wrong there is stopped sooner
        assert [(await flood.check(far.reference, WRONG)).status_code for _ in range(3)] == [422, 422, 429]


async def test_a_whole_48_of_ipv6_is_one_network_and_closes_nothing_for_others(pool, app):
    case = await notified_case(pool)
    for number in range(12):
        async with Owner(app, f"2001:db8:7:{number:x}::1") as one:
            last = await one.check(case.reference, WRONG)
    assert last.status_code == 429
    async with Owner(app, "2001:db8:8::1") as owner:
        assert opened(await owner.check(case.reference))


async def test_a_reference_guessed_at_from_everywhere_still_opens_for_its_owner(pool, app):
    case = await notified_case(pool)
    for number in range(30):
        async with Owner(app, f"10.1.{number}.1") as one:
            for _ in range(5):
                await one.check(case.reference, WRONG)
    async with Owner(app, "10.2.0.1") as owner:
        assert (await owner.check(case.reference, WRONG)).status_code == 422
        assert opened(await owner.check(case.reference))
    async with Owner(app, "10.3.0.1") as one:
        assert [(await one.check(case.reference, WRONG)).status_code for _ in range(3)] == [422, 422, 429]


async def test_refused_tries_count_against_nobody(pool, app):
    case = await notified_case(pool)
    async with Owner(app) as stranger:
        for _ in range(200):
            await stranger.check(case.reference, WRONG)
    most = await pool.fetch("select scope, wrong from portal_try order by scope")
    assert [tuple(row) for row in most] == [("plate", 10), ("plate_network", 10), ("plate_subject", 10)]


async def test_right_answers_use_up_nothing(pool, app):
    case = await notified_case(pool)
    async with Owner(app) as owner:
        for _ in range(25):
            assert opened(await owner.check(case.reference))
        assert await pool.fetchval("select coalesce(sum(wrong), 0) from portal_try") == 0


async def test_no_two_at_once_slip_through(pool, app):
    case = await notified_case(pool)
    async with Owner(app) as owner:
        await owner.check(new_reference(1))
        seen = await asyncio.gather(*(owner.check(case.reference, WRONG) for _ in range(30)))
    assert sorted(one.status_code for one in seen) == [422] * 10 + [429] * 20


async def test_the_wait_for_the_chassis_number_grows(pool, app, clock):
    case = await notified_case(pool)
    async with Owner(app) as owner:
        await owner.check(case.reference)
        for _ in range(5):
            assert (await owner.prove("AAAA1")).status_code == 422
        for wait in (
            timedelta(minutes=15),
            timedelta(hours=1),
            timedelta(hours=4),
            timedelta(days=1),
            timedelta(days=1),
        ):
            closed = await owner.prove()
            assert closed.status_code == 429
            assert closed.headers["retry-after"] == str(int(wait.total_seconds()))
            assert "palsu" not in closed.text
            clock.at += wait
            await owner.check(case.reference)
            assert (await owner.prove("AAAA1")).status_code == 422
        clock.at += timedelta(days=1)
        await owner.check(case.reference)
        assert (await owner.prove()).url.path == "/kasus/jawab"


async def test_what_cannot_be_a_chassis_number_is_not_counted(pool, app):
    case = await notified_case(pool)
    async with Owner(app) as owner:
        await owner.check(case.reference)
        for typed in ("123", "??", "ÄÖÜßé", "x" * 1000, "\u200b"):
            assert (await owner.prove(typed)).status_code == 422
        assert await pool.fetchval("select count(*) from second_factor") == 0
        assert (await owner.prove()).url.path == "/kasus/jawab"


async def guess_until_closed(pool, app, case, most):
    """From network after network, until the case is closed; how many guesses were judged."""
    judged = 0
    for number in range(100):
        async with Owner(app, f"10.4.{number}.1") as one:
            await one.check(case.reference)
            for _ in range(6):
                status = (await one.prove("AAAA1")).status_code
                judged += status == 422
                if status == 403:
                    return judged + 1
    raise AssertionError(f"never closed after {judged}, cap {most}")


async def test_a_case_has_a_cap_over_its_life_an_alarm_and_another_way_in(pool, app, clock):
    case, other = await notified_case(pool), await notified_case(pool)
    assert await guess_until_closed(pool, app, case, 50) == 50
    async with Owner(app, "10.5.0.1") as owner:
        await owner.check(case.reference)
        clock.at += timedelta(days=20)
        await owner.check(case.reference)
        closed = await owner.prove()
        assert closed.status_code == 403
        assert "Petugas membukanya lagi untuk Anda" in closed.text
        assert "Posko Gakkum" in closed.text
        assert "palsu" not in closed.text
        await owner.check(other.reference)
        assert (await owner.prove()).url.path == "/kasus/jawab"
    assert await read_guessing(pool, AT) == Guessing(wrong=50, closed=1)


async def test_old_counts_are_forgotten_in_pieces(pool, app):
    case = await notified_case(pool)
    async with Owner(app) as owner:
        await owner.check(case.reference, WRONG)
        await owner.check(case.reference)
        await owner.prove("AAAA1")
    kept = await pool.fetchval("select count(*) from portal_try")
    assert await forget_attempts(pool, AT + timedelta(hours=2)) == 0
    assert await forget_attempts(pool, AT + timedelta(hours=4), most=2) == 2
    assert await forget_attempts(pool, AT + timedelta(hours=4)) == kept - 3
    assert await forget_attempts(pool, AT + timedelta(days=40)) == 1
    assert await pool.fetchval("select count(*) from second_factor") == 1


async def test_no_reference_and_no_address_is_stored_with_the_counts(pool, app):
    case = await notified_case(pool)
    async with Owner(app) as owner:
        await owner.check(case.reference, WRONG)
    subjects = [bytes(row["subject"]) for row in await pool.fetch("select subject from portal_try")]
    assert len(subjects) == 3
    assert not any(case.reference.encode() in subject or b"10.0.0.1" in subject for subject in subjects)


async def test_tries_of_many_at_once_lock_in_one_order(database_url, pool, tmp_path):
    """Right and wrong answers of the same reference from the same network, all at once: none is lost to a deadlock."""
    many = await create_pool(database_url, min_size=8, max_size=8, name="cakra tests")
    try:
        app = portal_app(portal_deps(many, tmp_path, limits={"attempts_per_reference": 1000}))
        case = await notified_case(pool)
        async with Owner(app) as owner:
            await owner.check(case.reference)
            seen = await asyncio.gather(*(owner.check(case.reference, PLATE if n % 2 else WRONG) for n in range(60)))
        assert {one.status_code for one in seen} == {200, 422}
    finally:
        await many.close()
