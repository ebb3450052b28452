"""Taking pictures of erased cases out of the store: never one that another case stands on, shows or is about to.

The order: what is to go is marked as begun (committed); every set of records that intake was writing is waited for;
what is still needed then is taken off the list; the rest is deleted in the store, and marked as gone. A record that
brings a picture which is on its way out is sent again by its camera (`journey/intake`). Whoever is killed in between
leaves the marks, and the next one does it again, which is harmless.
"""

from datetime import datetime, timedelta

from cakra.core.errors import StoreAway
from cakra.core.ports import PhotoStore
from cakra.journey.retention.alone import SQL, alone
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Pool, Row

_SET = 500
_REMEMBERED = timedelta(hours=1)
"""A picture that is gone is remembered for longer than any record waits between its picture and its rows."""
_log = get_logger(__name__)


async def erase_pictures(pool: Pool, photos: PhotoStore, at: datetime, *, most: int = _SET) -> int:
    """Delete up to `most` listed pictures in the store; how many went or were taken off the list. StoreAway."""
    async with alone(pool) as connection:
        if connection is None:
            return 0
        listed = await connection.fetch(SQL.begin_pictures, most)
        if not listed:
            await connection.execute(SQL.forget_pictures, at - _REMEMBERED, most)
            return 0
        await _wait_for_intake(connection)
        used, about, leaving = await _parted(connection, listed)
        await connection.execute(SQL.unlist_pictures, *_columns(used, "sha256", "listed_at"))
        await connection.execute(SQL.leave_pictures, *_columns(about, "sha256", "listed_at"))
        left = await _delete(photos, [row["sha256"] for row in leaving])
        gone = [row for row in leaving if row["sha256"] not in left]
        await connection.execute(SQL.pictures_gone, *_columns(gone, "sha256", "listed_at"))
        await connection.execute(SQL.put_off_pictures, list(left))
    return len(used) + len(about) + len(gone)


async def _parted(connection: Connection, listed: list[Row]) -> tuple[list[Row], list[Row], list[Row]]:
    """Those that a case needs, those that one may be about to show, those that can go."""
    rows = await connection.fetch(SQL.still_needed, *_columns(listed, "sha256", "parent"))
    used = {row["sha256"] for row in rows if row["used"]}
    about = {row["sha256"] for row in rows if row["of_one_there"]} - used
    staying = used | about
    return (
        [row for row in listed if row["sha256"] in used],
        [row for row in listed if row["sha256"] in about],
        [row for row in listed if row["sha256"] not in staying],
    )


async def _delete(photos: PhotoStore, digests: list[bytes]) -> set[bytes]:
    """Those that the store still has; StoreAway when it does not answer."""
    try:
        await photos.delete_many(digests)
    except StoreAway as problem:
        left = await photos.has(digests)
        _log.warning("pictures_not_let_go", pictures=len(left), problem=problem.code)
        return left
    return set()


async def _wait_for_intake(connection: Connection) -> None:
    """A jurisdiction at a time, so that no cell is held up for longer than its own records take."""
    for row in await connection.fetch(SQL.intake_cells):
        await connection.execute(SQL.wait_for_intake, list(range(row["first_cell"], row["first_cell"] + row["cells"])))


def _columns(rows: list[Row], *names: str) -> list[list[object]]:
    return [[row[name] for row in rows] for name in names]
