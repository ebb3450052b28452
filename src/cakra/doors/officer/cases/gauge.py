"""A reading against the camera's claim, in words and as a place on a scale. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cakra.doors.words import N_

# The scale shown runs from -12 to +12 log units; what lies beyond stands at its end.
_END = 12.0
_SURE, _AGAINST = 4.0, -4.0
WIDTH = 240
_UNREAD = N_("Pelat pada foto tidak terbaca.")
_NO_CLAIM = N_("Kamera tidak memberi pelat yang sah; foto dibaca tersendiri.")
_OUTCOMES: Mapping[str, tuple[str, str]] = {
    "accept": ("ok", N_("Foto mendukung pelat dari kamera dengan jelas.")),
    "review": ("wait", N_("Foto belum memastikan: pelat lain hampir sama mungkin.")),
    "mismatch": ("bad", N_("Foto lebih cocok dengan pelat lain.")),
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """One reading. `words` is a text to translate with claim, text and rival; `x` a place from 0 to WIDTH."""

    camera: str
    claim: str | None
    text: str | None
    rival: str | None
    margin: float | None
    x: float | None
    kind: str
    words: str
    height_px: float | None
    sharpness: float | None


def gauge_of(reading: Mapping[str, Any]) -> Gauge:
    """What an officer needs of one reading as screening kept it."""
    # A decision with a probability is explained by it; its score has no place on the scale of earlier readings.
    weighed = "probability" in reading
    margin = None if weighed else reading.get("margin")
    kind, words = _weighed(reading) if weighed else _words(reading, margin)
    x = None if margin is None else round((max(-_END, min(_END, margin)) + _END) / (2 * _END) * WIDTH, 1)
    return Gauge(
        camera=reading.get("camera", ""),
        claim=reading.get("claim"),
        text=reading.get("text"),
        rival=reading.get("rival"),
        margin=margin,
        x=x,
        kind=kind,
        words=words,
        height_px=reading.get("height_px"),
        sharpness=reading.get("sharpness"),
    )


def _weighed(reading: Mapping[str, Any]) -> tuple[str, str]:
    """A reading since decisions are probabilities: its own outcome says it."""
    if reading.get("text") is None or reading.get("outcome") == "unreadable":
        return "bad", _UNREAD
    if reading.get("claim") is None:
        return "wait", _NO_CLAIM
    return _OUTCOMES.get(reading.get("outcome", ""), _OUTCOMES["review"])


def _words(reading: Mapping[str, Any], margin: float | None) -> tuple[str, str]:
    if reading.get("text") is None:
        return "bad", _UNREAD
    if margin is None:
        return "wait", _NO_CLAIM
    if margin <= _AGAINST:
        return _OUTCOMES["mismatch"]
    if margin < _SURE:
        return _OUTCOMES["review"]
    return _OUTCOMES["accept"]
