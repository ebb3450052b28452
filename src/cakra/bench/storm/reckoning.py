"""After the storm: what our database says, held against what the providers say they took."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cakra.core.states.journey import State, may_move
from cakra.journey.timeline.sentences import EVENTS, WHY
from cakra.store.db import Pool

# A case ends a fault run proved, or with an officer; every other state means that the machine still owes it something.
_RESTING = frozenset({State.NOTIFIED, State.UNDELIVERABLE, State.REVIEW, State.UNIDENTIFIED, State.REJECTED})
UNFINISHED = """
select (select count(*) from case_file where step is not null and step <> 'deadline')
     + (select count(*) from notice where step is not null and purpose = 'confirmation')
     + (select count(*) from callback where step is not null)"""


def accepted_tags(log: Path) -> list[str]:
    """The tags of everything one provider accepted."""
    return [json.loads(line)["tag"] for line in log.read_text(encoding="utf-8").splitlines()]


def doubled(logs: Iterable[Path]) -> list[str]:
    """Notices that one provider accepted more than once; each log is one channel."""
    found: list[str] = []
    for log in logs:
        times = Counter(tag.rpartition(":")[0] for tag in accepted_tags(log))
        found += [tag for tag, count in times.items() if count > 1]
    return found


async def reckon(pool: Pool, fed: int, logs: Mapping[str, Path]) -> dict[str, Any]:
    """lost, doubled, stuck, where cases ended, and what went wrong on the way."""
    states = {row["state"]: row["n"] for row in await pool.fetch(_STATES)}
    unknown = await _unknown_sends(pool, logs)
    return {
        "cases": fed,
        "lost": fed - sum(states.values()) + unknown,
        "doubled": len(doubled(logs.values())),
        "stuck": int(await pool.fetchval(UNFINISHED))
        + sum(count for state, count in states.items() if State(state) not in _RESTING),
        "broken_chains": await _broken_chains(pool),
        "unexplained": await _unexplained(pool),
        "states": states,
        "proved_on": {row["channel"]: row["n"] for row in await pool.fetch(_PROVED)},
        "answers": {f"{row['channel']} {row['code']}": row["n"] for row in await pool.fetch(_ANSWERS)},
    }


async def _unknown_sends(pool: Pool, logs: Mapping[str, Path]) -> int:
    """Messages that a provider took and that no attempt of ours knows of."""
    known = {
        (row["channel"], f"n:{row['cell']}:{row['notice_id']}:{row['attempt']}")
        for row in await pool.fetch("select cell, notice_id, channel, attempt from attempt")
    }
    return sum((channel, tag) not in known for channel, log in logs.items() for tag in accepted_tags(log) if tag)


async def _broken_chains(pool: Pool) -> int:
    """Cases whose events do not lead, by allowed moves, from received to where they are."""
    here: dict[tuple[int, int], State] = {}
    broken: set[tuple[int, int]] = set()
    for row in await pool.fetch(_MOVES):
        key = row["cell"], row["case_id"]
        before = here.get(key, State.RECEIVED)
        if State(row["from_state"]) is not before or not may_move(before, State(row["to_state"])):
            broken.add(key)
        here[key] = State(row["to_state"])
    for row in await pool.fetch("select cell, case_id, state from case_file"):
        if here.get((row["cell"], row["case_id"]), State.RECEIVED) is not State(row["state"]):
            broken.add((row["cell"], row["case_id"]))
    return len(broken)


async def _unexplained(pool: Pool) -> int:
    """Cases whose timeline leaves a judge with a question.

    A word without a sentence, a channel that was left without saying why, or a second attempt on a channel that had
    not surely refused the first.
    """
    asking = {
        (row["cell"], row["case_id"])
        for row in await pool.fetch("select cell, case_id, told, details ->> 'why' as why from case_event")
        if row["told"] not in EVENTS or (row["told"] == "channel_left" and row["why"] not in WHY)
    }
    asking |= {(row["cell"], row["case_id"]) for row in await pool.fetch(_LEFT_WITHOUT_A_WORD)}
    asking |= {(row["cell"], row["case_id"]) for row in await pool.fetch(_BLIND)}
    return len(asking)


_LEFT_WITHOUT_A_WORD = """
with used as (
    select n.cell, n.case_id, n.notice_id, count(distinct a.channel) as channels
    from notice n join attempt a using (cell, notice_id) where n.purpose = 'confirmation' group by 1, 2, 3
)
select u.cell, u.case_id from used u
where u.channels - 1 > (
    select count(*) from case_event e where e.cell = u.cell and e.case_id = u.case_id and e.told = 'channel_left')"""
_BLIND = """
select n.cell, n.case_id from (
    select a.*, lead(a.attempt) over (partition by a.cell, a.notice_id, a.channel order by a.attempt) as again
    from attempt a) as first
join notice n using (cell, notice_id)
where first.again is not null and first.state <> 'refused'"""
_STATES = "select state, count(*) as n from case_file group by state order by state"
_PROVED = """
select a.channel, count(distinct (a.cell, a.notice_id)) as n from attempt a
where a.proof in ('delivered', 'read') group by a.channel order by a.channel"""
_ANSWERS = """
select channel, coalesce(nullif(code, ''), state) as code, count(*) as n from attempt group by 1, 2 order by 1, 2"""
_MOVES = """
select cell, case_id, from_state, to_state from case_event where to_state is not null and from_state is not null
order by cell, case_id, at, event_id"""
