"""Who is addressed when the register is unsure: nobody; and no letter goes to an address that is none."""

from datetime import UTC, datetime, timedelta

from register_files import NOW, row, sealer, take, write_csv

from cakra.core.ports import Channel
from cakra.core.states.case import Case
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.journey.ownership.step import OwnershipDesk
from cakra.kit.seal import Sealer
from cakra.store.cases import write_back
from camera_kit import ROOT_KEY
from case_rows import claim_all, put_case, stored
from factories import register_vehicle

ADDRESSEES = Sealer(bytes(32), "addressee")


async def judged(pool, plate: str, channels: frozenset[Channel], kind: str = "car", at=NOW):
    desk = OwnershipDesk(pool, sealer(), ADDRESSEES, channels)
    case = Case(3, 1, 1, "R", "PMJ", State.VALIDATED, plate, plate, ("TANPA_SABUK",), at, at, "CAM-1", kind)
    [outcome] = await desk.run([case], at)
    return outcome


async def test_a_vehicle_with_a_contradictory_register_is_an_officers(pool, tmp_path):
    both = [row(valid_from="2026-05-01", owner_name="Budi"), row(valid_from="2026-05-01", owner_name="Ani")]
    await take(pool, write_csv(tmp_path / "a.csv", [row()]))
    await take(pool, write_csv(tmp_path / "b.csv", [*both, row(plate="B 8 ZZA")]))
    everything = frozenset(Channel)
    now = await judged(pool, "B1234XYZ", everything)
    assert (now.move, now.told, now.facts) == (State.UNIDENTIFIED, "owner_disputed", {})
    before = await judged(pool, "B1234XYZ", everything, at=NOW - timedelta(days=365))
    assert before.told == "owner_found"


async def test_no_letter_goes_to_an_address_that_is_none(pool, tmp_path):
    rows = [row(plate=f"B {number} ZZA", phone="-", email="", address=address) for number, address in
            enumerate(("-", "NULL", "TIDAK ADA", "12345", ""), 1)]  # fmt: skip
    await take(pool, write_csv(tmp_path / "a.csv", [*rows, row(plate="B 9 ZZA", phone="", email="")]))
    letters = frozenset({Channel.LETTER})
    for number in range(1, 6):
        outcome = await judged(pool, f"B{number}ZZA", letters)
        assert (outcome.move, outcome.told) == (State.UNIDENTIFIED, "owner_unreachable")
    assert (await judged(pool, "B9ZZA", letters)).told == "owner_found"


async def test_an_unknown_kind_of_vehicle_finds_its_owner_whatever_the_camera_saw(pool, tmp_path):
    await take(pool, write_csv(tmp_path / "a.csv", [row(vehicle_kind="odong-odong")]))
    for seen in ("car", "motorcycle", "unknown"):
        assert (await judged(pool, "B1234XYZ", frozenset(Channel), seen)).told == "owner_found"


async def looked_up(pool, key, desk):
    """The owner is looked up, again if need be, as an officer's decision has it."""
    await pool.execute(
        "update case_file set state = 'validated', previous_state = null, step = 'ownership', due_at = now() where"
        " case_id = $1",
        key[1],
    )
    cases, at = await claim_all(pool), datetime.now(UTC)
    outcomes = await desk.run(cases, at)
    async with pool.acquire() as connection, connection.transaction():
        written = await write_back(connection, cases, [[outcome] for outcome in outcomes], at)
    assert written.written == {key}
    return outcomes[0]


async def test_an_owner_who_is_found_again_keeps_the_number_and_another_gets_one(pool):
    desk = OwnershipDesk(pool, Sealer(ROOT_KEY, "register"), Sealer(ROOT_KEY, "addressee"), frozenset(Channel))
    await register_vehicle(pool)
    await register_vehicle(pool, "B9999ZZZ", name="JOKO CONTOH", phone="+6281211112222")
    key = await put_case(pool, state=State.VALIDATED, step=Step.OWNERSHIP)
    first = await looked_up(pool, key, desk)
    assert first.carried["turn"].reference == (await stored(pool, key)).reference
    again = await looked_up(pool, key, desk)
    assert (again.told, again.carried["turn"].reference) == ("owner_found", first.carried["turn"].reference)
    [party] = await pool.fetch("select * from party")
    assert (party["party_id"], party["version"], party["role"]) == (key[1], 1, "owner")
    assert Sealer(ROOT_KEY, "addressee").open_record(party["contact"], key[1].to_bytes(8))["name"] == "SITI CONTOH"

    await pool.execute("update case_file set plate = 'B9999ZZZ'")
    other = await looked_up(pool, key, desk)
    rows = await pool.fetch("select party_id, closed_why, replaced_by from reference order by opened_at")
    assert [tuple(row) for row in rows] == [(key[1], "another_owner", None), (other.facts["party_id"], None, None)]
    assert (await stored(pool, key)).party_id == other.facts["party_id"] != key[1]

    await pool.execute("update case_file set plate = 'B1234XYZ'")
    back = await looked_up(pool, key, desk)
    assert back.facts["party_id"] == key[1]
    still = await pool.fetch("select party_id, reference from reference where closed_at is null")
    assert [tuple(row) for row in still] == [(key[1], back.carried["turn"].reference)]
    assert await pool.fetchval("select count(*) from party") == 2
