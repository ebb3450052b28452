"""Officers who lead: supervisors, commanders and administrators."""

from cakra.core.errors import InputError
from cakra.store.db import Database
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store", "leading.sql")


async def require_leading(db: Database, by: str) -> None:
    """InputError unless `by` is the user name of an active officer who leads."""
    if not await db.fetchval(SQL.leads, by):
        raise InputError(
            f"{by} is no active supervisor, commander or administrator; `cakra officer list` shows all.",
            code="not_leading",
        )
