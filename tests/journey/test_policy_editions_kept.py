"""What was decided keeps the editions it was decided under, and explains itself when they were replaced."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

from tests.case_rows import put_case, put_party
from tests.officers import put_officer
from tests.policy_kit import automation, packaged, put_in_force, rulebook

from cakra.core.policy.automation import Mode
from cakra.core.policy.kinds import AUTOMATION, DEADLINES, LADDER
from cakra.core.states.case import Finding
from cakra.core.states.deadline import confirm_by, policies_for
from cakra.core.states.journey import State
from cakra.journey.screening.deciding.again import decided_under, judge_again
from cakra.journey.screening.rules import Verdict
from cakra.journey.screening.step import ScreeningDesk
from cakra.kit.clock import now
from cakra.kit.seal import Sealer
from cakra.kit.settings import Settings
from cakra.outside.photos import open_photo_store
from cakra.store.policies import Draft
from cakra.wiring.lanes import WorkerProcess
from cakra.wiring.policies import packaged_book, policy_desk
from cakra.wiring.world import law_book, open_world
from camera_kit import ROOT_KEY, add_camera
from dispatch_kit import status
from factories import OWNER, make_case

PATIENCE_S = 30.0
BY_LETTER = """
[[ladder]]
jurisdiction = "*"
purpose = "*"
offence = "*"
effective_from = 2026-01-01
source = "a written decision"

[[ladder.rung]]
channel = "whatsapp"
wait_for = "delivered"
within_s = 77
"""


async def test_a_screening_is_judged_again_by_its_own_edition(pool, tmp_path):
    made = await make_case(pool, state="received", offences=("TANPA_SABUK",))
    await pool.execute('update camera_event set record = \'{"vehicle": {"kind": "car"}}\'')
    rules = rulebook()
    desk = ScreeningDesk(pool, open_photo_store(str(tmp_path)), law_book(), None, rules, 120.0)
    await put_in_force(pool, rules.book, "automation", automation("auto"), jurisdiction="PMJ")

    async def screened():
        (outcome,) = await desk.run([await made.read(pool)], datetime.now(UTC))
        return outcome.records[0].values

    row = await screened()
    assert row["editions"] == "automation:PMJ/1 thresholds:ID/0 ages:ID/0 zones:ID/0"
    assert (row["policy"], row["verdict"]) == ("auto", "accept")
    await put_in_force(pool, rules.book, "automation", automation("human"), jurisdiction="PMJ", day=date(2000, 1, 2))
    newer = await screened()
    assert (newer["policy"], newer["verdict"]) == ("human", "review")
    assert newer["editions"].startswith("automation:PMJ/2 ")
    findings = [Finding(**told) for told in json.loads(row["findings"])]
    assert judge_again(rules.book, row["editions"], findings, ["TANPA_SABUK"]) is Verdict.ACCEPT
    assert judge_again(rules.book, newer["editions"], findings, ["TANPA_SABUK"]) is Verdict.REVIEW
    assert rules.book.editions.named(AUTOMATION, row["editions"]).content.of("TANPA_SABUK") is Mode.AUTO
    case = await made.read(pool)
    await pool.execute(
        "insert into screening (cell, case_id, screening_id, at, verdict, policy, editions, findings, readings,"
        " model_hash) values ($1, $2, $3, now(), $4, $5, $6, $7, '[]', 'none')",
        *(*case.key, row["screening_id"], row["verdict"], row["policy"], row["editions"], row["findings"]),
    )
    # One of a kind that is no longer on file is told, and not judged.
    await pool.execute(
        "insert into screening (cell, case_id, screening_id, at, verdict, policy, editions, findings, readings,"
        " model_hash) values ($1, $2, 1, now(), 'review', 'human', 'automation:PMJ/99', '[]', '[]', 'none')",
        *case.key,
    )
    await put_officer(pool, "sari", "auditor", jurisdiction=case.jurisdiction)
    told = await decided_under(pool, rules.book, case.cell, case.reference, by="sari")
    kept = [(one.verdict, one.again) for one in told if one.what == "screening" and one.editions]
    assert sorted(kept, key=str) == [("accept", Verdict.ACCEPT), ("review", None)]
    assert await pool.fetchval("select what from staff_access where username = 'sari'") == "decided_under"
    assert [one.again for one in told if not one.editions] == [None] * (len(told) - 2), "what kept none is not judged"


async def test_a_deadline_names_the_edition_that_made_it(ground):
    book = packaged_book()
    ground.proofs = replace(ground.proofs, policies=book)
    queued = await ground.queue()
    await ground.send()
    await ground.tell(status(queued.tag(), "delivered"))
    details = await ground.pool.fetchval(
        "select details from case_event where case_id = $1 and told = 'delivery_proved'", queued.case_id
    )
    kept = json.loads(details)["editions"]
    assert kept == "deadlines:ID/0 reminders:ID/0"
    longer = packaged()["deadlines"].replace("confirm_days = 8", "confirm_days = 30")
    await put_in_force(ground.pool, book, "deadlines", longer)
    case = await ground.case(queued)
    notice = await ground.notice(queued)

    def until(policies):
        mine = policies_for(policies, case.jurisdiction, case.occurred_at.date())
        sent, delivered = notice["handed_over_at"], case.delivered_at
        return confirm_by(mine, violation=case.occurred_at, sent=sent, delivered=delivered)

    assert until(book.editions.named(DEADLINES, kept).content) == case.confirm_by, "judged again by its own edition"
    assert until(book.at(DEADLINES, "PMJ", case.occurred_at).content) > case.confirm_by
    later = await ground.queue()
    await ground.send()
    await ground.tell(status(later.tag(), "delivered"))
    told = await ground.pool.fetchval(
        "select details ->> 'editions' from case_event where case_id = $1 and told = 'delivery_proved'", later.case_id
    )
    assert told == "deadlines:ID/1 reminders:ID/0"


@asynccontextmanager
async def working(database_url, folder):
    """A worker that words notices; it sends none."""
    settings = Settings(
        database={"url": database_url}, keys={"root": ROOT_KEY.hex()}, photos={"url": str(folder)}, demo=True
    )
    stopping = asyncio.Event()
    async with open_world(settings, "test worker") as world:
        task = asyncio.create_task(WorkerProcess(world, steps=("cases",)).run(stopping))
        try:
            yield world
        finally:
            stopping.set()
            async with asyncio.timeout(PATIENCE_S):
                await task


async def planned(pool, occurred_at=None):
    """The notice of a case that was identified in this moment, as the worker plans it."""
    key = cell, case_id = await put_case(pool, state=State.IDENTIFIED, step=None)
    await put_party(pool, key, contact=Sealer(ROOT_KEY, "addressee").seal_record(OWNER, case_id.to_bytes(8)))
    await pool.execute(
        "update case_file set occurred_at = coalesce($3, occurred_at), step = 'notice', due_at = now()"
        " where cell = $1 and case_id = $2",
        *(cell, case_id, occurred_at),
    )
    async with asyncio.timeout(PATIENCE_S):
        while (found := await pool.fetchrow("select * from notice where case_id = $1", case_id)) is None:  # noqa: ASYNC110 - a row rings no event here
            await asyncio.sleep(0.05)
    return found


async def approved(pool, draft):
    """Drafted and approved by two people, in another process than the worker's."""
    for username, role in (("kasi", "supervisor"), ("komandan", "commander")):
        await put_officer(pool, username, role)
    desk = policy_desk(pool, packaged_book(), law_book())
    made, faults = await desk.draft(draft, "kasi")
    assert faults == []
    return await desk.approve(made.kind, made.jurisdiction, made.edition, "komandan")


async def test_a_running_worker_plans_by_an_edition_from_its_approval_on(pool, database_url, tmp_path):
    await add_camera(pool)
    async with working(database_url, tmp_path) as world:
        first = await planned(pool)
        assert first["editions"] == "ladder:ID/0 templates:ID/0"
        # The edition begins on the day of the violation: what happened before it keeps the ladder of its day.
        made = await approved(pool, Draft("ladder", "PMJ", world.policies.day_of("PMJ", now()), BY_LETTER))
        async with asyncio.timeout(PATIENCE_S):
            while world.policies.at(LADDER, "PMJ", now()).label != made.label:  # noqa: ASYNC110 - the book rings no event
                await asyncio.sleep(0.05)
        old = await planned(pool)
        assert old["editions"] == "ladder:ID/0 templates:ID/0"
        new = await planned(pool, now())
    assert made.label == "ladder:PMJ/1"
    assert new["editions"] == f"{made.label} templates:ID/0"
    assert [rung["within_s"] for rung in json.loads(new["plan"])] == [77.0]
    assert [rung["within_s"] for rung in json.loads(first["plan"])] != [77.0]
    assert world.policies.editions.named(LADDER, first["editions"]).content == LADDER.parse(packaged()["ladder"])
