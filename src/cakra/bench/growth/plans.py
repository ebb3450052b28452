"""How PostgreSQL reads for a statement: what was run is kept with its values, and explained afterwards."""

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import asyncpg

from cakra.store.db import Connection, Pool
from cakra.store.sql import parse_queries
from cakra.store.upkeep.growing import GROWING
from cakra.wiring.world import World

_EXPLAINED = ("select", "with", "insert", "update", "delete")
_READ_ALL = frozenset({"Sort", "Aggregate", "Hash", "Materialize", "WindowAgg"})
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_SAMPLES = 5
MANY = 10_000
"""A table with fewer rows may be read whole."""


@dataclass
class Listener:
    """What the statements of a world were, each with the values of its last few runs."""

    heard: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def hear(self, record: Any) -> None:
        """A query logger of the driver."""
        samples = self.heard.setdefault(record.query, [])
        samples.append(tuple(record.args))
        del samples[:-_SAMPLES]

    async def listen(self, connection: Any) -> None:
        """For a pool's `init`."""
        connection.add_query_logger(self.hear)


@asynccontextmanager
async def heard_world(world: World, listener: Listener) -> AsyncIterator[World]:
    """The same world on a pool whose statements are kept."""
    pool = await asyncpg.create_pool(
        world.url,
        min_size=2,
        max_size=world.settings.database.pool,
        init=listener.listen,
        server_settings={"timezone": "UTC", "jit": "off"},
    )
    try:
        yield replace(world, pool=pool)
    finally:
        await pool.close()


@dataclass(frozen=True, slots=True)
class Watched:
    """Growing tables that must not be read whole, and the partial indexes, which hold what is under way only."""

    tables: frozenset[str]
    partial: frozenset[str]


async def sequential_scans(pool: Pool, heard: Mapping[str, Iterable[tuple[Any, ...]]]) -> list[str]:
    """Statements, by name, that read a large growing table or a whole index of one; with their values, or without.

    A prepared statement is planned with its values at first and may get one plan for all values later.
    """
    found: set[str] = set()
    async with pool.acquire() as connection:
        watched = await watch(connection, MANY)
        for query, samples in heard.items():
            # The driver cleans a connection with several commands at once.
            if not can_explain(query) or ";" in query:
                continue
            plans = [await explain(connection, query, values) for values in samples]
            plans.append(await explain_generic(connection, query))
            whole = {one for plan in plans for one in read_whole(plan, watched)}
            found |= {f"{name_of(query)} ({one})" for one in whole}
    return sorted(found)


def can_explain(query: str) -> bool:
    """Whether it has a plan: no lock, no setting. Its comments do not count."""
    return _COMMENT.sub("", query).lstrip().lower().startswith(_EXPLAINED)


async def watch(connection: Connection, many: int) -> Watched:
    """Growing tables with at least so many rows by the statistics, and every partial index."""
    tables = await connection.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') "
        "and reltuples >= $1",
        many,
    )
    partial = await connection.fetch(
        "select indexrelid::regclass::text as name from pg_index where indpred is not null"
    )
    return Watched(GROWING & {row["relname"] for row in tables}, frozenset(row["name"] for row in partial))


async def explain(connection: Connection, query: str, values: Iterable[Any]) -> Mapping[str, Any]:
    """The plan for these values; nothing is run."""
    return _plan(await connection.fetchval(f"explain (format json) {query}", *values))


async def explain_generic(connection: Connection, query: str) -> Mapping[str, Any]:
    """The plan for any values, as a prepared statement may get it; nothing is run."""
    async with connection.transaction():
        await connection.execute("set local plan_cache_mode = force_generic_plan")
        await connection.execute(f"prepare explained as {query}")
        count = await connection.fetchval(
            "select cardinality(parameter_types) from pg_prepared_statements where name = 'explained'"
        )
        told = await connection.fetchval(f"explain (format json) execute explained{_nulls(count)}")
        await connection.execute("deallocate explained")
    return _plan(told)


def _nulls(count: int) -> str:
    return f"({', '.join(['null'] * count)})" if count else ""


def read_whole(plan: Mapping[str, Any], watched: Watched, *, bounded: bool = False) -> Iterator[str]:
    """The watched tables that this plan reads from end to end, by themselves or along a whole index.

    `bounded`: a limit above ends the walk early, along an index or over rows of which each counts.
    """
    kind = plan["Node Type"]
    if kind == "Seq Scan" and plan["Relation Name"] in watched.tables and ("Filter" in plan or not bounded):
        yield plan["Relation Name"]
    if "Index Name" in plan and "Index Cond" not in plan and not bounded and plan["Index Name"] not in watched.partial:
        table = plan.get("Relation Name", "")
        if not table or table in watched.tables:
            yield f"{table or 'a table'} along {plan['Index Name']}"
    for part in plan.get("Plans", ()):
        # A sort reads all that is below it, whatever limit stands above.
        yield from read_whole(part, watched, bounded=(bounded or kind == "Limit") and kind not in _READ_ALL)


def name_of(query: str) -> str:
    """Room and name of a statement of ours; else how it begins."""
    return _names().get(query.strip(), " ".join(query.split())[:60])


@cache
def _names() -> Mapping[str, str]:
    root = Path(str(resources.files("cakra")))
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.sql")):
        if path.parent.name != "migrations":
            room = path.relative_to(root)
            statements = parse_queries(path.read_text(encoding="utf-8"), str(room)).statements
            found |= {text: f"{room.parent.as_posix()}: {name}" for name, text in statements.items()}
    return found


def _plan(told: str) -> Mapping[str, Any]:
    plan: Mapping[str, Any] = json.loads(told)[0]["Plan"]
    return plan
