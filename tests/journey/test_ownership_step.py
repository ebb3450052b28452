"""Who is addressed when the register is unsure: nobody; and no letter goes to an address that is none."""

from datetime import timedelta

from register_files import NOW, row, sealer, take, write_csv

from cakra.core.case import Case
from cakra.core.journey import State
from cakra.core.ports import Channel
from cakra.journey.ownership.step import OwnershipDesk
from cakra.kit.seal import Sealer

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
