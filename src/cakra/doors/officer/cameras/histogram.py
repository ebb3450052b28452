"""A week's scores against a camera's own reference, as a small picture. Pure; lengths are of the picture's box."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 264.0, 72.0
_GAP = 2.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket of the window; `unread`: the bucket of what could not be read at all."""

    x: float
    y: float
    width: float
    height: float
    unread: bool


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars of the week, the steps of the reference as a path, and how many readings stand behind each."""

    bars: Sequence[Bucket]
    steps: str
    readings: int
    reference: int

    @property
    def box(self) -> str:
        """The picture's own coordinates."""
        return f"0 0 {WIDTH:.0f} {HEIGHT:.0f}"


def histogram_of(window: Sequence[int], reference: Sequence[int]) -> Histogram | None:
    """Both as shares of themselves on one scale; None when neither counted anything."""
    now, before = _shares(window), _shares(reference)
    top = max([*now, *before], default=0.0)
    if not top:
        return None
    width = WIDTH / max(len(now), len(before))
    bars = [
        Bucket(
            round(place * width + _GAP / 2, 1),
            round(HEIGHT * (1 - share / top), 1),
            round(width - _GAP, 1),
            round(HEIGHT * share / top, 1),
            unread=place == 0,
        )
        for place, share in enumerate(now)
        if share
    ]
    return Histogram(bars, _steps(before, top, width), sum(window), sum(reference))


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [count / total for count in counts] if total else []


def _steps(shares: Sequence[float], top: float, width: float) -> str:
    if not shares:
        return ""
    path = [f"M0 {HEIGHT:.1f}"]
    for place, share in enumerate(shares):
        path.append(f"V{HEIGHT * (1 - share / top):.1f}H{(place + 1) * width:.1f}")
    return "".join([*path, f"V{HEIGHT:.1f}"])
