"""Letting the machine try again at once what it had set aside."""

from cakra.store.cases import retry_case
from cakra.store.db import Connection
from cakra.store.faults.aside import RETENTION, Aside, forget_mark
from cakra.store.notices import release_notice


async def release_aside(connection: Connection, which: Aside) -> bool:
    """Make a case or notice that was set aside due now, in the caller's transaction; its mark is taken away.

    If it fails again it is set aside anew. False when it has moved on since the mark was read.
    """
    if which.step == RETENTION:  # looked at again with all others of its class
        done = True
    elif which.notice_id:
        done = await release_notice(connection, (which.cell, which.notice_id), which.step, which.version)
    else:
        done = await retry_case(connection, (which.cell, which.case_id), which.step, which.version)
    await forget_mark(connection, which)
    return done
