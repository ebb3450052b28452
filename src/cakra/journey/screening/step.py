"""The screening step: gather what is known of a set of passages, look at the photographs, run the checks, judge."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cakra.core.case import Case, Finding, Record
from cakra.core.errors import NotFound, StoreError
from cakra.core.geometry import Box
from cakra.core.journey import State
from cakra.core.law.book import LawBook
from cakra.core.law.exemptions import Exemption
from cakra.core.law.vehicle import PlateColour, VehicleFacts, VehicleKind
from cakra.core.outcome import Outcome, Step
from cakra.core.ports import PhotoStore
from cakra.evidence.mask import View
from cakra.journey.screening.checks import CHECKS, Bench
from cakra.journey.screening.facts import CameraFacts, Passage, Sighting
from cakra.journey.screening.look import Looker, Seen, Shot
from cakra.journey.screening.rules import Policy, Verdict, judge, strictest
from cakra.journey.screening.watched import score_rows
from cakra.journey.screening.weighing import as_seen, decided, known_plates, spellings
from cakra.kit.ids import new_id
from cakra.plates.decision.prior import Registry
from cakra.plates.decision.rules import PlateVerdict, decide
from cakra.plates.decision.terms import DecisionTerms
from cakra.plates.reading import PlateReading
from cakra.store.db import Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.screening")
_MOVES = {
    Verdict.ACCEPT: (State.VALIDATED, "evidence_accepted", Step.OWNERSHIP),
    Verdict.REVIEW: (State.REVIEW, "review_needed", None),
    Verdict.REJECT: (State.REJECTED, "evidence_rejected", None),
    Verdict.DIVERT: (State.DIVERTED, "vehicle_diverted", None),
}


@dataclass(frozen=True, slots=True)
class ScreeningDesk:
    """What the step needs. `looker` None: without photographs and image checks (benchmarks of the rest only)."""

    pool: Pool
    photos: PhotoStore
    law: LawBook
    looker: Looker | None
    terms: DecisionTerms
    min_audited_precision: float
    passage_window_s: float
    audit_one_in: int = 0

    async def run(self, cases: Sequence[Case], at: datetime) -> list[Outcome]:
        """received → validated, review, rejected or diverted, with findings a person can read."""
        known = await Known.gather(self.pool, cases, self.passage_window_s)
        seen = await self._look(cases, known)
        # Derived pictures are durable before the row that names them.
        await self.photos.put_many({picture.sha256: picture.data for one in seen for picture in one.derived})
        asked = spellings([[reading for reading in one.readings if reading] for one in seen], self.terms)
        registry = known_plates(asked, await self.pool.fetch(SQL.known_plates, asked))
        return [self._judge(case, one, known, registry, at) for case, one in zip(cases, seen, strict=True)]

    async def _look(self, cases: Sequence[Case], known: "Known") -> list[Seen]:
        if self.looker is None:
            return [Seen((), ()) for _ in cases]
        return await self.looker.look([await self._shots(case, known) for case in cases])

    async def _shots(self, case: Case, known: "Known") -> list[Shot]:
        shots = []
        for event, row in enumerate(known.events[case.key]):
            record = json.loads(row["record"])
            for photo in _readable(json.loads(row["photos"])):
                try:
                    data = await self.photos.get(bytes.fromhex(photo["sha256"]))
                except (NotFound, StoreError):
                    data = b""  # becomes a finding: the photograph cannot be read
                shots.append(replace(_shot(case, record, photo, data), event=event))
        return shots

    def _judge(self, case: Case, seen: Seen, known: "Known", registry: Registry, at: datetime) -> Outcome:
        passage = self._passage(case, seen, known, registry)
        bench = Bench(self.law, self.min_audited_precision, self.audit_one_in)
        findings = [finding for check in CHECKS for finding in check(passage, bench)]
        policy = strictest([known.policy(case.jurisdiction, offence) for offence in case.offences])
        verdict = judge(findings, policy, len(case.offences))
        state, told, step = _MOVES[verdict]
        reasons = [finding.check for finding in findings if finding.verdict != "ok"]
        records = (
            _screening_row(case, passage, findings, policy, verdict, at),
            *_derived_rows(case, seen, at),
            *score_rows(case, passage, at),
        )
        return Outcome(
            *case.key,
            state,
            told,
            {"reasons": list(dict.fromkeys(reasons)), "policy": policy.value},
            {"vehicle_kind": passage.vehicle.kind.value},
            step=step,
            records=records,
            carried={"notice_picture": next((one.sha256 for one in seen.derived if one.kind == "notice"), None)},
        )

    def _passage(self, case: Case, seen: Seen, known: "Known", registry: Registry) -> Passage:
        rows, left = known.events[case.key], list(seen.readings)
        registry = as_seen(registry, [row["record"] for row in rows])
        each = []
        for row in rows:
            taken = len(_readable(json.loads(row["photos"]))) if self.looker else 0
            mine, left = [reading for reading in left[:taken] if reading], left[taken:]
            each.append(mine)
        sightings = [
            _sighting(row, mine, [decide([one], self.terms, registry) for one in mine], said)
            for row, mine, said in zip(rows, each, decided(each, self.terms, registry), strict=True)
        ]
        return Passage(
            case,
            sightings,
            known.vehicle(case),
            known.exemptions.get(case.claimed_plate or "", ()),
            case.key in known.earlier,
            with_photographs=self.looker is not None,
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of a set of cases, one question each for the whole set."""

    events: Mapping[tuple[int, int], Sequence[Row]]
    vehicles: Mapping[tuple[int, int], VehicleFacts]
    exemptions: Mapping[str, Sequence[Exemption]]
    earlier: frozenset[tuple[int, int]]
    policies: Mapping[str, tuple[str, Mapping[str, str]]]

    @classmethod
    async def gather(cls, pool: Pool, cases: Sequence[Case], window_s: float) -> "Known":
        """Ask for events, register facts, exemptions, earlier cases and policies."""
        cells, ids = [case.cell for case in cases], [case.case_id for case in cases]
        plates, instants = [case.claimed_plate or "" for case in cases], [case.occurred_at for case in cases]
        async with pool.acquire() as connection:
            events: dict[tuple[int, int], list[Row]] = defaultdict(list)
            for row in await connection.fetch(SQL.sightings, cells, ids):
                events[row["cell"], row["case_id"]].append(row)
            found = await connection.fetch(SQL.registered_vehicles, plates, instants)
            exempt: dict[str, list[Exemption]] = defaultdict(list)
            for row in await connection.fetch(SQL.exemptions, plates):
                exempt[row["plate"]].append(Exemption(**{**row, "offences": frozenset(row["offences"])}))
            offences = [",".join(case.offences) for case in cases]
            earlier = await connection.fetch(SQL.earlier_cases, cells, ids, plates, instants, window_s, offences)
            policies = await connection.fetch(SQL.policies)
        return cls(
            events,
            {cases[row["place"] - 1].key: _vehicle(row) for row in found},
            exempt,
            frozenset((row["cell"], row["case_id"]) for row in earlier),
            {row["code"]: (row["automation"], json.loads(row["overrides"])) for row in policies},
        )

    def policy(self, jurisdiction: str, offence: str) -> Policy:
        """The automation policy in force for an offence there."""
        general, overrides = self.policies[jurisdiction]
        return Policy(overrides.get(offence, general))

    def vehicle(self, case: Case) -> VehicleFacts:
        """The register's facts, with the camera's kind where it saw one: the photograph shows what drove."""
        record = json.loads(self.events[case.key][0]["record"]) if self.events.get(case.key) else {}
        told = self.vehicles.get(case.key)
        seen = VehicleKind((record.get("vehicle") or {}).get("kind") or "unknown")
        colour = PlateColour((record.get("plate") or {}).get("colour") or "unknown")
        if told is None:
            return VehicleFacts(seen, colour)
        return VehicleFacts(told.kind if seen is VehicleKind.UNKNOWN else seen, told.plate_colour, told.electric)


def _vehicle(row: Row) -> VehicleFacts:
    return VehicleFacts(VehicleKind(row["vehicle_kind"]), PlateColour(row["plate_colour"]), row["electric"])


def _readable(photos: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Photographs worth reading: those with a plate box first, context pictures only when nothing else is there."""
    boxed = [photo for photo in photos if photo.get("box")]
    plain = [photo for photo in photos if photo["role"] in {"scene", "plate"}]
    return (boxed or plain or list(photos))[:2]


def _shot(case: Case, record: Mapping[str, Any], photo: Mapping[str, Any], data: bytes) -> Shot:
    vehicle = record.get("vehicle") or {}
    return Shot(
        data,
        _box(photo.get("box")),
        _box(vehicle.get("box")),
        VehicleKind(vehicle.get("kind") or "unknown"),
        View(str((record.get("extra") or {}).get("view", "unknown"))),
        case.claimed_plate,
    )


def _box(corners: Sequence[float] | None) -> Box | None:
    try:
        return Box(*(round(corner) for corner in corners)) if corners else None
    except (TypeError, ValueError):
        return None


def _sighting(
    row: Row, readings: Sequence[PlateReading], verdicts: Sequence[PlateVerdict], said: PlateVerdict | None
) -> Sighting:
    camera = CameraFacts(
        row["camera"],
        row["jurisdiction"],
        row["road"],
        frozenset(row["approved_offences"]),
        row["calibrated_until"],
        row["audited_precision"],
        row["speed_limit_kmh"],
        row["speed_trigger_kmh"],
        row["zone"],
        row["human_since"],
    )
    notes = [Finding(**note) for note in json.loads(row["notes"])]
    record = json.loads(row["record"])
    return Sighting(camera, row["offence"], row["occurred_at"], record, notes, readings, verdicts, said)


def _screening_row(  # noqa: PLR0917 - one row, six sources
    case: Case, passage: Passage, findings: Sequence[Finding], policy: Policy, verdict: Verdict, at: datetime
) -> Record:
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
        "policy": policy.value,
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


def _derived_rows(case: Case, seen: Seen, at: datetime) -> tuple[Record, ...]:
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
