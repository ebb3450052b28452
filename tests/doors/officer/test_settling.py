"""Cases whose owner or delivery is not settled."""

from cakra.core.states.journey import State
from cakra.kit.clock import now
from console_kit import decide, events, visit
from factories import make_case


async def test_an_unidentified_case_is_looked_for_again_by_way_of_review(rina, pool):
    made = await make_case(pool, state="unidentified", told="owner_not_found")
    assert (await decide(rina, made, "accept", "owner_search", pelat="B 1284 XYZ")).status_code == 303
    case = await made.read(pool)
    assert (case.state, case.plate, case.step) == (State.VALIDATED, "B1284XYZ", "ownership")
    moves = {(event["from_state"], event["to_state"]) for event in await events(pool, made) if event["to_state"]}
    assert moves == {("unidentified", "review"), ("review", "validated")}
    page, _ = await visit(rina, f"/petugas/berkas/{made.reference}")
    assert page.text.index("Petugas menerima bukti") < page.text.index("Petugas mengembalikan berkas ke tinjauan")


async def notice_of(pool, made):
    return await pool.fetchrow("select * from notice where notice_id = $1", made.notice_id)


async def test_it_was_sent_waits_for_proof_again(rina, pool):
    made = await make_case(pool, state="undeliverable", notice="unsettled", told="send_unsettled")
    page, _ = await visit(rina, "/petugas/kiriman")
    assert made.reference in page.text
    assert (await decide(rina, made, "confirm_sent", "provider_confirms")).status_code == 303
    assert (await made.read(pool)).state is State.NOTIFYING
    notice = await notice_of(pool, made)
    assert (notice["state"], notice["step"], notice["attempts"]) == ("accepted", "settle", 1)
    assert notice["due_at"] > now()
    last = (await events(pool, made))[-1]
    assert (last["told"], last["details"]["sent"]) == ("send_settled", True)


async def test_it_was_not_sent_queues_one_new_attempt(rina, pool):
    made = await make_case(pool, state="undeliverable", notice="unsettled", told="send_unsettled")
    assert (await decide(rina, made, "queue_again", "provider_denies")).status_code == 303
    notice = await notice_of(pool, made)
    assert (notice["state"], notice["step"], notice["attempts"]) == ("queued", "dispatch", 1)
    assert await pool.fetchval("select state from attempt where notice_id = $1", made.notice_id) == "refused"
    assert (await made.read(pool)).state is State.NOTIFYING


async def test_what_the_provider_took_is_never_sent_again(rina, pool):
    made = await make_case(pool, state="undeliverable", notice="accepted", told="no_proof_of_delivery")
    assert (await decide(rina, made, "queue_again", "provider_denies")).status_code == 409
    assert (await notice_of(pool, made))["state"] == "accepted"


async def test_a_receipt_that_came_first_wins(rina, pool):
    made = await make_case(pool, state="undeliverable", notice="unsettled", told="send_unsettled")
    _, fields = await visit(rina, f"/petugas/tinjau/{made.reference}")
    await pool.execute("update notice set step = 'settle', due_at = now() where notice_id = $1", made.notice_id)
    form = fields | {"keputusan": "queue_again", "alasan_queue_again": "provider_denies"}
    answer = await rina.post(f"/petugas/tinjau/{made.reference}", data=form)
    assert answer.status_code == 409
    assert (await made.read(pool)).state is State.UNDELIVERABLE


async def test_undeliverable_goes_back_to_review_or_is_withdrawn(rina, pool):
    first = await make_case(pool, state="undeliverable", notice="failed", told="channel_failed")
    second = await make_case(pool, state="undeliverable", notice="failed", told="channel_failed")
    assert (await decide(rina, first, "return", "check_owner")).status_code == 303
    assert (await decide(rina, second, "withdraw", "unreachable")).status_code == 303
    assert (await first.read(pool)).state is State.REVIEW
    assert (await second.read(pool)).state is State.WITHDRAWN
