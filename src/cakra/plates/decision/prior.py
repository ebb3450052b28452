"""What is believed before a photograph is seen: how cameras err, and what the register knows. Stated, not fitted.

The claim is evidence too: a camera is wrong in a known share of passages, and then most likely on a plate that looks
like its claim. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import log
from string import ascii_uppercase
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from cakra.core.identifiers.regions import REGIONS
from cakra.core.law.vehicle import PlateColour, VehicleKind

_TWINS = {"O", "Q"}
_DARK_OR_WHITE = frozenset({PlateColour.BLACK, PlateColour.WHITE})


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Numbers believed, each with its ground."""

    camera_error_rate: float = 0.042
    """Share of wrong claims. 10 of 240 plates labelled by people were wrong; cameras are taken to be no better."""
    rivals: float = 10.0
    """When a camera errs, it errs on the very pixels that we read: its error is a plate that looks like the claim
    there, one of about so many, and the picture alone says which. A table of look-alikes would be heard twice."""
    struck_o: float = 7.6
    """O for Q or Q for O in a series, against all other errors together: a general reader had 0.646 of such plates
    right and 0.954 of others, which is an error in 0.32 of them, 7.6 times the rate above."""
    far: float = 1e-5
    """Each plate that no reader thought of: a box on another vehicle."""
    unregistered: float = 0.01
    """A plate that the register does not know against one that it knows: new, foreign to the register, or false."""
    occupied: float = 0.1
    """Share of spellings that some vehicle has: what a plate that nobody asked the register for may expect of it.
    Jakarta's four digits and three letters spell 160 million plates, for some twenty million vehicles."""
    kind_differs: float = 0.05
    """A motorcycle's plate on what the camera saw as a car, or the reverse."""
    colour_differs: float = 0.2
    """The register's plate colour is another than the camera's (black and white are both in use and count as one)."""
    home: frozenset[str] = frozenset()
    """Region codes of the plates that mostly pass here; empty: traffic is national, all regions weigh alike."""
    away: float = 0.1
    """A claimed plate of any other region against a rival of `home`."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register says of a plate."""

    kind: VehicleKind = VehicleKind.UNKNOWN
    colour: PlateColour = PlateColour.UNKNOWN


@dataclass(frozen=True, slots=True)
class Registry:
    """The register's answer about some plates: `asked` and not in `known` is not registered.

    `kind` and `colour` are what the camera saw. A plate that was not asked for weighs what the register would say of
    it on average.
    """

    asked: AbstractSet[str] = frozenset()
    known: Mapping[str, Registered] = field(default_factory=lambda: MappingProxyType({}))
    kind: VehicleKind = VehicleKind.UNKNOWN
    colour: PlateColour = PlateColour.UNKNOWN

    def telling(self, claim: str, rival: str) -> Registry:
        """The same, asked for both: the rival does not exist, and the claim does unless it is known not to."""
        known = {one: told for one, told in self.known.items() if one != rival}
        if claim not in self.asked:
            known[claim] = Registered()
        return Registry(frozenset({*self.asked, claim, rival}), known, self.kind, self.colour)


NOT_ASKED = Registry()


def registry_weights(registry: Registry, texts: Sequence[str], assumed: Assumptions) -> npt.NDArray[np.float64]:
    """Log weight of each plate by what the register knows of it, and last of all others; never above 0.

    A plate that the register was not asked for weighs what it would say on average; all weigh 0 where it was asked
    for none.
    """
    if not registry.asked:
        return np.zeros(len(texts) + 1)
    unasked = log(assumed.occupied + (1 - assumed.occupied) * assumed.unregistered)
    known = [_known_weight(registry, text, assumed) if text in registry.asked else unasked for text in texts]
    return np.array([*known, unasked])


def region_weights(texts: Sequence[str], assumed: Assumptions, claim: str | None) -> npt.NDArray[np.float64]:
    """Log weight of each plate by its region, and last of all others (as if at home); plates without one weigh 0.

    No rival weighs less than the claim: a region makes the claim of a visitor harder, never a local one easier, for the
    visitor who was misread would pay for that.
    """
    weights = np.zeros(len(texts) + 1)
    if not assumed.home or (claim is not None and not _is_away(claim, assumed)):
        return weights
    weights[:-1] = [log(assumed.away) if _is_away(text, assumed) else 0.0 for text in texts]
    return weights


def _is_away(text: str, assumed: Assumptions) -> bool:
    region = text[: len(text) - len(text.lstrip(ascii_uppercase))]
    return region in REGIONS and region not in assumed.home


def _known_weight(registry: Registry, text: str, assumed: Assumptions) -> float:
    told = registry.known.get(text)
    if told is None:
        return log(assumed.unregistered)
    weight = 0.0
    if VehicleKind.UNKNOWN not in {told.kind, registry.kind}:
        rides = VehicleKind.MOTORCYCLE in {told.kind, registry.kind}
        weight += log(assumed.kind_differs) if rides and told.kind is not registry.kind else 0.0
    if PlateColour.UNKNOWN not in {told.colour, registry.colour}:
        alike = told.colour is registry.colour or {told.colour, registry.colour} <= _DARK_OR_WHITE
        weight += 0.0 if alike else log(assumed.colour_differs)
    return weight


def error_weights(claim: str, truths: Sequence[str], assumed: Assumptions) -> npt.NDArray[np.float64]:
    """Log share of camera errors that make each of `truths` into `claim`, and last any other plate.

    All errors are alike, but for O and Q in a series (more, as stated).
    """
    weights = np.full(len(truths) + 1, -log(assumed.rivals))
    weights[-1] = log(assumed.far)
    for place, truth in enumerate(truths) if "O" in claim or "Q" in claim else ():
        if _is_struck_twin(claim, truth):
            weights[place] = log(assumed.struck_o)
    return weights


def _is_struck_twin(claim: str, truth: str) -> bool:
    if len(claim) != len(truth):
        return False
    told = [(place, {*pair}) for place, pair in enumerate(zip(claim, truth, strict=True)) if pair[0] != pair[1]]
    return len(told) == 1 and told[0][1] == _TWINS and any(map(str.isdigit, claim[: told[0][0]]))
