"""Receipts that carry a provider's number instead of our tag: which attempt they speak of.

SMS centres return only the number they gave the message. The process that sent it knows the tag; after a restart, or
when another process's connection gets the receipt, the number recorded with the attempt tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cakra.core.foreign import storable
from cakra.core.ports import Channel, Receipt
from cakra.delivery.canary.hearing import read_canary_tag
from cakra.delivery.codes.rules import code_tag, read_code_tag
from cakra.delivery.sending.rules import make_tag, read_tag
from cakra.store.db import Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.proof.recognising")
_MOST_ROUNDS = 7


async def recognise(
    pool: Pool, channel: str, receipts: Sequence[Receipt], received_at: datetime
) -> tuple[list[Receipt], int]:
    """The receipts with our tag where it can be found, and how many have none. Other channels echo it themselves."""
    numbers = {storable(one.provider_id) for one in receipts if not _is_ours(one.tag) and one.provider_id}
    if channel != Channel.SMS or not numbers:
        return list(receipts), 0
    tags = {
        row["provider_id"]: code_tag(row["cell"], row["code_id"])
        for row in await pool.fetch(SQL.codes_by_number, list(numbers), received_at)
    } | {
        row["provider_id"]: make_tag(row["cell"], row["notice_id"], row["attempt"])
        for row in await pool.fetch(SQL.attempts_by_number, list(numbers), received_at)
    }
    named = [one if _is_ours(one.tag) else replace(one, tag=tags.get(one.provider_id)) for one in receipts]
    return named, sum(one.tag is None for one in named)


def _is_ours(tag: str | None) -> bool:
    return any(read(tag) is not None for read in (read_tag, read_canary_tag, read_code_tag))


def pause_before_next_look(tries: int) -> float | None:
    """Seconds until a body with an unknown number is read again: its answer may not be recorded yet. None: enough."""
    return float(2**tries) if tries < _MOST_ROUNDS else None


def problem_of(unread: Mapping[str, int], unknown: int) -> str | None:
    """Why a person may look at a body that is kept; None: all of it was understood.

    `unread`: kind of part → how many say nothing we understand; `unknown`: receipts of messages that are not ours.
    """
    said = [f"{count} × {kind} not understood" for kind, count in unread.items()]
    said += [f"{unknown} receipts of messages that are not known here"] if unknown else []
    return "; ".join(said) or None
