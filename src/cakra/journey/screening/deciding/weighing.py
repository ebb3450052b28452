"""The plate decision of a passage: the photographs of each sighting, and of all together, weighed with the register."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cakra.core.law.vehicle import PlateColour, VehicleKind
from cakra.journey.screening.checking.facts import plate_shape, seen_colour, seen_kind
from cakra.plates.decision.prior import Registered, Registry
from cakra.plates.decision.rules import PlateOutcome, PlateVerdict, decide, rivals_of, weigh
from cakra.plates.decision.terms import DecisionTerms
from cakra.plates.reading import PlateReading
from cakra.store.db import Row

Readings = Sequence[PlateReading]


def spellings(cases: Sequence[Readings], terms: Sequence[DecisionTerms]) -> list[str]:
    """Every plate whose being registered or not matters to some case: one question to the register for all of them.

    `terms`: each case's own.
    """
    weighed = [weigh(readings, own) for readings, own in zip(cases, terms, strict=True)]
    return sorted({text for one in weighed if one is not None for text in rivals_of(one)})


def known_plates(asked: Collection[str], rows: Sequence[Row]) -> Registry:
    """The register's answer; what a camera saw is added a case (`as_seen`)."""
    known = {
        row["plate"]: Registered(VehicleKind(row["vehicle_kind"]), PlateColour(row["plate_colour"])) for row in rows
    }
    return Registry(frozenset(asked), known)


def as_seen(registry: Registry, records: Sequence[str]) -> Registry:
    """The register's answer beside what the camera says of vehicle and plate in the first of its JSON records."""
    record: Mapping[str, Any] = json.loads(records[0]) if records else {}
    return Registry(registry.asked, registry.known, seen_kind(record), seen_colour(record))


def decided(sightings: Sequence[Readings], terms: DecisionTerms, registry: Registry) -> list[PlateVerdict | None]:
    """A decision for each sighting of one passage, None where nothing could be looked at.

    All photographs of the passage are weighed together; but a sighting that by itself contradicts the claim says so.
    """
    kind = plate_shape(registry.kind)
    every = [reading for readings in sightings for reading in readings]
    together = decide(every, terms, registry, kind) if every else None
    alone = [decide(readings, terms, registry, kind) if readings else None for readings in sightings]
    return [one if one is None or one.outcome is PlateOutcome.MISMATCH else together for one in alone]
