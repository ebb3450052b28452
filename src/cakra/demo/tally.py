"""What came of the traffic: a table a person can read and a summary a machine can check."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from cakra.demo.traffic import SentEvent
from cakra.store.db import Pool, Row

_QUIET = """
select (select count(*) from case_file where state in ('received', 'validated', 'identified'))
     + (select count(*) from notice where state in ('planned', 'queued', 'sending', 'accepted'))
     + (select count(*) from callback where step is not null)
"""
_LISTENING = "select exists (select from pg_stat_activity where datname = current_database() and query ilike 'listen%')"
_CASES = """
select c.case_id, c.state, c.plate, c.claimed_plate, c.offences, c.reference, n.channel, n.state as notice,
    n.handed_over_at, extract(epoch from n.handed_over_at - n.shutter_at) * 1000 as ms,
    c.received_at - c.occurred_at < interval '1 minute' as prompt
from case_file c left join notice n on n.cell = c.cell and n.case_id = c.case_id and n.purpose = 'confirmation'
order by c.received_at, c.case_id
"""
_EVENTS = "select camera, event_id, case_id, joined, repeats from camera_event"
_LATEST = 30.0
_ACCEPTED = 300
_VERDICTS = {"review": "review", "rejected": "rejected", "diverted": "diverted", "received": "-"}


@dataclass(frozen=True, slots=True)
class Tally:
    """The rows of the table and the keys of the summary."""

    cases: Sequence[Row]
    expected: dict[int, str]
    summary: dict[str, Any]


async def until_listening(pool: Pool) -> None:
    """Wait for the worker, which opens its models before it listens; at most half a minute."""
    until = time.monotonic() + _LATEST
    while not await pool.fetchval(_LISTENING) and time.monotonic() < until:  # noqa: ASYNC110 - another process works
        await asyncio.sleep(0.2)


async def settle(pool: Pool) -> None:
    """Wait until nothing is on its way, at most half a minute."""
    until = time.monotonic() + _LATEST
    while await pool.fetchval(_QUIET) and time.monotonic() < until:  # noqa: ASYNC110 - other processes do the work
        await asyncio.sleep(0.2)


async def take(pool: Pool, sent: Sequence[SentEvent], log: Path, portal: str) -> Tally:
    """Count everything from the database and from the provider's own log."""
    cases, events = await pool.fetch(_CASES), await pool.fetch(_EVENTS)
    quarantined = await pool.fetchval("select count(*) from quarantine")
    of_event = {(row["camera"], row["event_id"]): row["case_id"] for row in events}
    acknowledged = {(one.passage.camera, one.passage.event_id) for one in sent if one.status < _ACCEPTED}
    states = Counter(row["state"] for row in cases)
    prompt = sorted(float(row["ms"]) for row in cases if row["ms"] is not None and row["prompt"])
    summary = {
        "events": len(sent),
        "cases": len(cases),
        "duplicates": sum(row["repeats"] + (row["joined"] != "opened") for row in events),
        "quarantined": quarantined,
        "states": dict(sorted(states.items())),
        "notified": sum(row["handed_over_at"] is not None for row in cases),
        "letters": sum(row["channel"] == "letter" and row["notice"] == "held" for row in cases),
        "review": states["review"],
        "rejected": states["rejected"],
        "diverted": states["diverted"],
        "lost": len(acknowledged - of_event.keys()),
        "doubled": _doubled(log),
        "shutter_to_handover_ms": {"p50": _at(prompt, 0.5), "p99": _at(prompt, 0.99)},
        "portal": portal,
        "codes_issued": await pool.fetchval("select count(*) from deposit_code"),
    }
    expected: dict[int, str] = {}
    for one in sent:
        case_id = of_event.get((one.passage.camera, one.passage.event_id))
        if case_id is not None and expected.get(case_id, "ordinary") == "ordinary":
            expected[case_id] = one.passage.expect
    return Tally(cases, expected, summary)


def _doubled(log: Path) -> int:
    """Notices of which the provider accepted more than one send, by its own log."""
    tags = [json.loads(line).get("tag") for line in log.read_text(encoding="utf-8").splitlines() if line]
    notices = Counter(":".join(tag.split(":")[:3]) for tag in tags if tag)
    return sum(count - 1 for count in notices.values())


def _at(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else None


def as_table(tally: Tally) -> Table:
    """One line a case."""
    table = Table("case", "what passed", "offence", "plate", "verdict", "state", "channel", "ms", show_edge=False)
    for row in tally.cases:
        took = f"{row['ms']:,.0f}" if row["ms"] is not None and row["prompt"] else ""
        late = row["ms"] is not None and not row["prompt"]
        table.add_row(
            row["reference"][:5] + "…",
            tally.expected.get(row["case_id"], ""),
            " + ".join(row["offences"]),
            row["plate"] or row["claimed_plate"] or "-",
            _VERDICTS.get(row["state"], "accepted"),
            row["state"],
            row["channel"] or "-",
            "late event" if late else took,
        )
    return table
