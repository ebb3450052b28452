"""Reading the deadline policies: every variant of every source, in use or not."""

from datetime import date
from itertools import groupby

from cakra.core.law.lawtext import Field, overlapping, read_document, refuse
from cakra.core.states.deadline import (
    CONFIRM_ANCHORS,
    LETTER_ANCHORS,
    PAY_ANCHORS,
    Anchor,
    DeadlinePolicy,
)

FILE = "deadlines.toml"
_MOST_DAYS = 3650


def parse_deadline_policies(text: str) -> tuple[DeadlinePolicy, ...]:
    """From the text of `deadlines.toml`; LawDataInvalid with every fault."""
    problems: list[str] = []
    policies = read_deadline_policies(text, problems)
    refuse(problems)
    return policies


def read_deadline_policies(text: str, problems: list[str]) -> tuple[DeadlinePolicy, ...]:
    """Read the file and note every fault; the policies are only fit for use when there was none."""
    document = read_document(FILE, text, problems)
    policies = tuple(_policy(row) for row in document.rows("policy", "variant"))
    document.finish()

    def variant(policy: DeadlinePolicy) -> tuple[str, str]:
        return policy.jurisdiction, policy.variant

    for (jurisdiction, name), group in groupby(sorted(policies, key=variant), key=variant):
        if overlapping([(policy.effective_from, policy.effective_from) for policy in group]):
            document.fault(f"{jurisdiction} has variant {name} twice from the same day")
    if not any(policy.in_use for policy in policies):
        document.fault("no policy is in use; without one no deadline can be given")
    return policies


def _policy(row: Field) -> DeadlinePolicy:
    policy = DeadlinePolicy(
        jurisdiction=row.text("jurisdiction"),
        variant=row.text("variant"),
        effective_from=row.day("effective_from") or date.max,
        in_use=row.flag("in_use", default=True),
        zone=row.zone(),
        letter_days=row.number("letter_days", most=_MOST_DAYS) or 0,
        letter_anchor=_anchor(row, "letter_anchor", LETTER_ANCHORS),
        confirm_days=row.number("confirm_days", most=_MOST_DAYS) or 0,
        confirm_anchor=_anchor(row, "confirm_anchor", CONFIRM_ANCHORS),
        pay_days=row.number("pay_days", most=_MOST_DAYS) or 0,
        pay_anchor=_anchor(row, "pay_anchor", PAY_ANCHORS),
        block_grace_days=row.number("block_grace_days", most=_MOST_DAYS) or 0,
        source=row.text("source"),
    )
    row.finish()
    return policy


def _anchor(row: Field, key: str, allowed: frozenset[Anchor]) -> Anchor:
    anchor = row.choice(key, Anchor)
    if anchor is not None and anchor not in allowed:
        row.fault(f"{key} = {anchor} is not one of " + ", ".join(sorted(allowed)))
        anchor = None
    return anchor or Anchor.VIOLATION
