"""A database as the migrations left it, whatever a test did to it: a third of the price of a new one.

Rows are deleted, sequences begin anew, whoever is still connected is cut off. What cannot be undone that way (a
table changed, rows changed that the migrations wrote) is noticed, and the database is given up.
"""

import json
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

import asyncpg

from cakra.store.connect import connect

# Every DDL statement leaves new rows in one of these catalogues, or fewer; names and kinds tell the rest.
_SHAPE = """
select concat_ws('/',
    (select string_agg(concat(relname, relkind, relpersistence, reloptions), ',' order by relname)
     from pg_class where relnamespace = 'public'::regnamespace),
    (select count(*) || '-' || max(xmin::text::bigint) from pg_attribute where attrelid >= 16384
     and attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)),
    (select count(*) || '-' || max(xmin::text::bigint) from pg_constraint where connamespace = 'public'::regnamespace),
    (select count(*) || '-' || max(xmin::text::bigint) from pg_index where indexrelid >= 16384),
    (select count(*) || '-' || max(xmin::text::bigint) from pg_attrdef),
    (select count(*) || '-' || max(xmin::text::bigint) from pg_trigger),
    (select count(*) || '-' || max(xmin::text::bigint) from pg_proc where pronamespace = 'public'::regnamespace),
    (select string_agg(nspname, ',' order by nspname) from pg_namespace where nspname !~ '^pg_'))"""
_TABLES = """
select quote_ident(relname) as name from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname"""
_REFERENCES = """
select quote_ident(c.relname) as child, quote_ident(p.relname) as parent
from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_class p on p.oid = f.confrelid
where f.contype = 'f' and c.oid <> p.oid and c.relnamespace = 'public'::regnamespace"""
# A table whose rows were deleted keeps its size for a while, which costs one more delete of nothing.
_SIZES = """
select json_object_agg(quote_ident(relname), pg_relation_size(oid))::text from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r'"""
_CUT_OFF = """
select pg_terminate_backend(pid, 10000) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"""
_BEGIN_ANEW = "select setval(seqrelid::regclass, seqstart, false) from pg_sequence"
# Dead rows of a large table would slow whoever reads it next; below it a delete is much quicker than a truncate.
_LARGE_BYTES = 256 * 1024
Link: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True)
class Clearing:
    """What a fresh database of this schema looks like; `emptied`: children before their parents."""

    emptied: tuple[str, ...]
    kept: str
    fresh: str

    @classmethod
    async def read(cls, url: str) -> "Clearing":
        """Of a database that is new."""
        connection = await connect(url, name="cakra tests")
        try:
            tables = [row["name"] for row in await connection.fetch(_TABLES)]
            filled = set(await _filled(connection, tables))
            order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(tables, ()))
            for row in await connection.fetch(_REFERENCES):
                order.add(row["parent"], row["child"])
            try:
                emptied = tuple(name for name in order.static_order() if name not in filled)
            except CycleError as circle:
                raise AssertionError(f"tables refer to each other in a circle: {circle.args[1]}") from circle
            parts = (f"(select md5(string_agg(t::text, ',' order by t::text)) from {name} t)" for name in filled)
            kept = f"select concat_ws('/', {', '.join(sorted(parts))}) || ({_SHAPE}) as kept, ({_SIZES}) as sizes"
            return cls(emptied, kept, await connection.fetchval(kept))
        finally:
            await connection.close()

    async def clear(self, connection: Link) -> bool:
        """Whether the database is as new now. `connection`: one that stays, for a new one learns the tables anew."""
        await connection.execute(_CUT_OFF)
        row = await connection.fetchrow(self.kept)
        assert row is not None
        if row["kept"] != self.fresh:
            return False
        sizes: dict[str, int] = json.loads(row["sizes"])
        work = [
            f"truncate {name} cascade" if sizes[name] > _LARGE_BYTES else f"delete from {name}"
            for name in self.emptied
            if sizes[name]
        ]
        await connection.execute("; ".join(["set lock_timeout = '20s'", *work, _BEGIN_ANEW]))
        return True


async def _filled(connection: Link, tables: "list[str] | tuple[str, ...]") -> list[str]:
    """Those with rows, in the order given."""
    told = await connection.fetchval(f"select array[{', '.join(f'exists (select from {name})' for name in tables)}]")
    return [name for name, rows in zip(tables, told, strict=True) if rows]
