"""What an attempt cost, corrected by what its receipts say: free messages, and those charged only once delivered.

The estimate is written with the provider's answer (`record_attempts`); here only what changes is written, in one
statement a set, with its entry in the books. So an attempt and the books can never disagree.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cakra.core.delivery.tariff import FREE, ChannelTariff
from cakra.core.ports import PROOF_ORDER, Receipt, SendState
from cakra.store.db import Connection, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.costs")

Key = tuple[int, int, int]
"""Cell, notice id, attempt."""


async def correct_costs(
    connection: Connection,
    tariffs: Mapping[str, ChannelTariff],
    told: Iterable[tuple[Key, str, Receipt]],
    known: Mapping[Key, Row],
) -> int:
    """Write what these receipts change; how many attempts.

    `told`: key, channel, receipt; `known`: the locked attempt by key (attempt_state, proof, cost, billable,
    intended_at), as it was before these receipts.
    """
    receipts: dict[Key, list[Receipt]] = {}
    channels: dict[Key, str] = {}
    for key, channel, receipt in told:
        receipts.setdefault(key, []).append(receipt)
        channels[key] = channel
    rows = []
    for key, said in receipts.items():
        row, channel = known[key], channels[key]
        cost, billable = _settled(row, said, tariffs.get(channel, FREE))
        if (cost, billable) != (row["cost"], row["billable"]):
            rows.append((*key, channel, cost, billable))
    if rows:
        await connection.execute(SQL.correct_costs, *(list(column) for column in zip(*rows, strict=True)))
    return len(rows)


def _settled(row: Row, said: Sequence[Receipt], tariff: ChannelTariff) -> tuple[int | None, bool | None]:
    """Cost and the provider's word after these receipts, whatever their order; free once is free for ever."""
    words = {row["billable"], *(receipt.billable for receipt in said)}
    billable = False if False in words else True if True in words else None
    proofs = [row["proof"], *(receipt.state.value for receipt in said)]
    furthest = max(proofs, key=lambda proof: PROOF_ORDER.get(proof or "", 0))
    intended: datetime = row["intended_at"]
    taken = row["attempt_state"] == SendState.ACCEPTED.value
    return tariff.cost(row["cost"], intended, taken=taken, proof=furthest, billable=billable), billable
