"""The rows that a screening leaves: findings and readings, what they were decided under, derived pictures."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cakra.core.policy.automation import Mode
from cakra.core.states.case import Case, Finding, Record
from cakra.journey.screening.checking.facts import Passage
from cakra.journey.screening.look import Seen
from cakra.journey.screening.rules import Verdict
from cakra.kit.ids import new_id
from cakra.plates.decision.rules import PlateVerdict
from cakra.plates.reading import PlateReading


def screening_row(  # noqa: PLR0917 - one row, six sources
    case: Case,
    passage: Passage,
    findings: Sequence[Finding],
    under: tuple[Mode, str],
    verdict: Verdict,
    at: datetime,
) -> Record:
    """The row of `screening`. `under`: the mode of automation, and the names of the editions that decided."""
    told = [
        {"check": f.check, "verdict": f.verdict, "words_id": f.words_id, "words_en": f.words_en, "facts": dict(f.facts)}
        for f in findings
    ]
    readings = [
        _reading_row(sighting.camera.code, reading, said)
        for sighting in passage.sightings
        for reading, said in zip(sighting.readings, sighting.verdicts, strict=True)
    ]
    values = {
        "screening_id": new_id(),
        "at": at,
        "verdict": verdict.value,
        "policy": under[0].value,
        "editions": under[1],
        "findings": json.dumps(told, ensure_ascii=False),
        "readings": json.dumps(readings, ensure_ascii=False),
        "model_hash": readings[0]["model"] if readings else "none",
    }
    return Record("screening", case.cell, case.case_id, values)


def _reading_row(camera: str, reading: PlateReading, said: PlateVerdict) -> dict[str, Any]:
    box = reading.box
    return {
        "camera": camera,
        "outcome": said.outcome.value,
        "key": said.key,
        "text": reading.text,
        "rival": next((text for text, _ in said.facts.get("rivals", ())), None),
        "claim": reading.claim,
        "margin": said.facts.get("score"),
        "probability": said.facts.get("probability"),
        "height_px": round(reading.height_px, 1),
        "sharpness": round(reading.sharpness, 1),
        "box": [box.x1, box.y1, box.x2, box.y2] if box else None,
        "ms": round(reading.ms, 1),
        "model": reading.model_hash,
    }


def derived_rows(case: Case, seen: Seen, at: datetime) -> tuple[Record, ...]:
    """The rows of `derived_picture`."""
    return tuple(
        Record(
            "derived_picture",
            case.cell,
            case.case_id,
            {
                "kind": picture.kind,
                "sha256": picture.sha256,
                "parent_sha256": picture.parent_sha256,
                "recipe": picture.recipe,
                "made_at": at,
            },
        )
        for picture in seen.derived
    )
