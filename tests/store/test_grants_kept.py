"""What becomes of officers when grants come, and the one question of the store."""

import shutil

import pytest

from cakra.core.access.rights import Act, NotAllowed
from cakra.store.connect import connect
from cakra.store.rights import jurisdictions_of, may, require
from cakra.store.upkeep.migrate import FOLDER, migrate
from officers import officer_sql, put_officer

ROLES = ("reviewer", "supervisor", "commander", "auditor", "administrator")


@pytest.mark.parametrize(("offices", "desk"), [(["PMJ"], "PMJ"), (["PMJ", "PJT"], None), ([], None)])
async def test_nobody_loses_a_right_or_the_desk_by_the_migration(empty_database_url, tmp_path, offices, desk):
    for file in sorted(FOLDER.glob("*.sql")):
        if file.name < "0023":
            shutil.copy(file, tmp_path)
    await migrate(empty_database_url, folder=tmp_path)
    connection = await connect(empty_database_url, name="test")
    try:
        for number, code in enumerate(offices):
            await connection.execute(
                "insert into jurisdiction values ($1, $1, 'Asia/Jakarta', $2, 4)", code, number * 4
            )
        for role in ROLES:
            await connection.execute("insert into officer values ($1, $1, '', $1, false, 'x', true)", role)
        await connection.execute("insert into officer values ('lama', 'lama', '', 'reviewer', false, 'x', false)")
        shutil.copy(FOLDER / "0023_rights.sql", tmp_path)
        await migrate(empty_database_url, folder=tmp_path)
        held = await connection.fetch(
            "select username, role, jurisdiction from officer_grant where valid_from <= now() and valid_to is null"
        )
        assert {tuple(row) for row in held} == {
            *((role, role, desk if role == "reviewer" else None) for role in ROLES),
            ("lama", "reviewer", desk),
        }
        assert await may(connection, "reviewer", Act.DECIDE_CASES, "PMJ")
        assert await may(connection, "commander", Act.PAUSE_SENDING)
        assert not await may(connection, "lama", Act.DECIDE_CASES, "PMJ"), "a disabled officer has no right"
    finally:
        await connection.close()


async def test_the_store_answers_by_office_and_time(pool):
    for code, cell in (("PMJ", 0), ("PJT", 9)):
        await pool.execute("insert into jurisdiction values ($1, $1, 'Asia/Jakarta', $2, 4)", code, cell)
    await put_officer(pool, "rina", "reviewer", jurisdiction="PMJ")
    await put_officer(pool, "sari", "supervisor")
    await pool.execute(officer_sql("lewat", "supervisor", to="2026-01-01 00:00+00"))
    assert await jurisdictions_of(pool, "rina", Act.READ_CASES) == ["PMJ"]
    assert await jurisdictions_of(pool, "sari", Act.READ_CASES) is None
    await require(pool, "rina", Act.DECIDE_CASES, "PMJ")
    for who, act, place in (
        ("rina", Act.DECIDE_CASES, "PJT"),
        ("rina", Act.DECIDE_CASES, None),
        ("rina", Act.PAUSE_SENDING, "PMJ"),
        ("lewat", Act.PAUSE_SENDING, "PMJ"),
        ("nobody", Act.ENTER, None),
        ("\x00", Act.ENTER, None),
    ):
        with pytest.raises(NotAllowed, match="holds no grant in force"):
            await require(pool, who, act, place)
    for who, act in (("rina", Act.PAUSE_SENDING), ("lewat", Act.READ_CASES), ("nobody", Act.ENTER)):
        with pytest.raises(NotAllowed):
            await jurisdictions_of(pool, who, act)
