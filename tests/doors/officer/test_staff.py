"""The officers themselves."""

from datetime import timedelta

import pytest

from cakra.core.errors import Conflict, InputError, NotFound
from cakra.journey.staff.officers import add_officer, authorise, disable_officer, list_officers
from cakra.kit.clock import now
from console_kit import PASSWORD
from factories import make_case


async def test_standing_authorisations_need_a_certified_active_officer(pool):
    await make_case(pool)  # the jurisdiction
    terms = {
        "jurisdiction": "PMJ",
        "offences": ["GANJIL_GENAP"],
        "valid_from": now(),
        "valid_to": None,
        "document": "Sprin/1/2026",
    }
    await add_officer(pool, "rina", name="Rina", rank="IPDA", role="reviewer", certified=False, password=PASSWORD)
    await add_officer(pool, "budi", name="Budi", rank="AKP", role="supervisor", certified=True, password=PASSWORD)
    with pytest.raises(InputError, match="certified"):
        await authorise(pool, "rina", **terms)
    with pytest.raises(NotFound, match="no officer"):
        await authorise(pool, "nobody", **terms)
    for wrong in ({"offences": []}, {"document": " "}, {"valid_to": now() - timedelta(days=1)}):
        with pytest.raises(InputError):
            await authorise(pool, "budi", **terms | wrong)
    with pytest.raises(NotFound, match="jurisdiction"):
        await authorise(pool, "budi", **terms | {"jurisdiction": "XX"})
    with pytest.raises(InputError, match="Unknown offence"):
        await authorise(pool, "budi", **terms, known_offences=["LAMPU_MERAH"])
    assert await authorise(pool, "budi", **terms) > 0
    assert {one.username: one.standing for one in await list_officers(pool)} == {"budi": 1, "rina": 0}
    await disable_officer(pool, "budi")
    assert {one.username: one.standing for one in await list_officers(pool)} == {"budi": 0, "rina": 0}
    with pytest.raises(InputError, match="active"):
        await authorise(pool, "budi", **terms)


@pytest.mark.parametrize("wrong", [{"name": " "}, {"role": "king"}, {"password": "short"}])
async def test_officers_are_added_whole_or_not(pool, wrong):
    good = {"name": "Rina", "rank": "IPDA", "role": "reviewer", "certified": True, "password": PASSWORD}
    with pytest.raises(InputError):
        await add_officer(pool, "rina", **good | wrong)
    with pytest.raises(InputError):
        await add_officer(pool, "Rina Utami", **good)
    await add_officer(pool, "rina", **good)
    with pytest.raises(Conflict):
        await add_officer(pool, "rina", **good)
