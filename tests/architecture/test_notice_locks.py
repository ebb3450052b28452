"""Sets of notices are locked in one order, so that two writers never wait for each other in a circle."""

import re

from tests.architecture.source import ROOT

from cakra.store.sql import parse_queries

SRC = ROOT / "src" / "cakra"
# Statements that update several notices and rest on locks that were taken before, with the statement that took them.
LOCKED_BEFORE = {
    "move_notices": "lock_sends, lock_noticed, lock_letters, in key order; what is due or waits: nobody is waited for",
    "stamp_hand_over": "lock_sends or lock_noticed, in key order",
    "change_templates": "waiting_on_stopped: nobody is waited for",
    "word_notices": "due_to_word: nobody is waited for",
    "seal_notices": "rows that this transaction made itself, before anybody sees them",
}
ONE_ROW = re.compile(r"where (?:n\.)?cell = \$1 and (?:n\.)?notice_id = \$2")
ORDERED = re.compile(r"order by (?:n|h)\.cell, (?:n|h)\.notice_id\s+(?:limit \d+\s+)?for update")
BENCH = re.compile(r'(_[A-Z]+) = """(.*?)"""', re.DOTALL)


def statements():
    """Name and text of every statement that updates notices."""
    found = []
    for path in SRC.rglob("*.sql"):
        if "migrations" not in path.parts:
            found += parse_queries(path.read_text("utf-8"), path.name).statements.items()
    for path in (SRC / "bench").rglob("*.py"):
        found += BENCH.findall(path.read_text("utf-8"))
    return [(name, text) for name, text in found if re.search(r"update notice\b", text)]


def test_every_set_of_notices_is_locked_in_key_order_or_waits_for_nobody():
    sets = {name: text for name, text in statements() if not ONE_ROW.search(text)}
    wrong = [
        name
        for name, text in sets.items()
        if name not in LOCKED_BEFORE and not ORDERED.search(text) and "skip locked" not in text
    ]
    assert not wrong, "lock the rows first, order by cell, notice_id; or name the statement that did"
    assert LOCKED_BEFORE.keys() <= sets.keys(), "take what is gone out of the table"
    assert len(sets) > len(LOCKED_BEFORE)
