"""From measured photographs to figures: shares with intervals, reliability of the probability, cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import inf, isfinite
from typing import Any

from cakra.core.shares import wilson
from cakra.plates.measuring.measure import Tried
from cakra.plates.measuring.reliability import calibration_error, reliability


def summary(tried: Sequence[Tried]) -> dict[str, Any]:
    """Everything that one run over the photographs says: shares of 1, CPU milliseconds of one thread (least of three).

    Every group has the figures of `given_box`, each computed within the group.
    """
    kinds = sorted({one.sample.kind for one in tried})
    groups = {kind: [one for one in tried if one.sample.kind == kind] for kind in kinds}
    groups["motorcycle"] = [one for one in tried if one.sample.motorcycle]
    return {
        **given_box(tried),
        "by_kind": {kind: given_box(group) for kind, group in groups.items()},
        "suffix_oq": given_box([one for one in tried if one.sample.has_twin_letters]),
        "suffix_without_oq": given_box([one for one in tried if not one.sample.has_twin_letters]),
        "held_back": dict(Counter(one.verdict.key for one in tried if not one.accepted).most_common()),
        "reliability": _reliability(tried),
    }


def without_box(found: Sequence[Tried]) -> dict[str, Any]:
    """The run in which every plate had to be found: its figures, and those of its motorcycles as `motorcycle`."""
    return {**_searched(found), "motorcycle": _searched([one for one in found if one.sample.motorcycle])}


def given_box(tried: Sequence[Tried]) -> dict[str, Any]:
    """The figures of one group, its cost held against the bare models."""
    return {**_worth(tried), **cost(tried)}


def _searched(found: Sequence[Tried]) -> dict[str, Any]:
    """The figures of one group without boxes; no ratio, as the bare models are timed without the search."""
    return {
        **_worth(found),
        "plate_found_share": sum(one.reading.box is not None for one in found) / len(found) if found else None,
        "ms_per_decision": cost(found)["ms_per_decision"],
    }


def _worth(tried: Sequence[Tried]) -> dict[str, Any]:
    """What the decision and its probability are worth.

    With few photographs the calibration error comes out too high: a bin of one is either right or wrong.
    """
    return {
        **shares(tried),
        "at_zero_wrong_acceptances": at_zero_wrong_acceptances(tried),
        "calibration_error": calibration_error(_reliability(tried)),
    }


def _reliability(tried: Sequence[Tried]) -> list[dict[str, Any]]:
    return reliability((one.read_probability, one.exact) for one in tried if one.read_probability is not None)


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

    `tried` alone sets the threshold: of a group, the highest score of a wrong claim within that group, so that
    groups differ in theirs and the share of the whole may be lower than that of each part. Swept after the fact,
    over the product's own score and all its other conditions: it says what the score is worth, never what to set.
    `score_above` is null when no wrong claim is accepted at any threshold.
    """
    highest = max((claim.score for one in tried for claim in one.wrong), default=-inf)
    accepted = sum(one.claim.score > highest for one in tried)
    return {
        "score_above": highest if isfinite(highest) else None,
        "accepted_share": accepted / len(tried) if tried else None,
        "accepted_share_interval": wilson(accepted, len(tried)),
    }


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
