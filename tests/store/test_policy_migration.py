"""What was set as the mode of automation is the first edition of each jurisdiction, for what waits too."""

import shutil
from datetime import date
from importlib import resources
from pathlib import Path

from tests.policy_kit import put_in_force

from cakra.core.policy.automation import Mode
from cakra.core.policy.kinds import AUTOMATION
from cakra.store.connect import create_pool
from cakra.store.policies import renew_book
from cakra.store.upkeep.migrate import migrate
from cakra.wiring.policies import packaged_book

MIGRATIONS = sorted(Path(str(resources.files("cakra.store").joinpath("migrations"))).glob("*.sql"))
BEFORE = """
insert into jurisdiction (code, name, zone, first_cell, cells, automation)
values ('PMJ', 'a', 'Asia/Jakarta', 0, 16, 'auto'), ('JTG', 'b', 'Asia/Makassar', 16, 16, 'hybrid'),
    ('NTT', 'c', 'Asia/Makassar', 32, 16, 'human');
insert into automation_policy values ('PMJ', 'BATAS_KECEPATAN', 'human'), ('PMJ', 'A "quoted" \\ one', 'hybrid');
insert into screening (screening_id, cell, case_id, at, verdict, policy, findings, readings, model_hash)
values (1, 0, 1, now(), 'accept', 'auto', '[]', '[]', 'none');
"""


async def test_what_was_set_is_what_holds(empty_database_url, tmp_path):
    for file in MIGRATIONS:
        if file.name < "0022":
            shutil.copy(file, tmp_path)
    await migrate(empty_database_url, folder=tmp_path)
    pool = await create_pool(empty_database_url, min_size=1, max_size=2, name="cakra tests")
    try:
        await pool.execute(BEFORE)
        shutil.copy(next(file for file in MIGRATIONS if file.name == "0024_policy.sql"), tmp_path)
        await migrate(empty_database_url, folder=tmp_path)
        book = packaged_book()
        assert await renew_book(pool, book)
        assert book.editions.unreadable == {}

        def mode(place, offence):
            return book.in_force(AUTOMATION, place, date(2026, 1, 1)).content.of(offence)

        assert [mode(place, "TANPA_SABUK") for place in ("PMJ", "JTG", "NTT")] == [Mode.AUTO, Mode.HYBRID, Mode.HUMAN]
        assert [mode("PMJ", one) for one in ("BATAS_KECEPATAN", 'A "quoted" \\ one')] == [Mode.HUMAN, Mode.HYBRID]
        assert mode("BALI", "TANPA_SABUK") is Mode.HYBRID, "a jurisdiction that comes later begins with the nation's"
        assert book.in_force(AUTOMATION, "PMJ", date(2026, 1, 1)).label == "automation:PMJ/1"
        kept = await pool.fetchrow("select policy, editions from screening")
        assert tuple(kept) == ("auto", ""), "what was decided before keeps its mode"
        assert not await renew_book(pool, book), "nothing was approved since"
        await put_in_force(pool, book, "ages", "oldest_days = 3")
        assert not await renew_book(pool, book)
    finally:
        await pool.close()
