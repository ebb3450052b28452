"""Inline SVG for the report: reliability of the probability, and what damage does to the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from cakra.plates.measuring.robustness import UNITS

_SIDE, _EDGE = 260, 44
_PANEL_WIDTH, _PANEL_HEIGHT, _PANEL_EDGE = 270, 160, 48
_TITLES = {
    "height": "Plate height",
    "motion": "Motion blur",
    "darkness": "Darkness",
    "glare": "Glare",
    "tilt": "Tilt",
}


def reliability_chart(rows: Sequence[Mapping[str, Any]]) -> str:
    """What was said against what was right, a dot a bin with its 95 % interval; empty for no rows."""
    if not rows:
        return ""
    wide = _SIDE + _EDGE + 16
    parts = [_open(wide, wide, "Reliability: the share that was right against the probability that was said")]
    for step in range(6):
        value = step / 5
        x, y = _EDGE + value * _SIDE, 8 + (1 - value) * _SIDE
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="8" x2="{x:.1f}" y2="{8 + _SIDE}"/>')
        parts.append(f'<line class="grid" x1="{_EDGE}" y1="{y:.1f}" x2="{_EDGE + _SIDE}" y2="{y:.1f}"/>')
        parts.append(_text(x, 8 + _SIDE + 16, f"{value:.1f}", "middle"))
        parts.append(_text(_EDGE - 6, y + 4, f"{value:.1f}", "end"))
    parts.append(f'<line class="ideal" x1="{_EDGE}" y1="{8 + _SIDE}" x2="{_EDGE + _SIDE}" y2="8"/>')
    for row in rows:
        x, y = _EDGE + row["said"] * _SIDE, 8 + (1 - row["right"]) * _SIDE
        low, high = (8 + (1 - end) * _SIDE for end in row["right_interval"])
        told = f"said {row['said']:.3f}, right {row['right']:.3f} of {row['images']}"
        parts.append(f'<line class="interval" x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}"/>')
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5"><title>{escape(told)}</title></circle>')
    parts.append(_text(_EDGE + _SIDE / 2, wide - 2, "probability said", "middle"))
    return "".join([*parts, "</svg>"])


def robustness_chart(
    damages: Mapping[str, Sequence[Mapping[str, Any]]], before: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
) -> str:
    """One panel a damage: the shares read exactly and accepted from mild to severe; dashed: an earlier run."""
    panels = [name for name, rows in damages.items() if any(row["images"] for row in rows)]
    step = _PANEL_WIDTH + _PANEL_EDGE + 14
    across = 3
    high = _PANEL_HEIGHT + 58
    down = -(-len(panels) // across)
    parts = [_open(across * step, down * high, "Robustness: shares read exactly and accepted under each damage")]
    for place, name in enumerate(panels):
        left, top = (place % across) * step + _PANEL_EDGE, (place // across) * high + 24
        parts.append(f'<g transform="translate({left} {top})">')
        parts.append(_panel(name, damages[name], (before or {}).get(name)))
        parts.append("</g>")
    return "".join([*parts, "</svg>"])


def _panel(name: str, rows: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]] | None) -> str:
    parts = [_text(0, -9, f"{_TITLES.get(name, name)}, {UNITS[name]}", "start", "title")]
    for share in (0.0, 0.5, 1.0):
        y = (1 - share) * _PANEL_HEIGHT
        parts.append(f'<line class="grid" x1="0" y1="{y:.1f}" x2="{_PANEL_WIDTH}" y2="{y:.1f}"/>')
        parts.append(_text(-5, y + 4, f"{share:.0%}", "end"))
    places = {row["amount"]: _PANEL_WIDTH * index / max(1, len(rows) - 1) for index, row in enumerate(rows)}
    parts += [_text(x, _PANEL_HEIGHT + 15, f"{amount:g}", "middle") for amount, x in places.items()]
    for figure in ("exact", "accepted"):
        parts.append(_line(before or (), places, figure, f"{figure} before"))
        parts.append(_line(rows, places, figure, figure, dots=True))
    for row in rows:
        if row["wrongly_accepted_images"]:
            x = places[row["amount"]]
            told = f"{row['wrongly_accepted_images']} wrongly"
            parts.append(f'<path class="wrong" d="M{x - 5:.1f} -5l10 10m0 -10l-10 10"><title>{told}</title></path>')
    return "".join(parts)


def _line(
    rows: Sequence[Mapping[str, Any]], places: Mapping[float, float], figure: str, style: str, *, dots: bool = False
) -> str:
    points = [
        (places[row["amount"]], (1 - row[figure]) * _PANEL_HEIGHT, row)
        for row in rows
        if row["amount"] in places and row[figure] is not None
    ]
    if not points:
        return ""
    drawn = f'<polyline class="line {style}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)}"/>'
    if not dots:
        return drawn
    return drawn + "".join(
        f'<circle class="dot {style}" cx="{x:.1f}" cy="{y:.1f}" r="3.5">'
        f"<title>{row['amount']:g}: {figure} {row[figure]:.1%} of {row['images']}</title></circle>"
        for x, y, row in points
    )


def _open(width: float, height: float, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(label)}">'
    )


def _text(x: float, y: float, text: str, anchor: str, style: str = "tick") -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
