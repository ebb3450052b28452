"""From findings to a verdict, by the automation policy in force. Pure. Source: design, section 6."""

from collections.abc import Sequence
from enum import StrEnum

from cakra.core.policy.automation import Mode
from cakra.core.states.case import Finding

# Checks that speak of one offence of the passage, not of its evidence.
_OF_ONE_OFFENCE = frozenset({"offence_rule", "exemption", "duplicate"})
# Findings that leave the case to an officer whatever else was found: a camera that is no longer believed, the sample.
_OFFICERS = frozenset({"camera_watch", "audit"})


class Verdict(StrEnum):
    """What becomes of the case."""

    ACCEPT = "accept"
    REVIEW = "review"
    REJECT = "reject"
    DIVERT = "divert"


def strictest(modes: Sequence[Mode]) -> Mode:
    """Of several offences' modes, the one that asks most of people."""
    order = (Mode.HUMAN, Mode.HYBRID, Mode.AUTO)
    return next(mode for mode in order if mode in modes) if modes else Mode.HUMAN


def judge(findings: Sequence[Finding], mode: Mode, offences: int) -> Verdict:
    """The verdict; with several offences one that failed or is on file already leaves the rest to an officer."""
    said = {finding.verdict for finding in findings}
    if "divert" in said:
        return Verdict.DIVERT
    if mode is Mode.HUMAN or any(finding.check in _OFFICERS for finding in findings):
        return Verdict.REVIEW
    if "fail" in said:
        of_one_offence = {finding.check for finding in findings if finding.verdict == "fail"} <= _OF_ONE_OFFENCE
        return Verdict.REVIEW if offences > 1 and of_one_offence else Verdict.REJECT
    if "doubt" in said or ("caution" in said and mode is Mode.HYBRID):
        return Verdict.REVIEW
    return Verdict.ACCEPT
