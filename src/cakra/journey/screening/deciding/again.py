"""What a case was decided under, and its screenings judged again by those very editions, whatever holds now."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cakra.core.errors import NotFound
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import AUTOMATION
from cakra.core.states.case import Finding
from cakra.journey.screening.rules import Verdict, judge, strictest
from cakra.store.cases import find_by_reference
from cakra.store.db import Pool
from cakra.store.sql import load_queries

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


async def decided_under(pool: Pool, book: PolicyBook, cell: int, reference: str) -> list[Decided]:
    """Every decision of a case that rests on a policy, oldest first; NotFound."""
    case = await find_by_reference(pool, cell, reference)
    if case is None:
        raise NotFound("There is no case by this reference; compare it with the message.")
    found = []
    for row in await pool.fetch(SQL.kept_editions, *case.key):
        again = None
        if row["findings"] is not None and row["editions"]:
            findings = [Finding(**told) for told in json.loads(row["findings"])]
            again = judge_again(book, row["editions"], findings, case.offences)
        found.append(Decided(row["what"], row["at"], row["editions"], row["verdict"], again))
    return found
