"""What is past its time is erased whole, with its pictures, and nothing else is touched."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from tests.case_rows import put_case
from tests.delivery.test_ladder_worker import settings_of, until

from cakra.bench.measuring.ground import add_directory
from cakra.bench.stored.making import add_rows
from cakra.core.access.rights import NotAllowed
from cakra.core.errors import Conflict, InputError, NotFound, StoreAway
from cakra.core.policy.retention import RetentionClass, parse_retention
from cakra.core.states.journey import State
from cakra.evidence.hashes import sha256
from cakra.journey.retention import (
    Eraser,
    count_due,
    erase_pictures,
    list_looks,
    place_hold,
    release_hold,
    run_all,
    what_lags,
)
from cakra.journey.retention.alone import alone
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.outside.photos import FolderPhotos
from cakra.store.connect import create_pool
from cakra.store.faults.aside import list_aside
from cakra.store.faults.releasing import release_aside
from cakra.store.upkeep.erasing import ERASED, KEPT
from cakra.store.upkeep.roles import APPLICATION
from cakra.wiring.lanes import WorkerProcess
from cakra.wiring.world import open_world
from camera_kit import add_camera, client_of, doors_on, event, photograph, post
from officers import put_officer
from policy_kit import packaged

POLICY = parse_retention(packaged()["retention"])
MADE = datetime(2026, 11, 1, tzinfo=UTC)
CASES = 600
WITH_CASE = """
select c.table_name from information_schema.columns c
join information_schema.tables t using (table_schema, table_name)
where c.table_schema = 'public' and c.column_name = 'case_id' and t.table_type = 'BASE TABLE' order by 1"""
# Said once more, from the policy's text and not by its code.
PAST = """
select cell, case_id from case_file c
cross join lateral (select exists (select from deposit_code d where d.case_id = c.case_id) as charged,
    exists (select from notice n where n.case_id = c.case_id) or c.delivered_at is not null as told) as k
where step is null and not exists (select from notice n where n.case_id = c.case_id and n.step is not null)
    and state_since <= $1::timestamptz - case
    when state = 'rejected' then interval '7 days'
    when state = 'diverted' then interval '30 days'
    when state = 'withdrawn' and not told then interval '7 days'
    when state in ('withdrawn', 'closed', 'refunded', 'forfeited') then interval '1 year'
    when state in ('lapsed', 'undeliverable') and charged then interval '3 years'
    when state in ('lapsed', 'undeliverable') then interval '1 year'
    end"""


@pytest.fixture
def photos(tmp_path):
    return FolderPhotos(tmp_path / "photos")


async def old_case(pool, state, days, *, blobs=(), photos=None, derived=()):
    """A case that came to this state so many days ago, on these photographs; (cell, case id)."""
    key = await put_case(pool, state=state, step=None)
    await pool.execute(
        "update case_file set state_since = now() - $2 * interval '1 day' where case_id = $1", key[1], days
    )
    await pool.execute(
        "insert into camera_event (camera, event_id, content_hash, raw_sha256, door, cell, case_id, joined, offence,"
        " occurred_at, raw_time, received_at, record, original)"
        " values ('CAM-1', $2::bigint::text, '', '', 'events', $1, $2, 'opened', 'HELM', now(), '', now(),"
        ' \'{"plate": {"text": "B1234XYZ"}}\', \'B1234XYZ\')',
        *key,
    )
    for place, blob in enumerate(blobs):
        await pool.execute(
            "insert into photo (cell, case_id, camera, event_id, ordinal, sha256, role, bytes, width, height)"
            " values ($1, $2, 'CAM-1', $2::bigint::text, $3, $4, 'scene', $5, 1, 1)",
            *key, place, sha256(blob), len(blob),
        )  # fmt: skip
    for blob in derived:
        await pool.execute(
            "insert into derived_picture (cell, case_id, kind, sha256, parent_sha256, recipe, made_at)"
            " values ($1, $2, 'notice', $3, $4, '', now())",
            *key, sha256(blob), sha256(blobs[0]),
        )  # fmt: skip
    if photos is not None:
        await photos.put_many({sha256(blob): blob for blob in (*blobs, *derived)})
    return key


async def keys(pool):
    return {(row["cell"], row["case_id"]) for row in await pool.fetch("select cell, case_id from case_file")}


async def add_officers(pool, *names):
    for name in names:
        await put_officer(pool, name, "supervisor")


async def reference_of(pool, key):
    return await pool.fetchval("select reference from case_file where cell = $1 and case_id = $2", *key)


async def whole_run(pool, photos, at=None):
    return await run_all(pool, photos, POLICY, at or now(), most=50)


# ---------------------------------------------------------------- every state
async def test_of_cases_in_every_state_those_past_their_time_are_erased_whole_and_no_other(pool, photos):
    await add_directory(pool)
    await add_rows(pool, CASES, MADE, lambda _done, _all: None)
    at = datetime(2026, 11, 30, 20, tzinfo=UTC)
    past = {(row["cell"], row["case_id"]) for row in await pool.fetch(PAST, at)}
    before = await keys(pool)
    assert 100 < len(past) < len(before) - 50
    staying = await rows_of(pool, before - past)
    due = await count_due(pool, POLICY, at)
    summary = await whole_run(pool, photos, at)
    assert sum(due.values()) == len(past)
    assert {name: count for name, count in summary.erased.items() if name in due} == due
    assert await keys(pool) == before - past
    assert await rows_of(pool, before - past) == staying, "nothing of the others was touched"
    left = await rows_of(pool, past)
    assert {table for table, rows in left.items() if rows} <= {"camera_event", *KEPT}
    assert left["deposit_code"] > 0, "payment records stay"
    assert await pool.fetchval(
        "select bool_and(record = '{}' and notes = '[]' and original is null) from camera_event"
        " where not exists (select from case_file c where c.case_id = camera_event.case_id)"
    )
    assert (await whole_run(pool, photos, at)).erased == dict.fromkeys(RetentionClass, 0)
    counted = await pool.fetchrow("select sum(cases) as cases, sum(photographs) as photographs from erasure")
    assert (counted["cases"], counted["photographs"]) == (len(past), len(past))


async def rows_of(pool, cases):
    """Table → how many rows of these cases."""
    found = {}
    ids = [case_id for _, case_id in cases]
    for row in await pool.fetch(WITH_CASE):
        found[row["table_name"]] = await pool.fetchval(
            f"select count(*) from {row['table_name']} where case_id = any($1::bigint[])", ids
        )
    for table in ("attempt", "receipt"):
        found[table] = await pool.fetchval(
            f"select count(*) from {table} t join notice n using (cell, notice_id) where n.case_id = any($1::bigint[])",
            ids,
        )
    return found


async def test_nothing_of_attempts_and_receipts_is_left_without_its_notice(pool, photos):
    await add_directory(pool)
    await add_rows(pool, CASES, MADE, lambda _done, _all: None)
    await whole_run(pool, photos)
    for table in ("attempt", "receipt"):
        orphans = f"select count(*) from {table} t left join notice n using (cell, notice_id) where n.cell is null"
        assert await pool.fetchval(orphans) == 0


async def test_every_table_of_a_case_is_erased_or_kept_for_a_reason(pool):
    rows = await pool.fetch(
        "select distinct table_name from information_schema.columns where table_schema = 'public'"
        " and column_name = 'cell'"
    )
    assert {row["table_name"] for row in rows} == ERASED.keys() | KEPT.keys()
    assert not ERASED.keys() & KEPT.keys()


async def test_a_worker_erases_by_itself_and_writes_it_down(pool, database_url, tmp_path, peer):
    blob = b"of a case that was rejected"
    told = settings_of(database_url, tmp_path, peer)
    async with open_world(told, "test worker") as world:
        gone = await old_case(pool, State.REJECTED, 8, blobs=[blob], photos=world.photos)
        young = await old_case(pool, State.REJECTED, 6)
        stopping = asyncio.Event()
        task = asyncio.create_task(WorkerProcess(world, steps=("receipts",)).run(stopping))

        async def is_erased():
            there = await world.photos.has([sha256(blob)])
            return not there and not await pool.fetchval("select count(*) from erasure where ended_at is null")

        await until(is_erased)
        stopping.set()
        await task
    assert await keys(pool) == {young}
    assert gone not in await keys(pool)
    (look,) = [one for one in await list_looks(pool, 50) if one.cases]
    assert (look.which, look.cases, look.photographs, look.bytes, look.failed) == ("rejected", 1, 1, len(blob), 0)
    assert look.ended_at is not None


async def test_a_class_is_looked_through_every_few_hours_whoever_does_it(pool):
    first, second = Eraser(pool, lambda _: POLICY), Eraser(pool, lambda _: POLICY)
    at = now()
    await first.erase_cases(at)
    assert await pool.fetchval("select count(*) from erasure where ended_at is not null") == 6
    await old_case(pool, State.REJECTED, 8)
    assert await second.erase_cases(at) == 0, "it was looked through already"
    assert await second.erase_cases(at + timedelta(hours=4)) == 1
    assert await keys(pool) == set()


async def test_one_erases_at_a_time(pool, photos):
    await old_case(pool, State.REJECTED, 8)
    async with alone(pool) as connection:
        assert connection is not None
        assert await Eraser(pool, lambda _: POLICY).erase_cases(now()) == 0
        assert await Eraser(pool, lambda _: POLICY).erase_records(now()) == 0
        assert await erase_pictures(pool, photos, now()) == 0
        with pytest.raises(Conflict, match="erases at this moment"):
            await whole_run(pool, photos)
    assert (await whole_run(pool, photos)).erased[RetentionClass.REJECTED] == 1


async def test_the_application_role_that_may_only_add_erases_all_the_same(pool, database_url, photos):
    gone = await old_case(pool, State.REJECTED, 8)
    stays = await old_case(pool, State.REJECTED, 1)
    for key in (gone, stays):
        await pool.execute(
            "insert into case_event (cell, case_id, event_id, at, actor, told) values ($1, $2, 1, now(), 'm', 'x')",
            *key,
        )
    application = await create_pool(database_url, min_size=1, max_size=4, name="cakra tests", role=APPLICATION)
    try:
        assert (await run_all(application, photos, POLICY, now())).erased[RetentionClass.REJECTED] == 1
        assert await application.fetchval("select erase_timelines($1, $2)", [stays[0]], [stays[1]]) == 0
    finally:
        await application.close()
    assert [row["case_id"] for row in await pool.fetch("select case_id from case_event")] == [stays[1]]


# ---------------------------------------------------------------- holds, and what still moves
async def test_a_held_case_stays_until_another_officer_lets_it_go(pool, photos):
    await add_officers(pool, "komandan", "wakil")
    held = await old_case(pool, State.CLOSED, 4000)
    reference = await reference_of(pool, held)
    await place_hold(pool, reference, by="komandan", reason="Praperadilan 12/2026")
    with pytest.raises(Conflict, match="held already"):
        await place_hold(pool, reference, by="wakil", reason="again")
    await whole_run(pool, photos)
    assert await keys(pool) == {held}
    with pytest.raises(InputError, match="another officer"):
        await release_hold(pool, reference, by="komandan", reason="over")
    await release_hold(pool, reference, by="wakil", reason="Putusan")
    with pytest.raises(NotFound, match="not held"):
        await release_hold(pool, reference, by="wakil", reason="Putusan")
    await whole_run(pool, photos)
    assert await keys(pool) == set()
    with pytest.raises(NotFound, match="may have been erased"):
        await place_hold(pool, reference, by="wakil", reason="late")
    assert await pool.fetchval("select released_by from legal_hold") == "wakil"


@pytest.mark.parametrize(
    ("reference", "by", "reason", "sentence"),
    [
        ("", "komandan", "why", "reference"),
        (None, "komandan", " ", "reason of 1 to 300"),
        (None, "komandan", "x" * 301, "reason of 1 to 300"),
        (None, "komandan", "a\x00b", "reason of 1 to 300"),
    ],
)
async def test_a_hold_that_says_too_little_is_refused(pool, reference, by, reason, sentence):
    await add_officers(pool, "komandan")
    key = await old_case(pool, State.CLOSED, 1)
    if reference is None:
        reference = await reference_of(pool, key)
    with pytest.raises(InputError, match=sentence):
        await place_hold(pool, reference, by=by, reason=reason)
    assert await pool.fetchval("select count(*) from legal_hold") == 0


@pytest.mark.parametrize(
    ("by", "refused"), [("nobody", NotFound), ("peninjau", NotAllowed), ("jauh", NotFound), ("kemarin", NotFound)]
)
async def test_a_hold_is_for_who_holds_cases_there_and_another_office_s_case_is_none(pool, by, refused):
    await put_officer(pool, "peninjau", "reviewer")
    await pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells) values ('JTM', 'x', 'Asia/Jakarta', 900, 1)"
    )
    await put_officer(pool, "jauh", "supervisor", jurisdiction="JTM")
    await put_officer(pool, "kemarin", "supervisor", to="2026-01-01 00:00+00")
    reference = await reference_of(pool, await old_case(pool, State.CLOSED, 1))
    with pytest.raises(refused):
        await place_hold(pool, reference, by=by, reason="why")
    assert await pool.fetchval("select count(*) from legal_hold") == 0


async def test_a_hold_that_is_placed_while_its_set_is_erased_is_seen_or_finds_no_case(pool, photos):
    """The hold has the row first: the eraser leaves it, and sees the hold when it comes again."""
    await add_officers(pool, "komandan")
    key = await old_case(pool, State.REJECTED, 8)
    async with pool.acquire() as connection, connection.transaction():
        await connection.fetch("select from case_file where case_id = $1 for update", key[1])
        assert (await whole_run(pool, photos)).erased[RetentionClass.REJECTED] == 0
        await connection.execute(
            "insert into legal_hold (cell, case_id, placed_at, reason, placed_by)"
            " values ($1, $2, now(), 'x', 'komandan')",
            *key,
        )
    await whole_run(pool, photos)
    assert await keys(pool) == {key}


async def test_what_the_machine_or_a_notice_still_has_to_do_keeps_a_case(pool, photos):
    waiting = await old_case(pool, State.LAPSED, 500)
    await pool.execute("update case_file set step = 'deadline', due_at = now() where case_id = $1", waiting[1])
    telling = await old_case(pool, State.WITHDRAWN, 500)
    await pool.execute(
        "insert into notice (cell, notice_id, case_id, party_id, purpose, language, template, content, shutter_at,"
        " state, created_at, step, due_at)"
        " values ($1, $2, $3, $3, 'decision', 'id', '', '', now(), 'queued', now(), 'word', now())",
        telling[0], new_id(), telling[1],
    )  # fmt: skip
    await whole_run(pool, photos)
    assert await keys(pool) == {waiting, telling}
    await pool.execute("update notice set step = null")
    await whole_run(pool, photos)
    assert await keys(pool) == {waiting}


# ---------------------------------------------------------------- pictures
async def test_a_picture_goes_with_the_last_case_that_needs_it(pool, photos):
    shared, own, seen = b"the same photograph twice", b"one of its own", b"masked, alike in both"
    await old_case(pool, State.REJECTED, 8, blobs=[shared, own], photos=photos, derived=[seen])
    last = await old_case(pool, State.REJECTED, 1, blobs=[shared], photos=photos, derived=[seen])
    await whole_run(pool, photos)
    digests = [sha256(blob) for blob in (shared, own, seen)]
    assert await photos.has(digests) == {sha256(shared), sha256(seen)}
    assert await pool.fetchval("select count(*) from leaving_picture where gone_at is null") == 0
    await pool.execute("update case_file set state_since = now() - interval '8 days' where case_id = $1", last[1])
    await whole_run(pool, photos)
    assert await photos.has(digests) == set()


async def test_a_derived_picture_stays_while_its_original_does(pool, photos):
    """The other case is about to show it: it stands on the same original, and its derived row is not written yet."""
    original, masked = b"no picture was taken", b"masked"
    await old_case(pool, State.REJECTED, 8, blobs=[original], photos=photos, derived=[masked])
    await old_case(pool, State.RECEIVED, 0, blobs=[original], photos=photos)
    await whole_run(pool, photos)
    assert await photos.has([sha256(original), sha256(masked)]) == {sha256(original), sha256(masked)}
    assert (await what_lags(pool, now())).pictures == 0
    await pool.execute("update case_file set state = 'rejected', state_since = now() - interval '8 days'")
    await whole_run(pool, photos)
    assert await photos.has([sha256(original), sha256(masked)]) == {sha256(masked)}, "it is looked at a day later"
    await pool.execute("update leaving_picture set listed_at = now() - interval '1 minute' where gone_at is null")
    await whole_run(pool, photos)
    assert await photos.has([sha256(original), sha256(masked)]) == set()


class Killed(BaseException):
    """The process ended here."""


class KilledAfter:
    """A store that ends its process after so many deletions."""

    def __init__(self, photos, deletions):
        self.photos, self.deletions = photos, deletions

    async def delete_many(self, digests):
        await self.photos.delete_many(list(digests)[: self.deletions])
        raise Killed


@pytest.mark.parametrize("deletions", [0, 1, 3])
async def test_killed_between_rows_and_pictures_loses_no_track_of_them(pool, photos, deletions):
    blobs = [bytes([number]) * 9 for number in range(3)]
    for blob in blobs:
        await old_case(pool, State.REJECTED, 8, blobs=[blob], photos=photos)
    with pytest.raises(Killed):
        await run_all(pool, KilledAfter(photos, deletions), POLICY, now())
    assert await keys(pool) == set()
    assert len(await photos.has([sha256(blob) for blob in blobs])) == 3 - deletions
    assert (await whole_run(pool, photos)).pictures == 3
    assert await photos.has([sha256(blob) for blob in blobs]) == set()


async def test_killed_inside_a_set_has_erased_nothing_of_it(pool, photos):
    before = await old_case(pool, State.REJECTED, 8, blobs=[b"whole"], photos=photos)
    async with pool.acquire() as connection:
        await connection.execute(
            "create function refuse_all() returns trigger language plpgsql as $$ begin raise exception 'never'; end $$;"
            "create trigger refuse before delete on case_file for each row execute function refuse_all()"
        )
        await whole_run(pool, photos)
        await connection.execute("drop trigger refuse on case_file")
    assert await keys(pool) == {before}
    assert await pool.fetchval("select count(*) from photo") == 1
    assert await pool.fetchval("select count(*) from leaving_picture") == 0


async def test_a_picture_that_the_store_keeps_holds_up_no_other_and_the_doctor_is_told(pool, photos):
    locked, *free = blobs = [bytes([number]) * 9 for number in range(4)]

    class Locking:
        has = staticmethod(photos.has)

        async def delete_many(self, digests):
            await photos.delete_many([digest for digest in digests if digest != sha256(locked)])
            if sha256(locked) in digests:
                raise StoreAway("The photo bucket did not let a photograph go.")

    for blob in blobs:
        await old_case(pool, State.REJECTED, 8, blobs=[blob], photos=photos)
    await run_all(pool, Locking(), POLICY, now(), most=2)
    assert await photos.has([sha256(blob) for blob in blobs]) == {sha256(locked)}
    assert not await photos.has([sha256(blob) for blob in free])
    row = await pool.fetchrow("select tries, begun_at from leaving_picture where gone_at is null")
    assert (row["tries"] > 0, row["begun_at"]) == (True, None)
    await pool.execute("update leaving_picture set listed_at = now() - interval '2 days'")
    assert (await what_lags(pool, now())).pictures == 1
    await whole_run(pool, photos)
    assert (await what_lags(pool, now())).pictures == 0


# ---------------------------------------------------------------- what comes again
async def test_an_erased_event_that_comes_again_gets_its_answer_and_opens_no_case(pool, photos):
    await add_camera(pool)
    doors = doors_on(pool, photos)
    async with client_of(doors) as client:
        record, picture = event("E1"), photograph(1)
        first = await post(client, record, [picture])
        await pool.execute(
            "update case_file set state = 'rejected', step = null, state_since = now() - interval '8 days'"
        )
        await whole_run(pool, photos)
        assert await keys(pool) == set()
        assert not await photos.has([sha256(picture)])
        await pool.execute("update leaving_picture set gone_at = gone_at - interval '1 minute'")
        again = await post(client, record, [picture])
        assert (again.status_code, again.json()) == (200, first.json())
        assert await keys(pool) == set()
        assert await pool.fetchval("select repeats from camera_event") == 1
        other = await post(client, event("E1", lane=1), [picture])
        assert other.status_code == 409


async def test_a_photograph_that_is_just_leaving_the_store_is_sent_again(pool, photos):
    """Intake found it there and would rely on it, while it is being deleted."""
    await add_camera(pool)
    doors = doors_on(pool, photos)
    picture = photograph(1)
    async with client_of(doors) as client:
        await pool.execute(
            "insert into leaving_picture (sha256, listed_at, begun_at) values ($1, now(), now())", sha256(picture)
        )
        refused = await post(client, event("E1"), [picture])
        assert refused.status_code == 503
        assert "send it again" in refused.text
        assert await keys(pool) == set()
        await pool.execute("update leaving_picture set gone_at = now() + interval '1 minute'")
        assert (await post(client, event("E1"), [picture])).status_code == 503
        await pool.execute("update leaving_picture set gone_at = now() - interval '1 minute'")
        assert (await post(client, event("E1"), [picture])).is_success
        await pool.execute("update leaving_picture set begun_at = null, gone_at = null")
        assert (await post(client, event("E2"), [picture])).is_success, "it is only listed: nobody has begun"
    await whole_run(pool, photos)
    assert await photos.has([sha256(picture)]) == {sha256(picture)}


# ---------------------------------------------------------------- one bad item
async def test_a_case_that_cannot_be_erased_is_set_aside_and_the_others_go(pool, photos):
    bad, *others = [await old_case(pool, State.REJECTED, 8) for _ in range(5)]
    await pool.execute(
        "create function refuse_one() returns trigger language plpgsql as $$ begin raise exception 'never'; end $$;"
        f"create trigger refuse before delete on case_file for each row when (old.case_id = {bad[1]})"
        " execute function refuse_one()"
    )
    eraser = Eraser(pool, lambda _: POLICY)
    at = now()
    while await eraser.erase_cases(at):
        pass
    assert await keys(pool) == {bad}
    assert not set(others) & await keys(pool)
    (mark,) = await list_aside(pool)
    assert (mark.case_id, mark.step, mark.problem) == (bad[1], "retention", "RaiseError")
    lags = await what_lags(pool, at)
    assert dict(lags.failed) == {RetentionClass.REJECTED: (1, "RaiseError")}
    await pool.execute("drop trigger refuse on case_file")
    async with pool.acquire() as connection, connection.transaction():
        assert await release_aside(connection, mark)
    assert await list_aside(pool) == []
    while await eraser.erase_cases(at + timedelta(hours=4)):
        pass
    assert await keys(pool) == set()
    assert not (await what_lags(pool, at + timedelta(hours=4))).failed


# ---------------------------------------------------------------- records
async def test_payment_records_and_logs_have_times_of_their_own(pool, photos):
    await add_officers(pool, "petugas")
    held = await old_case(pool, State.BLOCKED, 5000)
    for code, case_id, years in (("1" * 15, 1, 11), ("2" * 15, 2, 9), ("3" * 15, held[1], 11)):
        await pool.execute(
            "insert into deposit_code (code, cell, case_id, party_id, amount, issued_at, expires_at, officer)"
            " values ($1, $2, $3, $3, 1, now() - $4 * interval '1 year', now() - $4 * interval '1 year', 'petugas')",
            code, held[0], case_id, years,
        )  # fmt: skip
    for number, years in ((1, 6), (2, 4)):
        ago = f"now() - interval '{years} years'"
        await pool.execute(
            f"insert into staff_access (access_id, at, username, cell, case_id, what, reason)"
            f" values ({number}, {ago}, 'petugas', 1, 1, 'photo', 'x');"
            f"insert into staff_refusal (refusal_id, at, what, caller, asked)"
            f" values ({number}, {ago}, 'sign_in', '', '');"
            f"insert into quarantine_action (action_id, quarantine_id, at, officer, action, outcome)"
            f" values ({number}, 1, {ago}, 'petugas', 'show', 'shown');"
            f"insert into camera_agreement (cell, case_id, camera, at, agreed)"
            f" values (1, {number}, 'CAM', now() - interval '{years - 3} years', true)"
        )
    summary = await whole_run(pool, photos)
    assert [row["code"] for row in await pool.fetch("select code from deposit_code order by code")] == [
        "2" * 15,
        "3" * 15,
    ]
    for table, column in (
        ("staff_access", "access_id"), ("staff_refusal", "refusal_id"), ("quarantine_action", "action_id"),
        ("camera_agreement", "case_id"),
    ):  # fmt: skip
        assert [row[0] for row in await pool.fetch(f"select {column} from {table}")] == [2], table
    erased = {name: count for name, count in summary.erased.items() if count}
    assert erased == {RetentionClass.PAYMENT: 1, RetentionClass.STAFF_LOG: 3, RetentionClass.AGREEMENT: 1}


async def test_the_staff_log_of_a_year_cannot_be_erased_whatever_a_policy_says(pool):
    await pool.execute(
        "insert into staff_access (access_id, at, username, cell, case_id, what, reason)"
        " values (1, now() - interval '300 days', 'p', 1, 1, 'photo', 'x')"
    )
    assert await pool.fetchval("select erase_staff_log(now(), 100)") == 0


async def test_a_shorter_policy_erases_sooner(pool, photos):
    text = packaged()["retention"]
    await old_case(pool, State.REJECTED, 3)
    await whole_run(pool, photos)
    assert len(await keys(pool)) == 1
    await run_all(pool, photos, parse_retention(text.replace("days = 7", "days = 2")), now())
    assert await keys(pool) == set()


async def test_the_doctor_is_told_when_nobody_looks(pool, photos):
    at = now()
    assert not (await what_lags(pool, at)).late, "it has just been installed"
    await whole_run(pool, photos, at)
    assert not (await what_lags(pool, at)).late
    assert set((await what_lags(pool, at + timedelta(days=2))).late) == set(RetentionClass)


async def test_a_table_that_is_kept_does_not_lose_its_rows_by_the_role(database_url):
    application = await create_pool(database_url, min_size=1, max_size=1, name="cakra tests", role=APPLICATION)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute("delete from staff_access")
    finally:
        await application.close()
