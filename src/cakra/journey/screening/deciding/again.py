"""What a case was decided under, and its screenings judged again by those very editions, whatever holds now."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from cakra.core.access.rights import Act, Foreign
from cakra.core.errors import NotFound
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import AUTOMATION
from cakra.core.states.case import Finding
from cakra.journey.screening.rules import Verdict, judge, strictest
from cakra.kit.clock import now
from cakra.store.cases import find_by_reference
from cakra.store.db import Pool
from cakra.store.rights import jurisdictions_of, note_access
from cakra.store.sql import load_queries

_NO_CASE = "There is no case by this reference; compare it with the message."
SQL = load_queries("cakra.journey.screening")


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of a case. `what`: screening, notice (with its purpose), or the timeline's key of an event.

    `editions`: the names it kept; empty: before editions were kept. `verdict`, `again`: of a screening, as it was and
    as its findings are judged by the editions that it names; `again` is None where it names none that is on file.
    """

    what: str
    at: datetime
    editions: str
    verdict: str | None = None
    again: Verdict | None = None


def judge_again(book: PolicyBook, editions: str, findings: Sequence[Finding], offences: Sequence[str]) -> Verdict:
    """The verdict over kept findings, under the editions that were kept with them. NotFound when it is not on file."""
    automation = book.editions.named(AUTOMATION, editions).content
    return judge(findings, strictest([automation.of(code) for code in offences]), len(offences))


async def decided_under(pool: Pool, book: PolicyBook, cell: int, reference: str, *, by: str) -> list[Decided]:
    """Every decision of a case that rests on a policy, oldest first, for an officer who reads cases there; it is noted.

    NotFound, and alike (Foreign) for a case of another office; NotAllowed for who reads none anywhere.
    """
    seen = await jurisdictions_of(pool, by, Act.READ_CASES)
    case = await find_by_reference(pool, cell, reference)
    if case is None:
        raise NotFound(_NO_CASE)
    if seen is not None and case.jurisdiction not in seen:
        raise Foreign(_NO_CASE, by, Act.READ_CASES, case.jurisdiction)
    await note_access(pool, by, [case.key], "decided_under", "command", now())
    found = []
    for row in await pool.fetch(SQL.kept_editions, *case.key):
        again = None
        if row["findings"] is not None and row["editions"]:
            findings = [Finding(**told) for told in json.loads(row["findings"])]
            with suppress(NotFound):
                again = judge_again(book, row["editions"], findings, case.offences)
        found.append(Decided(row["what"], row["at"], row["editions"], row["verdict"], again))
    return found
