"""`kill -9` again and again under load, a provider that loses answers; afterwards nothing is lost, nothing doubled."""

import os
import time
from collections import Counter
from hashlib import sha256
from random import Random

import pytest

from cakra.cli import EXIT_STORE
from cakra.core.states.journey import State, may_move
from cakra.sandbox.cameras.client import event_json
from long import long_or
from storm import KILLS, Killer, Load, make_events
from system import System, tell, until

# One system for all tests of this file, also when several processes share the run.
pytestmark = pytest.mark.xdist_group("storm")
FAULTS = {
    "delay_ms": 60,
    "share_lost": 0.08,
    "share_429": 0.08,
    "share_5xx": 0.05,
    "share_duplicate_webhooks": 0.2,
    "share_late_webhooks": 0.2,
    "late_s": 3.0,
    "share_reordered_webhooks": 0.2,
}
SETTINGS = {
    "CAKRA_WORKER__LEASE_S": "5",
    "CAKRA_WHATSAPP__TIMEOUT_S": "3",
    "CAKRA_NOTICE__UNKNOWN_AFTER_S": "10",
    "CAKRA_NOTICE__SETTLE_AFTER_S": "25",
    "CAKRA_LOG_LEVEL": "warning",
}
UNFINISHED = """
    select (select count(*) from case_file where step is not null and step <> 'deadline')
         + (select count(*) from notice where step is not null)
         + (select count(*) from callback where step is not null)"""


@pytest.fixture(scope="module")
def outcome(pytestconfig):
    """The system after the storm: (system, load, killer)."""
    seed = int(os.environ.get("KILL_SEED") or Random().randrange(10**6))
    tell(pytestconfig, f"kill test: KILL_SEED={seed}")
    system = System(**SETTINGS)
    try:
        system.start_sandbox(delivered_after_s=0.3, faults=FAULTS | {"seed": seed})
        system.register = system.prepare(6000)
        events = make_events(system)
        Random(seed).shuffle(events)
        system.start("web")
        system.start("worker")
        system.wait_until_served()
        load, killer = Load(system, events), Killer(system, Random(seed))
        killer.run(load.run())
        system.ask_sandbox("/sandbox/faults", dict.fromkeys(FAULTS, 0))

        def quiet() -> bool:
            killer.restart_what_ended()
            return system.value(UNFINISHED) == 0 and system.ask_sandbox("/sandbox/stats")["webhooks"]["pending"] == 0

        begun = time.monotonic()
        until(quiet, 240, "a quiet system")
        tell(pytestconfig, summary(system, load, killer, time.monotonic() - begun))
        yield system, load, killer
    except BaseException:
        for name, child in system.children.items():
            tell(pytestconfig, f"--- {name} said last:\n{child.said[-6000:]}")
        tell(pytestconfig, f"--- the database said last:\n{system.database_said[-6000:]}")
        raise
    finally:
        system.close()


def summary(system: System, load: Load, killer: Killer, settling_s: float) -> str:
    states = {row[0]: row[1] for row in system.fetch("select state, count(*) from case_file group by 1 order by 1")}
    notices = {row[0]: row[1] for row in system.fetch("select state, count(*) from notice group by 1 order by 1")}
    return (
        f"kill test: events={len(load.events)} retries={load.retries} cases={sum(states.values())} states={states} "
        f"notices={notices} kills={killer.kills.total()} {dict(killer.kills)} "
        f"ended_alone={[(name, code) for name, code, _ in killer.ended_alone]} "
        f"lost={len(load.events) - sum(states.values())} doubled={len(doubled(system))} "
        f"unsettled={notices.get('unsettled', 0)} settling_s={settling_s:.0f}"
    )


def doubled(system: System) -> list[str]:
    """(notice, channel) that the provider accepted more than once."""
    accepted = Counter(send["tag"].rpartition(":")[0] for send in system.sends())
    return [tag for tag, times in accepted.items() if times > 1]


def test_every_acknowledged_event_is_one_case(outcome):
    system, load, killer = outcome
    assert load.refused == []
    assert killer.kills.total() >= KILLS
    assert min(killer.kills[name] for name in ("worker", "web", "database")) >= long_or(3, 1)
    rows = system.fetch("""
        select e.camera, e.event_id, e.joined, e.offence, c.claimed_plate,
            count(*) over (partition by c.case_id)
        from camera_event e left join case_file c using (cell, case_id)""")
    stored = {(row["camera"], row["event_id"]): row for row in rows}
    assert len(rows) == len(stored) == len(load.events)
    assert stored.keys() == load.acknowledged.keys()
    for passage, _ in load.events:
        row = stored[passage.camera, passage.event_id]
        assert (row["joined"], row["count"]) == ("opened", 1)
        assert (row["claimed_plate"], row["offence"]) == (passage.plate, passage.offence)
    assert system.value("select count(*) from case_file") == len(load.events)


def test_the_provider_accepted_no_notice_twice(outcome):
    system, _, _ = outcome
    assert len(system.sends()) > len(system.fetch("select from case_file")) / 5
    assert doubled(system) == []
    twice = system.fetch("select case_id from notice group by cell, case_id having count(*) > 1")
    assert twice == []
    known = {f"n:{row['cell']}:{row['notice_id']}" for row in system.fetch("select cell, notice_id from notice")}
    assert {send["tag"].rpartition(":")[0] for send in system.sends()} <= known


def test_every_case_came_to_its_state_by_allowed_moves(outcome):
    system, _, _ = outcome
    chains: dict[tuple, list] = {}
    for row in system.fetch("select * from case_event order by cell, case_id, at, event_id"):
        chains.setdefault((row["cell"], row["case_id"]), []).append(row)
    states = Counter()
    for row in system.fetch("select * from case_file"):
        events = chains[row["cell"], row["case_id"]]
        assert [event["told"] for event in events].count("received") == 1
        here = State.RECEIVED
        for event in events:
            if event["to_state"] is not None:
                assert State(event["from_state"]) is here
                assert may_move(here, State(event["to_state"]))
                here = State(event["to_state"])
        assert here is State(row["state"])
        states[here] += 1
    assert states[State.NOTIFIED] > sum(states.values()) / 2
    assert not {State.RECEIVED, State.VALIDATED, State.IDENTIFIED, State.NOTIFYING} & states.keys()


def test_what_nobody_can_settle_is_an_officers(outcome):
    system, _, _ = outcome
    rows = system.fetch(
        "select n.state, c.state as case_state, c.step from notice n join case_file c using (cell, case_id)"
    )
    assert {row["state"] for row in rows} <= {"accepted", "delivered", "read", "failed", "unsettled"}
    for row in rows:
        if row["state"] in {"delivered", "read"}:
            assert row["case_state"] == "notified"
        else:
            assert (row["case_state"], row["step"]) == ("undeliverable", None)


def test_what_the_provider_delivered_is_known_to_be_delivered(outcome):
    system, _, _ = outcome
    delivered = {send["tag"] for send in system.sends()}
    known = {
        f"n:{row['cell']}:{row['notice_id']}:{row['attempt']}"
        for row in system.fetch("select cell, notice_id, attempt from attempt where proof in ('delivered', 'read')")
    }
    assert known == delivered


def test_no_acknowledged_photograph_is_missing_or_damaged(outcome):
    system, load, _ = outcome
    for digest, data in {sha256(frame.jpeg).digest(): frame.jpeg for _, frame in load.events}.items():
        assert system.photo(digest) == data
    kept = Counter(row["sha256"] for row in system.fetch("select sha256 from photo"))
    sent = Counter(bytes.fromhex(event_json(p, [f])["photos"][0]["sha256"]) for p, f in load.events)
    assert kept == sent
    for row in system.fetch("select distinct sha256 from derived_picture union select picture from notice"):
        assert system.photo(row["sha256"])


def test_no_process_of_ours_ended_for_another_reason_than_a_killed_database(outcome):
    _, _, killer = outcome
    crashed = [f"{name} ended with {code}:\n{said}" for name, code, said in killer.ended_alone if code != EXIT_STORE]
    assert not crashed, "\n".join(crashed)
