"""How often somebody may be wrong at the portal. Pure. Source: `data/limits.toml`; argued in decision 0032."""

from collections.abc import Iterator
from dataclasses import dataclass

from cakra.core.law.lawtext import Field
from cakra.core.policy.kind import Scope, read_one

FILE = "limits.toml"
_MOST = 1_000_000
_LEAST_PROOFS = 5


@dataclass(frozen=True, slots=True)
class PortalLimits:
    """Wrong answers, in the order of the fields.

    Plates for one reference from one network in an hour; all of one network in an hour; chassis numbers of one case in
    a row from one network; chassis numbers of one case over its life.
    """

    attempts_per_reference: int
    attempts_per_address: int
    proofs_in_a_row: int
    proofs_per_case: int


def parse_limits(text: str) -> PortalLimits:
    """From the text of `limits.toml`; LawDataInvalid with every fault."""
    return read_one(FILE, text, _read)


def _read(document: Field) -> PortalLimits:
    def at_least(key: str, least: int) -> int:
        told = document.number(key, most=_MOST)
        if told is not None and told < least:
            document.fault(f"{key} = {told} is less than {least}")
        return told or least

    return PortalLimits(
        at_least("attempts_per_reference", 1),
        at_least("attempts_per_address", 1),
        at_least("proofs_in_a_row", 1),
        at_least("proofs_per_case", _LEAST_PROOFS),
    )


def check_limits(limits: PortalLimits, _scope: Scope) -> Iterator[str]:
    """What one person may do at most, against what closes a case."""
    if limits.proofs_in_a_row > limits.proofs_per_case:
        yield (
            f"proofs_in_a_row = {limits.proofs_in_a_row} is more than proofs_per_case = {limits.proofs_per_case},"
            " so a case would close before anybody waits"
        )
    if limits.attempts_per_reference > limits.attempts_per_address:
        yield (
            f"attempts_per_reference = {limits.attempts_per_reference} is more than attempts_per_address ="
            f" {limits.attempts_per_address}, which counts the same answers"
        )
