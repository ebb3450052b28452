"""Why a photograph was held back, and what would change that, in plain words for the engineer's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cakra.plates.measuring.measure import Tried

_PICTURE = {
    "no_plate": "A plate box from the camera, or a photograph with the plate larger and in full view.",
    "too_small": "A closer photograph: the letters of this one are too small.",
    "illegible": "Another photograph of the same passage in which letters stand out.",
    "foreign": "An officer who sees whose plate it is; a nearer photograph.",
    "no_plate_of_ours": "An officer who sees whose plate it is.",
    "several": "The plate's box from the camera, or a photograph of one vehicle.",
    "no_series": "An officer who sees that the plate carries no series letters.",
    "partial": "A photograph that shows the whole number line.",
    "contradicted": "Nothing in this photograph: it shows another plate. If the label is right, this is a misreading.",
}


def why(one: Tried) -> str:
    """The decision's own sentence."""
    if one.wrongly_accepted:
        return "Accepted for a wrong claim: " + ", ".join(claim.text for claim in one.wrongly_accepted)
    return one.verdict.reason


def would_change(one: Tried) -> str:
    """What another photograph, or the register, would have to say for the true claim to be accepted."""
    if one.accepted:
        return "–"
    if one.verdict.key in _PICTURE:
        return _PICTURE[one.verdict.key]
    changes: Sequence[Mapping[str, Any]] = one.verdict.facts.get("would_change", ())
    return " ".join(_change(change) for change in changes) or "An officer's look."


def _change(change: Mapping[str, Any]) -> str:
    if change["by"] == "register":
        return f"The register: if {change['absent']} is not registered, the claim stands."
    if pairs := [f"{one} from {other}" for one, other in change.get("tells", ())]:
        return f"A photograph that tells {' and '.join(pairs)}."
    return "A clearer photograph."
