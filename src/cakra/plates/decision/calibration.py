"""What fitting found: how much each reader's word counts, and how wrong claims score. Pure data, written as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from hashlib import sha256
from math import isfinite
from typing import Any

from cakra.core.errors import InputError

OWN, GENERIC, BOTH = "own", "generic", "both"
CAR, MOTORCYCLE = "car", "motorcycle"
_FORMAT = 3
"""Raised, too, when the readers say other numbers with the same models: what was fitted before is then refused."""
PLAIN_HEIGHT_PX, PLAIN_SHARPNESS = 20.0, 80.0
"""A plate smaller or less sharp (`straighten.Quality`) is never accepted, so it says nothing of those that are."""


def is_plain(height_px: float, sharpness: float) -> bool:
    """Whether a picture is good enough for a decision by the machine: calibrations are fitted on such only."""
    return height_px >= PLAIN_HEIGHT_PX and sharpness >= PLAIN_SHARPNESS


@dataclass(frozen=True, slots=True)
class Tail:
    """How the best wrong claim of a plate scored: the upper end, highest first, of so many plates.

    A score is a log Bayes factor (`Posterior.factor`). The claims are all those one character away, so this is the
    worst that a camera can claim, not the average.
    """

    plates: int
    highest: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """Fitted once, before any decision; a decision keeps its hash."""

    weights: Mapping[str, float]
    """Reader → exponent of its likelihood."""
    temperature: Mapping[str, float]
    """Which readers spoke (`own`, `generic`, `both`) → divisor of the summed log-likelihoods."""
    lapse: float
    """In this share of photographs what the readers say means nothing: no plate can be ruled out by them alone."""
    unseen_share: float
    """The share of what a reader gives to all plates that were not scored which speaks for one of them."""
    damping: float
    """n photographs of one passage count as n ** (1 - damping): they share camera, light and dirt."""
    tails: Mapping[str, Tail]
    """`car` and `motorcycle` → their wrong claims."""
    fitted_on: str
    plates: int
    error_before: float
    """Expected calibration error of the readers as they are, and (`error_after`) held out, after fitting."""
    error_after: float
    models: Mapping[str, str] = field(default_factory=dict)
    """`own`, `generic`, `finder` → SHA-256 of the model that was fitted; empty where none was."""

    @property
    def name(self) -> str:
        """What it was fitted on, for people."""
        return f"{self.fitted_on} ({self.plates})"

    @cached_property
    def sha256(self) -> str:
        """Of its content, for records; it names the models, too."""
        return sha256(self.written().encode()).hexdigest()

    def written(self) -> str:
        """As JSON; `read` is its inverse."""
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=1) + "\n"


def read(text: str, source: str) -> Calibration:
    """Parse and check a calibration; InputError names the file `source`, what is wrong in it and what to do."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _wrong(source, f"it is not JSON ({error})") from error
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise _wrong(source, f"it is no calibration of format {_FORMAT}")
    told = {name: value for name, value in found.items() if name != "format"}
    names = {one.name for one in fields(Calibration)}
    if missing := sorted(names - told.keys()):
        raise _wrong(source, f"it lacks {missing[0]}")
    if unknown := sorted(told.keys() - names):
        raise _wrong(source, f"it has an unknown entry {unknown[0]}")
    try:
        tails = {
            kind: Tail(int(one["plates"]), tuple(map(float, one["highest"]))) for kind, one in told["tails"].items()
        }
        made = Calibration(**{**told, "tails": tails})
        _check(made, source)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _wrong(source, f"an entry has the wrong shape ({error})") from error
    return made


def _check(made: Calibration, source: str) -> None:
    numbers: dict[str, Any] = {
        **{f"weights.{name}": value for name, value in made.weights.items()},
        **{f"temperature.{name}": value for name, value in made.temperature.items()},
    }
    for name, value in numbers.items():
        if not (isfinite(value) and value > 0):
            raise _wrong(source, f"{name} is {value}, but must be above zero")
    if {OWN, GENERIC, BOTH} - made.temperature.keys() or {OWN, GENERIC} - made.weights.keys():
        raise _wrong(source, "weights need own and generic, temperature also both")
    for name in ("lapse", "unseen_share", "damping"):
        if not 0 <= getattr(made, name) <= 1:
            raise _wrong(source, f"{name} is {getattr(made, name)}, but must lie in 0..1")
    if made.lapse <= 0:
        raise _wrong(source, "lapse is 0, but no reader is always right")
    for kind in (CAR, MOTORCYCLE):
        tail = made.tails.get(kind)
        if tail is None or not tail.highest or len(tail.highest) > tail.plates:
            raise _wrong(source, f"tails.{kind} must hold between one score and as many as it has plates")
        if list(tail.highest) != sorted(tail.highest, reverse=True) or not all(map(isfinite, tail.highest)):
            raise _wrong(source, f"tails.{kind}.highest must be numbers, highest first")


def _wrong(source: str, what: str) -> InputError:
    return InputError(
        f"The plate calibration {source} cannot be used: {what}. Make it with `cakra plates calibrate`.",
        code="calibration_wrong",
    )
