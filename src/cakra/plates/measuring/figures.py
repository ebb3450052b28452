"""From measured photographs to figures: shares with intervals, reliability of the probability, cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import inf, isfinite
from typing import Any

from cakra.core.shares import wilson
from cakra.plates.measuring.measure import Tried

BINS = 10
"""Of the reliability table, with equally many photographs each."""


def summary(tried: Sequence[Tried]) -> dict[str, Any]:
    """Everything that one run over the photographs says; shares are of 1, times CPU milliseconds of one thread."""
    kinds = sorted({one.sample.kind for one in tried})
    groups = {kind: [one for one in tried if one.sample.kind == kind] for kind in kinds}
    groups["motorcycle"] = [one for one in tried if one.sample.motorcycle]
    return {
        **shares(tried),
        "by_kind": {kind: shares(group) for kind, group in groups.items()},
        "suffix_oq": shares([one for one in tried if one.sample.has_twin_letters]),
        "suffix_without_oq": shares([one for one in tried if not one.sample.has_twin_letters]),
        "held_back": dict(Counter(one.verdict.key for one in tried if not one.accepted).most_common()),
        "at_zero_wrong_acceptances": at_zero_wrong_acceptances(tried),
        "calibration_error": calibration_error(reliability(tried)),
        "reliability": reliability(tried),
        **cost(tried),
    }


def shares(tried: Sequence[Tried]) -> dict[str, Any]:
    """How much was read exactly, accepted at the product's thresholds, and accepted wrongly."""
    count = len(tried)
    accepted, exact = sum(one.accepted for one in tried), sum(one.exact for one in tried)
    letters = sum(len(one.sample.plate.text) for one in tried)
    wrong = sum(edits(one.read, one.sample.plate.text) for one in tried)
    mistaken = sum(bool(one.wrongly_accepted) for one in tried)
    return {
        "images": count,
        "exact_match": exact / count if count else None,
        "exact_match_interval": wilson(exact, count),
        "character_error": wrong / letters if letters else None,
        "accepted_share": accepted / count if count else None,
        "accepted_share_interval": wilson(accepted, count),
        "wrongly_accepted_images": mistaken,
        "wrongly_accepted_images_interval": wilson(mistaken, count),
        "wrong_claims": sum(len(one.wrong) for one in tried),
        "wrong_claims_accepted": sum(len(one.wrongly_accepted) for one in tried),
    }


def at_zero_wrong_acceptances(tried: Sequence[Tried]) -> dict[str, Any]:
    """The lowest threshold at which no wrong claim of these photographs is accepted, and what it would accept.

    Swept after the fact, over the product's own score and all its other conditions: it says what the score is
    worth, never what to set. `score_above` is null when no wrong claim is accepted at any threshold.
    """
    highest = max((claim.score for one in tried for claim in one.wrong), default=-inf)
    accepted = sum(one.claim.score > highest for one in tried)
    return {
        "score_above": highest if isfinite(highest) else None,
        "accepted_share": accepted / len(tried) if tried else None,
        "accepted_share_interval": wilson(accepted, len(tried)),
    }


def reliability(tried: Sequence[Tried]) -> list[dict[str, Any]]:
    """What was read in ten equally full bins: the mean probability said, and the share that was right."""
    said = sorted((one.read_probability, one.exact) for one in tried if one.read_probability is not None)
    edges = [place * len(said) // BINS for place in range(BINS + 1)]
    table = []
    for start, end in pairwise(edges):
        part = said[start:end]
        if not part:
            continue
        right = sum(exact for _, exact in part)
        table.append(
            {
                "images": len(part),
                "said": sum(value for value, _ in part) / len(part),
                "right": right / len(part),
                "right_interval": wilson(right, len(part)),
            }
        )
    return table


def calibration_error(table: Sequence[dict[str, Any]]) -> float | None:
    """Expected calibration error: the mean distance between what was said and what was right (Naeini et al. 2015)."""
    images = sum(row["images"] for row in table)
    return sum(row["images"] * abs(row["said"] - row["right"]) for row in table) / images if images else None


def cost(tried: Sequence[Tried]) -> dict[str, Any]:
    """Milliseconds a decision, and the ratio to the bare models run as often on the same plates."""
    ran = [one for one in tried if one.inference_ms > 0]
    bare = sum(one.inference_ms for one in ran)
    return {
        "ms_per_decision": sum(one.ms for one in tried) / len(tried) if tried else None,
        "ms_ratio_to_inference": sum(one.ms for one in ran) / bare if bare else None,
    }


def edits(read: str, truth: str) -> int:
    """Levenshtein distance, for the character error rate."""
    row: Iterable[int] = range(len(truth) + 1)
    for place, char in enumerate(read, start=1):
        before, current = list(row), [place]
        for index, true in enumerate(truth, start=1):
            change = before[index - 1] + (char != true)
            current.append(min(before[index] + 1, current[-1] + 1, change))
        row = current
    return list(row)[-1]
