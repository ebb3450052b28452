"""What a computed rule says of one passage."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LawFinding:
    """`violates` is None where the rule cannot be computed: an officer decides."""

    violates: bool | None
    reason_id: str
    reason_en: str


def weigh(findings: Iterable[LawFinding]) -> LawFinding:
    """All conditions of an offence together: one that fails acquits, else one unknown leaves it open.

    The reasons of the deciding condition are kept; when all hold, the last one's.
    """
    held = list(findings)
    for wanted in (False, None):
        for finding in held:
            if finding.violates is wanted:
                return finding
    return held[-1]
