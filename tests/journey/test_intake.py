import asyncio
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.errors import InputError, StoreError
from cakra.journey.intake import CheckedEvent, IntakeBatcher, PhotoClaim, Placed, accept, cell_of
from cakra.journey.intake.placing import KnownEvent, place_events
from cakra.kit.settings import Intake
from cakra.store.connect import create_pool

NOW = datetime(2026, 2, 3, 10, 0, tzinfo=UTC)
PHOTO = PhotoClaim(sha256(b"photo").digest(), "scene", 5, 320, 240, None, (1, 2, 30, 20))
SETTINGS = Intake()
HERE = Path(__file__).resolve()


def checked(event_id, plate="B1234XYZ", *, camera="CAM-1", offence="GANJIL_GENAP", at_s=0.0, content=None):
    return CheckedEvent(
        camera=camera,
        event_id=event_id,
        jurisdiction="PMJ",
        cell=cell_of(10, 8, plate or f"{camera}/{event_id}"),
        door="events",
        content_hash=sha256(content or f"{camera}/{event_id}".encode()).digest(),
        raw_sha256=bytes(32),
        offence=offence,
        plate=plate,
        vehicle_kind="car",
        occurred_at=NOW + timedelta(seconds=at_s),
        raw_time="as told",
        received_at=NOW + timedelta(seconds=at_s + 1),
        record={"event_id": event_id},
        photos=(PHOTO,),
    )


async def write(pool, *events):
    return await accept(pool, events, at=NOW, settings=SETTINGS)


async def test_a_set_is_written_at_once_and_each_event_has_its_answer(pool):
    first = checked("A")
    answers = await write(
        pool,
        first,
        checked("B", "B9XX"),
        first,
        replace(first, content_hash=bytes(32)),
        checked("C", at_s=3),
        checked("D", at_s=3, offence="HELM"),
        checked("E", None),
        checked("F", None),
    )
    assert [answer.placed for answer in answers] == [
        Placed.OPENED,
        Placed.OPENED,
        Placed.REPEATED,
        Placed.CONFLICT,
        Placed.SAME_OFFENCE,
        Placed.OTHER_OFFENCE,
        Placed.OPENED,
        Placed.OPENED,
    ]
    assert len({answer.case_id for answer in answers}) == 4
    row = await pool.fetchrow("select * from case_file where case_id = $1", answers[0].case_id)
    assert row["offences"] == ["GANJIL_GENAP", "HELM"]
    held = NOW + timedelta(seconds=SETTINGS.hold_s)
    assert (row["state"], row["step"], row["due_at"], row["occurred_at"]) == ("received", "screening", held, NOW)
    told = await pool.fetch("select told from case_event where case_id = $1 order by event_id", answers[0].case_id)
    assert sorted(line["told"] for line in told) == ["joined", "joined", "received"]
    assert await pool.fetchval("select count(*) from photo where case_id = $1", answers[0].case_id) == 3


@pytest.mark.parametrize(("seconds", "cases"), [(0, 1), (120, 1), (121, 2), (-120, 1), (-121, 2)])
async def test_a_passage_lasts_as_long_as_the_setting_says(pool, seconds, cases):
    await write(pool, checked("A"))
    await write(pool, checked("B", camera="CAM-2", at_s=seconds))
    assert await pool.fetchval("select count(*) from case_file") == cases


async def test_a_rejected_case_is_joined_by_nothing(pool):
    [answer] = await write(pool, checked("A"))
    await pool.execute("update case_file set previous_state = 'received', state = 'rejected', step = null")
    [again] = await write(pool, checked("B", at_s=5))
    assert again.placed is Placed.OPENED
    assert again.case_id != answer.case_id


async def test_an_offence_that_joins_in_time_makes_screening_look_again(pool):
    [answer] = await write(pool, checked("A"))
    await pool.execute("update case_file set leased_by = 'worker', due_at = $1, version = 7", NOW + timedelta(hours=1))
    await write(pool, checked("B", offence="HELM"))
    row = await pool.fetchrow("select * from case_file where case_id = $1", answer.case_id)
    assert row["offences"] == ["GANJIL_GENAP", "HELM"]
    # Whoever held the case writes nothing any more, and it is due at once.
    assert (row["version"], row["leased_by"], row["due_at"]) == (8, None, NOW)


async def test_an_officers_case_takes_a_new_offence_and_a_decided_one_only_notes_it(pool):
    await write(pool, checked("A"))
    await pool.execute("update case_file set previous_state = 'received', state = 'review', step = null, due_at = null")
    await write(pool, checked("B", offence="HELM"))
    assert await pool.fetchval("select offences from case_file") == ["GANJIL_GENAP", "HELM"]
    await pool.execute("update case_file set previous_state = 'review', state = 'validated'")
    [late] = await write(pool, checked("C", offence="SABUK"))
    assert late.placed is Placed.OTHER_OFFENCE
    assert await pool.fetchval("select offences from case_file") == ["GANJIL_GENAP", "HELM"]
    details = await pool.fetchval("select details from case_event where told = 'late_finding'")
    assert json.loads(details)["offence"] == "SABUK"
    row = await pool.fetchrow("select step, due_at from case_file")
    assert (row["step"], row["due_at"]) == (None, None)


async def test_an_opened_case_wakes_the_worker(pool):
    woken = asyncio.Event()
    async with pool.acquire() as connection:
        await connection.add_listener("cakra_due", lambda *_: woken.set())
        await write(pool, checked("A"))
        await asyncio.wait_for(woken.wait(), 20)
        await connection.reset()


async def test_two_batchers_at_once_make_one_case_of_one_passage(pool):
    left, right = IntakeBatcher(pool, SETTINGS), IntakeBatcher(pool, SETTINGS)
    for turn in range(12):
        events = [checked(f"{turn}-{n}", f"B{turn + 1}AB", camera=f"CAM-{n}", at_s=turn) for n in range(4)]
        answers = await asyncio.gather(*(batcher.submit(event) for batcher in (left, right) for event in events))
        assert len({answer.case_id for answer in answers}) == 1
        assert [answer.placed for answer in answers].count(Placed.OPENED) == 1
    assert await pool.fetchval("select count(*) from case_file") == 12
    assert await pool.fetchval("select sum(repeats) from camera_event") == 48
    await left.close()
    await right.close()


async def test_the_same_id_at_once_with_different_plates_is_one_case_and_a_conflict(pool):
    """Another plate is another cell, so no lock orders the two: the primary key does."""
    for turn in range(8):
        one, other = (
            checked(f"E{turn}", plate, content=plate.encode()) for plate in (f"B{turn + 1}AA", f"D{turn + 1}BB")
        )
        answers = await asyncio.gather(write(pool, one), write(pool, other))
        assert sorted(answer.placed for [answer] in answers) == [Placed.CONFLICT, Placed.OPENED]


PROCESS = """
import asyncio, sys
sys.path[:0] = sys.argv[3:]
from cakra.journey.intake import IntakeBatcher
from cakra.kit.settings import Intake
from cakra.store.connect import create_pool
from test_intake import checked

async def main():
    pool = await create_pool(sys.argv[1], min_size=1, max_size=4, name="cakra tests")
    batcher = IntakeBatcher(pool, Intake())
    print("ready", flush=True)
    sys.stdin.readline()
    events = [checked(f"E{n}", f"B{n % 40 + 1}AB", camera=f"CAM-{n // 40}") for n in range(160)]
    await asyncio.gather(*(batcher.submit(event) for event in events))
    await pool.close()

asyncio.run(main())
"""


async def test_two_processes_at_once_make_one_case_of_one_passage(pool, database_url):
    start = (sys.executable, "-c", PROCESS, database_url, "-", str(HERE.parent), str(HERE.parents[1]))
    pipe = asyncio.subprocess.PIPE
    processes = [await asyncio.create_subprocess_exec(*start, stdin=pipe, stdout=pipe) for _ in range(2)]
    for process in processes:
        assert await process.stdout.readline() == b"ready\n"
    ends = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0], ends
    assert await pool.fetchval("select count(*) from case_file") == 40
    assert await pool.fetchval("select count(*) from camera_event") == 160
    assert await pool.fetchval("select sum(repeats) from camera_event") == 160


@pytest.mark.parametrize(
    "poison",
    [
        {"raw_time": "a\x00b"},
        {"event_id": "".join(chr(0x4E00 + (i * 7919) % 20_000) for i in range(8000))},
        {"vehicle_kind": "\ud800"},
    ],
    ids=["nul", "too long for an index", "half a pair"],
)
async def test_events_that_cannot_be_written_fail_alone(pool, poison):
    batcher = IntakeBatcher(pool, SETTINGS, wait_ms=20)
    events = [checked(f"GOOD-{number}", f"B{number}XX") for number in range(9)]
    poisoned = replace(checked("BAD", None), **poison)
    events.insert(4, poisoned)
    answers = await asyncio.gather(*map(batcher.submit, events), return_exceptions=True)
    bad = answers.pop(4)
    assert {answer.placed for answer in answers} == {Placed.OPENED}
    assert (type(bad), bad.code) == (InputError, "event_unstorable")
    assert await pool.fetchval("select count(*) from camera_event") == 9
    await batcher.close()


async def test_without_a_database_nothing_is_acknowledged(database_url):
    pool = await create_pool(database_url, min_size=1, max_size=1, name="cakra tests")
    await pool.close()
    with pytest.raises(StoreError, match="nothing was acknowledged"):
        await write(pool, checked("A"))


_EVENTS = st.lists(
    st.builds(
        checked,
        st.sampled_from("ABCDEFGH"),
        st.sampled_from(["B1AA", "B2BB", None]),
        camera=st.sampled_from(["CAM-1", "CAM-2"]),
        offence=st.sampled_from(["GANJIL_GENAP", "HELM"]),
        at_s=st.sampled_from([0, 60, 130, 500]),
        content=st.sampled_from([None, b"other"]),
    ),
    max_size=20,
)


@given(_EVENTS, st.integers(0, 20))
def test_every_event_is_exactly_one_of_opened_joined_repeated_or_refused(events, cut):
    """However a stream is cut into sets, each (camera, id) is placed once and each case opened once."""
    known, passages, placed = {}, [], []
    for part in (events[:cut], events[cut:]):
        places = place_events(
            part, known, passages, range(len(placed), len(placed) + len(part)), timedelta(seconds=120)
        )
        for event, place in zip(part, places, strict=True):
            placed.append(place.placed)
            if place.case is not None:
                known[event.key] = KnownEvent(
                    event.cell, place.case.case_id, place.placed, event.received_at, event.content_hash
                )
                assert event.offence in place.case.offences
                assert len(set(place.case.offences)) == len(place.case.offences)
                assert place.case.plate == event.plate
        passages = list({id(place.case): place.case for place in places if place.case}.values()) + passages
    first = {event.key for event in events}
    fresh = [place for place in placed if place not in {Placed.REPEATED, Placed.CONFLICT}]
    assert len(fresh) == len(first)
    assert len({known[key].case_id for key in first}) == placed.count(Placed.OPENED)
