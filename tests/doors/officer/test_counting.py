"""What the officers' house counts when there is too much to count."""

from datetime import UTC, datetime

from cakra.core.states.moves import Mover
from cakra.doors.officer.counting import MOST_WAITING, Pile, Total, by_mover, count_cases, count_words, read_piles
from camera_kit import add_camera
from console_kit import visit
from factories import make_case

AT = datetime(2026, 11, 1, tzinfo=UTC)
MANY = """
insert into case_file (cell, case_id, reference, jurisdiction, state, state_since, offences, occurred_at, received_at,
    camera)
select 0, n, n::text, 'PMJ', '{}', $2::timestamptz + interval '1 second' * n,
    '{{LAMPU_MERAH}}', $2::timestamptz, $2::timestamptz, 'CAM-1'
from generate_series(1, $1::integer) as n
"""


async def test_few_cases_are_counted_and_many_are_estimated(pool) -> None:
    for _ in range(12):
        await make_case(pool)
    await make_case(pool, state="rejected")
    await pool.execute("analyze case_file")
    assert await count_cases(pool) == Total({"review": 12, "rejected": 1})
    many = await count_cases(pool, most=10)
    assert many.about
    assert many.cases["review"] == 12


async def test_an_estimate_is_said_to_be_one(pool, rina) -> None:
    await pool.execute(MANY.format("received"), 20_001, AT)
    await pool.execute("analyze case_file")
    page, _ = await visit(rina, "/petugas")
    assert "sekitar 20000" in page.text


async def test_a_pile_is_counted_to_its_bound(pool) -> None:
    await add_camera(pool)
    await pool.execute(MANY.format("review"), MOST_WAITING + 200, AT)
    piles = await read_piles(pool)
    assert str(piles["review"]) == "1000+"
    assert (piles["review"].oldest - AT).total_seconds() == 1
    assert count_words(MOST_WAITING) == "1000"


def test_an_officers_own_states_are_the_officers_however_many_wait() -> None:
    total = Total({"review": 5000, "answered": 7}, about=True)
    movers = by_mover(total, {"review": Pile(1001, AT), "answered": Pile(3, AT)})
    assert movers[Mover.OFFICER] == [("review", 5000), ("answered", 3)]
    assert movers[Mover.MACHINE] == [("answered", 4)]
