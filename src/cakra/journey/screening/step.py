"""The screening step: gather what is known of a set of passages, look at the photographs, run the checks, judge."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cakra.core.geometry import Box
from cakra.core.law.book import LawBook
from cakra.core.ports import PhotoStore
from cakra.core.states.case import Case, Finding
from cakra.core.states.journey import State
from cakra.core.states.outcome import Outcome, Step
from cakra.journey.screening.checking.checks import CHECKS
from cakra.journey.screening.checking.facts import (
    Bench,
    CameraFacts,
    Check,
    Passage,
    Sighting,
    part_of,
    seen_kind,
    seen_view,
)
from cakra.journey.screening.checking.watched import score_rows
from cakra.journey.screening.deciding.governed import Governed, Rulebook
from cakra.journey.screening.deciding.weighing import as_seen, decided, known_plates, spellings
from cakra.journey.screening.keeping import derived_rows, screening_row
from cakra.journey.screening.known import SQL, KnownCases, Photographs, look_again
from cakra.journey.screening.look import Looker, Seen, Shot
from cakra.journey.screening.rules import Verdict, judge
from cakra.kit.logs import get_logger
from cakra.plates.decision.prior import Registry
from cakra.plates.decision.rules import PlateVerdict, decide
from cakra.plates.decision.terms import DecisionTerms
from cakra.plates.reading import PlateReading
from cakra.store.db import Pool, Row
from cakra.store.policies import renew_book

_log = get_logger(__name__)
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
    rules: Rulebook
    passage_window_s: float
    audit_one_in: int = 0

    async def run(self, cases: Sequence[Case], at: datetime) -> list[Outcome]:
        """received → validated, review, rejected or diverted, with findings a person can read.

        A case whose photographs cannot be had now waits. StoreAway when that is so of all of them.
        """
        if not all(self.rules.book.knows(case.jurisdiction) for case in cases):
            await renew_book(self.pool, self.rules.book)
        governed = {case.key: self.rules.of(case) for case in cases}
        known = await KnownCases.gather(self.pool, cases, self.passage_window_s)
        had, waiting = await self._had(cases, known)
        terms = [governed[key].terms for key in had]
        seen = dict(zip(had, await self._look(list(had.values()), terms), strict=True))
        # Derived pictures are durable before the row that names them.
        await self.photos.put_many({picture.sha256: picture.data for one in seen.values() for picture in one.derived})
        waiting |= {
            case.key: later
            for case in cases
            if case.key in seen and seen[case.key].too_slow and (later := look_again(case))
        }
        asked = spellings([[reading for reading in one.readings if reading] for one in seen.values()], terms)
        registry = known_plates(asked, await self.pool.fetch(SQL.known_plates, asked))
        return [
            waiting[case.key]
            if case.key in waiting
            else self._judge(case, governed[case.key], seen[case.key], known, registry, at)
            for case in cases
        ]

    async def _had(
        self, cases: Sequence[Case], known: KnownCases
    ) -> tuple[dict[tuple[int, int], list[Shot]], dict[tuple[int, int], Outcome]]:
        """The shots of each case whose photographs could be read, and the others' outcome: they wait."""
        shots: dict[tuple[int, int], list[Shot]] = {}
        waiting: dict[tuple[int, int], Outcome] = {}
        photographs = Photographs(self.photos)
        for case in cases:
            made = [] if self.looker is None else await self._shots(case, known, photographs)
            if made is None:
                waiting[case.key] = photographs.wait_for(case)
            else:
                shots[case.key] = made
        photographs.raise_if_none(len(shots))
        return shots, waiting

    async def _look(self, shots: Sequence[list[Shot]], terms: Sequence[DecisionTerms]) -> list[Seen]:
        if self.looker is None:
            return [Seen((), ()) for _ in shots]
        return await self.looker.look(shots, terms)

    async def _shots(self, case: Case, known: KnownCases, photographs: Photographs) -> list[Shot] | None:
        """The case's photographs worth reading; None while the store is away."""
        shots = []
        for event, row in enumerate(known.events[case.key]):
            record = json.loads(row["record"])
            for photo in _readable(row):
                data = await photographs.get(bytes.fromhex(photo["sha256"]))
                if data is None:
                    return None
                shots.append(replace(_shot(case, record, photo, data), event=event))
        return shots

    def _judge(  # noqa: PLR0917 - one case and all that is known of it
        self, case: Case, governed: Governed, seen: Seen, known: KnownCases, registry: Registry, at: datetime
    ) -> Outcome:
        passage = self._passage(case, governed.terms, seen, known, registry)
        precision, oldest = governed.min_audited_precision, governed.oldest
        bench = Bench(self.law, governed.odd_even, precision, oldest, self.audit_one_in)
        findings = [finding for check in CHECKS for finding in _checked(check, passage, bench)]
        mode = governed.mode(case.offences)
        verdict = judge(findings, mode, len(case.offences))
        state, told, step = _MOVES[verdict]
        reasons = [finding.check for finding in findings if finding.verdict != "ok"]
        records = (
            screening_row(case, passage, findings, (mode, governed.editions), verdict, at),
            *derived_rows(case, seen, at),
            *score_rows(case, passage, at),
        )
        return Outcome(
            *case.key,
            state,
            told,
            {"reasons": list(dict.fromkeys(reasons)), "policy": mode.value},
            {"vehicle_kind": passage.vehicle.kind.value},
            step=step,
            records=records,
            carried={"notice_picture": next((one.sha256 for one in seen.derived if one.kind == "notice"), None)},
        )

    def _passage(self, case: Case, terms: DecisionTerms, seen: Seen, known: KnownCases, registry: Registry) -> Passage:
        rows, left = known.events[case.key], list(seen.readings)
        registry = as_seen(registry, [row["record"] for row in rows])
        each, boxes, told = [], [], list(seen.boxes)
        for row in rows:
            taken = len(_readable(row)) if self.looker else 0
            mine, left = [reading for reading in left[:taken] if reading], left[taken:]
            each.append(mine)
            boxes.append([said for said in told[:taken] if said])
            told = told[taken:]
        sightings = [
            replace(_sighting(row, mine, [decide([one], terms, registry) for one in mine], said), boxes=about)
            for row, mine, said, about in zip(rows, each, decided(each, terms, registry), boxes, strict=True)
        ]
        return Passage(
            case,
            sightings,
            known.vehicle(case),
            known.exemptions.get(case.claimed_plate or "", ()),
            case.key in known.earlier,
            with_photographs=self.looker is not None,
            photograph_of=known.photographs_of.get(case.key),
            too_slow=seen.too_slow,
        )


def _checked(check: Check, passage: Passage, bench: Bench) -> list[Finding]:
    """What one check found; one that fails is a doubt: the case goes to an officer with what the others found."""
    try:
        return list(check(passage, bench))
    except Exception:  # noqa: BLE001 - one odd record must never stop a case, and never acquit or convict
        name = check.__name__
        _log.exception("check_failed", check=name, case=passage.case.case_id)
        words = f"Pemeriksaan {name} tidak dapat dijalankan", f"The check {name} could not be made"
        return [Finding("check_failed", "doubt", *words, {"failed": name})]


def _readable(row: Row) -> list[Mapping[str, Any]]:
    """Photographs worth reading: those with a plate box first, context pictures only when nothing else is there."""
    photos = _with_claimed_boxes(json.loads(row["record"]), json.loads(row["photos"]))
    boxed = [photo for photo in photos if photo["claimed"]]
    plain = [photo for photo in photos if photo["role"] in {"scene", "plate"}]
    return (boxed or plain or photos)[:2]


def _with_claimed_boxes(record: Mapping[str, Any], photos: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each photograph with the numbers that the camera sent (`claimed`): what is stored of them lies in the picture."""
    named = {place: one.get("box") for place, one in enumerate(record.get("photos") or ())}
    scene = next((photo["ordinal"] for photo in photos if photo["role"] == "scene"), None)
    own = part_of(record, "plate").get("box")
    return [
        {**one, "claimed": named.get(one["ordinal"]) or (own if one["ordinal"] == scene else None) or one["box"]}
        for one in photos
    ]


def _shot(case: Case, record: Mapping[str, Any], photo: Mapping[str, Any], data: bytes) -> Shot:
    vehicle = _box(part_of(record, "vehicle").get("box"))
    return Shot(data, photo["claimed"], vehicle, seen_kind(record), seen_view(record), case.claimed_plate)


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
