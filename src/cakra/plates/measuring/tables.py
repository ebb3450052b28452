"""The figures as tables for people: a title, columns and rows of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cakra.plates.measuring.robustness import UNITS

AT_ZERO = "accepted at zero wrong acceptances"


@dataclass(frozen=True, slots=True)
class Table:
    """One table, ready for a terminal or a page."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(figures: Mapping[str, Any]) -> Iterator[Table]:
    """The groups, the probability, the robustness (if measured), and what is told once."""
    yield _groups(figures)
    yield _reliability(figures)
    if "robustness" in figures:
        yield _robustness(figures["robustness"])
    yield _once(figures)


def _groups(figures: Mapping[str, Any]) -> Table:
    named = {
        "all": figures,
        **figures["by_kind"],
        "scene, no box given": figures["scenes_without_box"],
        "motorcycle, no box given": figures["scenes_without_box"]["motorcycle"],
        "series with O or Q": figures["suffix_oq"],
        "series without": figures["suffix_without_oq"],
    }
    rows = [
        (
            name,
            str(group["images"]),
            share(group["exact_match"], group["exact_match_interval"]),
            share(group["character_error"]),
            share(group["accepted_share"], group["accepted_share_interval"]),
            _at_zero(group),
            f"{group['wrongly_accepted_images']}",
            f"{group['wrong_claims_accepted']} of {group['wrong_claims']}",
        )
        for name, group in named.items()
        if group["images"]
    ]
    columns = (
        "plates",
        "images",
        "read exactly",
        "characters wrong",
        "accepted",
        AT_ZERO,
        "wrongly",
        "wrong claims accepted",
    )
    return Table("Plates", columns, tuple(rows))


def _at_zero(group: Mapping[str, Any]) -> str:
    zero = group["at_zero_wrong_acceptances"]
    return share(zero["accepted_share"], zero["accepted_share_interval"])


def _reliability(figures: Mapping[str, Any]) -> Table:
    rows = tuple(
        (str(row["images"]), f"{row['said']:.4f}", share(row["right"], row["right_interval"]))
        for row in figures["reliability"]
    )
    return Table("Reliability of the probability", ("images", "said", "right"), rows)


def _robustness(robustness: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            damage,
            f"{row['amount']:g} {UNITS[damage]}",
            str(row["images"]),
            share(row["exact"]),
            share(row["accepted"]),
            str(row["wrongly_accepted_images"]),
        )
        for damage, amounts in robustness["damages"].items()
        for row in amounts
    )
    columns = ("damage", "amount", "images", "read exactly", "accepted", "wrongly")
    return Table("Robustness", columns, rows)


def _once(figures: Mapping[str, Any]) -> Table:
    stated = figures["stated_bound"]
    ratio, searching = figures["ms_ratio_to_inference"], figures["scenes_without_box"]["ms_per_decision"]
    error = figures["calibration_error"]
    rows = [
        (AT_ZERO, _at_zero(figures)),
        ("accepted at the stated bound", share(figures["accepted_share"], figures["accepted_share_interval"])),
        *((f"wrong notices, {kind}", _bound(stated, bound)) for kind, bound in stated["kinds"].items()),
        ("expected calibration error", "–" if error is None else f"{error:.4f}"),
        ("ms a decision", f"{figures['ms_per_decision']:.1f}"),
        ("ms a decision, no box given", "–" if searching is None else f"{searching:.1f}"),
        ("ratio to bare inference", "–" if ratio is None else f"{ratio:.2f}"),
        ("held back", _counts(figures["held_back"])),
        ("left out", _counts(figures["left_out"])),
        *((name, digest[:16]) for name, digest in figures["models"].items()),
        (f"calibration {figures['calibration']['name']}", figures["calibration"]["sha256"][:16]),
    ]
    return Table("Told once", ("figure", "value"), tuple(rows))


def _counts(named: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in named.items() if count) or "none"


def _bound(stated: Mapping[str, Any], bound: Mapping[str, Any]) -> str:
    return (
        f"{bound['modelled']:.1e} by model, {bound['carried']:.1e} carried by {bound['plates']} plates; "
        f"asked for {stated['wrong_notices']:.0e}, probability {bound['probability']:.6f}"
    )


def share(value: float | None, interval: tuple[float, float] | None = None) -> str:
    """`87.5 % [79–93]`; a dash for nothing measured."""
    if value is None:
        return "–"
    return f"{value:.1%}" + (f" [{interval[0] * 100:.0f}–{interval[1] * 100:.0f}]" if interval else "")
