"""Whether a probability means what it says: right nine times in ten where it says 0.9."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from cakra.core.shares import wilson

_BINS = 10


def reliability(said: Iterable[tuple[float, bool]]) -> list[dict[str, Any]]:
    """From (probability, whether it was right): ten equally full bins, the mean said in each, and the share right."""
    ordered = sorted(said)
    edges = [place * len(ordered) // _BINS for place in range(_BINS + 1)]
    table = []
    for start, end in pairwise(edges):
        part = ordered[start:end]
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
