"""What is believed before a photograph is seen: how cameras err, and what the register knows. Stated, not fitted.

The claim is evidence too: a camera is wrong in a known share of passages, and then most likely on a plate that looks
like its claim. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import log
from types import MappingProxyType

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


def registry_weight(registry: Registry, text: str, assumed: Assumptions) -> float:
    """Log weight of one plate by what the register knows of it, never above 0; all alike where it was not asked."""
    if text not in registry.asked:
        return unasked_weight(registry, assumed)
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


def unasked_weight(registry: Registry, assumed: Assumptions) -> float:
    """Log weight of a plate that the register was not asked for: what it would say on average."""
    if not registry.asked:
        return 0.0
    return log(assumed.occupied + (1 - assumed.occupied) * assumed.unregistered)


def error_weight(claim: str, truth: str, assumed: Assumptions) -> float:
    """Log share of camera errors that make `truth` into `claim`, all errors being one (O and Q: more, as stated)."""
    if len(claim) == len(truth) and ("O" in claim or "Q" in claim):
        told = [(place, {*pair}) for place, pair in enumerate(zip(claim, truth, strict=True)) if pair[0] != pair[1]]
        if len(told) == 1 and told[0][1] == _TWINS and any(map(str.isdigit, claim[: told[0][0]])):
            return log(assumed.struck_o)
    return -log(assumed.rivals)
