"""The editions in force, read from the database into the book of this process."""

import json
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cakra.core.policy.editions import Edition, Editions, PolicyBook
from cakra.core.policy.kind import PolicyKind
from cakra.kit.logs import get_logger
from cakra.kit.resources import read_package_text
from cakra.store.db import Database
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store.policies")
_log = get_logger(__name__)


def open_book(kinds: Iterable[PolicyKind[Any]]) -> PolicyBook:
    """A book with the packaged editions alone; SetupError when one of them is missing or wrong."""
    known = tuple(kinds)
    return PolicyBook(Editions(known, {kind.name: packaged_text(kind) for kind in known}))


def packaged_text(kind: PolicyKind[Any]) -> str:
    """Edition 0."""
    return "\n".join(read_package_text(kind.package, name) for name in kind.files)


async def renew_book(database: Database, book: PolicyBook) -> bool:
    """Read what was approved, and where there are jurisdictions, if either changed; whether it did.

    An approved edition that this version cannot read is logged and left to those who need it.
    """
    row = await database.fetchrow(SQL.version)
    assert row is not None, "a select without a table gives one row"
    version = row["approved"], row["zones"]
    if version == book.version:
        return False
    kinds = book.editions.kinds.values()
    packaged = {kind.name: book.editions.of(kind.name)[0].text for kind in kinds}
    editions = Editions(kinds, packaged, [Edition(**dict(one)) for one in await database.fetch(SQL.approved)])
    for label, problem in editions.unreadable.items():
        _log.error("policy_unreadable", policy=label, problem=problem)
    told = json.loads(row["zones"])
    zones = {code: zone for code, name in told.items() if (zone := _zone(name)) is not None}
    book.renew(editions, zones, version)
    return True


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
