"""Review: an officer decides what the machine could not, once, with a reason, in the officer's own name.

`rules.py` says which decisions are open where and what they do; `step.py` writes one in one transaction; `untold.py`
what becomes of later notices that reached nobody. The officers themselves are `journey/staff`.
"""

from cakra.journey.review.rules import REASONS, Decision, Sending, open_decisions
from cakra.journey.review.step import Asked, DecisionRefused, NotWritten, decide

__all__ = [
    "REASONS",
    "Asked",
    "Decision",
    "DecisionRefused",
    "NotWritten",
    "Sending",
    "decide",
    "open_decisions",
]
