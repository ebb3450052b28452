"""How often somebody may be wrong. What is judged is counted; what is refused unjudged counts against nobody.

A subject (a reference, or the case behind it) is closed for the network that was wrong too often, never for others.
Where a network, or a subject over all networks, shows many wrong answers, each subject still has `_IN_A_CROWD` tries
there: thousands of people behind one address of a mobile operator are let in with right data, whatever one of them
does. No count closes anything for everybody. The numbers are argued in docs/decisions/0032.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import LIMITS
from cakra.core.policy.limits import PortalLimits
from cakra.kit.seal import Sealer
from cakra.store.db import Database, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.doors.citizen.visiting", "views.sql")

_IN_A_CROWD = 2
# Wrong answers to one subject from all networks in an hour, in answers allowed to one of them.
_NETWORKS = 10


@dataclass(frozen=True, slots=True)
class TryRule:
    """`allowed` wrong answers to one subject from one network, then `waits`, the last again and again.

    After `forgotten` since the first wrong one it begins anew.
    """

    scope: str
    allowed: int
    waits: Sequence[timedelta]
    forgotten: timedelta


def plate_rule(limits: PortalLimits) -> TryRule:
    """Plates for a reference: an hour, and all is new."""
    hour = timedelta(hours=1)
    return TryRule("plate", limits.attempts_per_reference, (hour,), hour)


def chassis_rule(limits: PortalLimits) -> TryRule:
    """Chassis numbers of a case: each further wrong one waits longer, for a month."""
    waits = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(days=1))
    return TryRule("chassis", limits.proofs_in_a_row, waits, timedelta(days=30))


@dataclass(frozen=True, slots=True)
class Begun:
    """One answer, already counted as wrong when `judged`; `closed_until`: when the next may come, None: at once."""

    scope: str
    subjects: tuple[bytes, bytes, bytes]
    judged: bool
    closed_until: datetime | None


@dataclass(frozen=True, slots=True)
class Tries:
    """Counts answers of one installation. Subjects are keyed hashes: no reference and no address is stored."""

    pool: Pool
    keys: Sealer
    policies: PolicyBook

    async def begin(self, rule: TryRule, subject: str, network: str, at: datetime) -> Begun:
        """Count an answer before it is judged, so that no two at once slip through."""
        subjects = (
            self.keys.index(rule.scope, f"{subject}\x00{network}"),
            self.keys.index("address", network),
            self.keys.index(rule.scope, subject),
        )
        row = await self.pool.fetchrow(
            SQL.begin_try,
            rule.scope,
            *subjects,
            at,
            rule.allowed,
            _IN_A_CROWD,
            self.policies.nation(LIMITS, at).attempts_per_address,
            rule.allowed * _NETWORKS,
            list(rule.waits),
            rule.forgotten,
        )
        assert row is not None, "a select without a table gives one row"
        closed = row["closed_until"]
        if closed is None and not row["judged"]:
            closed = at + rule.waits[0]  # another answer closed it while this one was on its way
        return Begun(rule.scope, subjects, row["judged"], closed)

    async def forgive(self, begun: Begun) -> None:
        """It was right."""
        await self.pool.execute(SQL.forgive_try, begun.scope, *begun.subjects)


async def forget_attempts(pool: Pool, at: datetime, *, most: int = 1000) -> int:
    """Delete up to `most` counts of each kind whose time is over, whichever door counted; how many they were."""
    gone = await pool.fetch(SQL.forget_attempts, at, most), await pool.fetch(SQL.forget_tries, at, most)
    return sum(len(rows) for rows in gone)


@dataclass(frozen=True, slots=True)
class Guessing:
    """`wrong`: wrong answers of everybody in the hour; `closed`: cases that guessing closed within a week."""

    wrong: int
    closed: int


async def read_guessing(database: Database, at: datetime) -> Guessing:
    """What an operator should know."""
    row = await database.fetchrow(SQL.guessing, at)
    assert row is not None, "a select without a table gives one row"
    return Guessing(row["wrong"], row["closed"])
