"""The checks, in the order an officer would make them. Each is pure and gives one finding in plain words.

Verdicts: ok; doubt (an officer decides); caution (an officer decides unless the policy is `auto`);
fail (the evidence does not support a notice); divert (another authority's vehicle).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cakra.core.case import Finding
from cakra.core.law.book import LawBook
from cakra.core.law.exemptions import NOT_EXEMPT, ExemptionEffect, ExemptionFinding
from cakra.core.law.finding import LawFinding
from cakra.core.plate import Plate, PlateError, PlateKind, candidates, class_hint, parse_plate
from cakra.journey.screening.facts import Passage, Sighting
from cakra.journey.screening.watched import audit_sample, watched_cameras
from cakra.plates.decision.rules import PlateOutcome

_DIVERTED = {
    PlateKind.MILITARY: (
        "Kendaraan TNI: diteruskan ke Polisi Militer",
        "Military vehicle: goes to the military police",
    ),
    PlateKind.POLICE: ("Kendaraan Polri: diteruskan ke Propam", "Police vehicle: goes to internal affairs"),
    PlateKind.DIPLOMATIC: ("Kendaraan diplomatik: ditahan, Kemlu diberi tahu", "Diplomatic vehicle: held"),
}
_SUGGESTIONS = 4
# English of the plate verdict's keys; the Indonesian sentence comes with the verdict.
_PHOTO_EN = {
    "confirmed": "The photograph confirms the camera's plate",
    "contradicted": "The photograph plainly shows another plate than the camera says",
    "margin": "The photograph does not settle it; another plate is possible too",
    "weak": "The letters of the plate are not plain",
    "partial": "The photograph shows only a part of the plate",
    "no_claim": "The camera gave no valid civil plate; the photograph was read by itself",
    "small": "The plate is small on the photograph",
    "blurred": "The plate is not sharp on the photograph",
    "no_series": "No letters behind the number; the last ones may be unread",
    "several": "The photograph shows another plate as well, and the camera does not say which",
    "foreign": "The photograph reads as no Indonesian plate; the claim is only a part of it",
    "glyph_twin": "Two plates cannot be told apart by the shape of their letters",
    "no_plate": "No plate was found on the photograph",
    "no_plate_of_ours": "The photograph plainly reads as no Indonesian plate",
    "too_small": "The plate is too small on the photograph",
    "illegible": "The plate on the photograph cannot be read",
}
_CLASSES_ID = {
    "car": "mobil penumpang",
    "motorcycle": "sepeda motor",
    "bus": "bus",
    "goods": "mobil barang",
    "special": "kendaraan khusus",
}


@dataclass(frozen=True, slots=True)
class Bench:
    """What the checks stand on: the law, and the least audited precision of a camera."""

    law: LawBook
    min_audited_precision: float
    audit_one_in: int = 0  # one in so many cases is a sample for officers; 0: none
    oldest: AgeLimits = AgeLimits()


Check = Callable[[Passage, Bench], Iterator[Finding]]


def plate_of(passage: Passage) -> Plate | None:
    """The claimed plate, when it is one."""
    try:
        return parse_plate(passage.case.claimed_plate or "")
    except PlateError:
        return None


def plate_grammar(passage: Passage, _bench: Bench) -> Iterator[Finding]:
    """Whether the camera's text is a plate at all."""
    claimed = passage.case.claimed_plate or ""
    try:
        plate = parse_plate(claimed)
    except PlateError as problem:
        near = [other.text for other in candidates(claimed)[:_SUGGESTIONS]] if claimed else []
        more = f" Mungkin {', '.join(near)}." if near else ""
        words = f"Pelat dari kamera bukan pelat yang sah: {claimed or '(kosong)'}.{more}"
        yield Finding("plate_grammar", "doubt", words, problem.sentence, {"candidates": near})
        return
    yield Finding("plate_grammar", "ok", f"{plate.spaced} berbentuk pelat yang sah", f"{plate.spaced} is well formed")


def plate_kind(passage: Passage, _bench: Bench) -> Iterator[Finding]:
    """Military, police and diplomatic vehicles are other authorities'; void series are suspected false plates."""
    plate = plate_of(passage)
    if plate is None:
        return
    if words := _DIVERTED.get(plate.kind):
        yield Finding("plate_kind", "divert", *words)
    elif plate.kind is PlateKind.VOID:
        yield Finding(
            "plate_kind",
            "doubt",
            f"Seri {plate.series} sudah dicabut: dugaan pelat palsu (Pasal 280)",
            f"Series {plate.series} is void: suspected false plate (article 280)",
        )
    elif plate.kind is PlateKind.STATE:
        yield Finding("plate_kind", "doubt", "Pelat pejabat negara: petugas memutuskan", "State plate: officer decides")


def plate_photo(passage: Passage, _bench: Bench) -> Iterator[Finding]:
    """Whether the photographs themselves show the claimed plate; one contradiction is enough for an officer."""
    if not passage.with_photographs:
        return
    for sighting in passage.sightings:
        chosen = sighting.said
        if chosen is None:
            yield Finding("plate_photo", "doubt", "Tidak ada foto yang dapat dibaca", "No photograph could be read")
            continue
        verdict = {
            PlateOutcome.ACCEPT: "ok",
            PlateOutcome.REVIEW: "doubt",
            PlateOutcome.MISMATCH: "doubt",
            PlateOutcome.UNREADABLE: "doubt" if chosen.key == "no_plate" else "fail",
        }[chosen.outcome]
        facts = {"camera": sighting.camera.code, "outcome": chosen.outcome.value, "key": chosen.key, **chosen.facts}
        yield Finding("plate_photo", verdict, chosen.reason, _PHOTO_EN.get(chosen.key, chosen.key), facts)


def door_notes(passage: Passage, _bench: Bench) -> Iterator[Finding]:
    """What the cameras' door already noticed: clock, zone, empty pictures."""
    for sighting in passage.sightings:
        yield from (note for note in sighting.notes if note.check != "plate_grammar")


def camera_fit(passage: Passage, bench: Bench) -> Iterator[Finding]:
    """Whether each camera is approved for the offence, calibrated, and precise in its audited sample."""
    for sighting in passage.sightings:
        camera, offence = sighting.camera, sighting.offence
        problems = []
        if offence not in camera.approved_offences:
            problems.append((f"belum disetujui untuk {offence}", f"not approved for {offence}"))
        if camera.calibrated_until is None or camera.calibrated_until < sighting.occurred_at:
            problems.append(("kalibrasi tidak berlaku", "calibration not valid"))
        precision = camera.audited_precision
        if precision is None or precision < bench.min_audited_precision:
            shown = "belum diaudit" if precision is None else f"ketepatan audit {precision:.0%}"
            problems.append((shown, "audited precision too low or unknown"))
        for words_id, words_en in problems:
            yield Finding("camera", "caution", f"Kamera {camera.code}: {words_id}", f"Camera {camera.code}: {words_en}")
        if not problems:
            yield Finding("camera", "ok", f"Kamera {camera.code} layak", f"Camera {camera.code} is fit")


def law_in_force(passage: Passage, bench: Bench) -> Iterator[Finding]:
    """Whether the law on file knows the offence on the day of the record, and whether that day is not too long ago."""
    for sighting in passage.sightings:
        day = sighting.local_day
        if _law_of(sighting, bench) is None:
            yield Finding(
                "law_in_force",
                "doubt",
                f"Tidak ada ketentuan yang tercatat untuk {sighting.offence} pada {day:%d-%m-%Y}",
                f"No law on file has the offence {sighting.offence} on {day}",
                {"offence": sighting.offence, "day": day.isoformat()},
            )
        age = passage.case.received_at - sighting.occurred_at
        most = bench.oldest_of(passage.case.jurisdiction)
        if age > most:
            yield Finding(
                "event_old",
                "doubt",
                f"Catatan kamera sudah berumur {age.days} hari ketika diterima, batasnya {most.days}",
                f"The camera's record was {age.days} days old when it came, the limit is {most.days}",
                {"days": age.days, "limit_days": most.days},
            )


def _law_of(sighting: Sighting, bench: Bench) -> Offence | None:
    """The offence as the law stood on the local day of the place; None where no edition on file says anything."""
    try:
        return bench.law.offences.at(sighting.offence, sighting.local_day)
    except UnknownOffence:
        return None


def vehicle_class(passage: Passage, bench: Bench) -> Iterator[Finding]:
    """Whether such a vehicle can commit the offence; the number range is only a hint."""
    kind = passage.vehicle.kind
    for sighting in passage.sightings:
        offence = _law_of(sighting, bench)
        if offence is None:
            continue
        fits = offence.fits(kind)
        if fits is False:
            words = f"{offence.label_id} tidak berlaku untuk {kind.value}"
            yield Finding("vehicle_class", "doubt", words, f"{offence.label_en} does not fit a {kind.value}")
        elif fits is None:
            yield Finding("vehicle_class", "doubt", "Jenis kendaraan tidak diketahui", "The vehicle's kind is unknown")
    plate = plate_of(passage)
    hint = class_hint(plate) if plate else None
    if hint:
        usual = " atau ".join(_CLASSES_ID.get(word, word) for word in hint.split("/"))
        yield Finding(
            "vehicle_class", "ok", f"Nomor ini lazim untuk {usual}", f"This number range is usual for: {hint}"
        )


def offence_rules(passage: Passage, bench: Bench) -> Iterator[Finding]:
    """Every rule that can be computed: odd-even, speed, exemptions and priority vehicles."""
    for sighting in passage.sightings:
        exemption = _exemption(passage, sighting, bench)
        law = _computed(passage, sighting, bench, exemption)
        if law is not None:
            verdict = {True: "ok", None: "doubt", False: "fail"}[law.violates]
            yield Finding("offence_rule", verdict, law.reason_id, law.reason_en, {"offence": sighting.offence})
        if exemption.effect is ExemptionEffect.EXEMPT:
            yield Finding("exemption", "fail", exemption.reason_id, exemption.reason_en)
        elif exemption.effect is ExemptionEffect.OFFICER:
            yield Finding("exemption", "doubt", exemption.reason_id, exemption.reason_en)


def _exemption(passage: Passage, sighting: Sighting, bench: Bench) -> ExemptionFinding:
    plate = plate_of(passage)
    if plate is None:
        return NOT_EXEMPT
    return bench.law.exemptions.applies(
        passage.exemptions, plate=plate.text, offence=sighting.offence, instant=sighting.occurred_at
    )


def _computed(passage: Passage, sighting: Sighting, bench: Bench, exemption: ExemptionFinding) -> LawFinding | None:
    plate, camera = plate_of(passage), sighting.camera
    if sighting.offence == "GANJIL_GENAP" and plate is not None:
        roads = [road for road in (sighting.record.get("road"), camera.road) if road]
        return bench.law.odd_even.judge(
            plate, sighting.occurred_at, roads, passage.vehicle, exemption, jurisdiction=camera.jurisdiction
        )
    if sighting.offence == "BATAS_KECEPATAN":
        calibrated = camera.calibrated_until is not None and camera.calibrated_until >= sighting.occurred_at
        return bench.law.speed.judge(
            sighting.record.get("speed_kmh"),
            limit_kmh=camera.speed_limit_kmh or sighting.record.get("speed_limit_kmh"),
            trigger_kmh=camera.speed_trigger_kmh,
            calibrated=calibrated,
        )
    return None


def reported_before(passage: Passage, _bench: Bench) -> Iterator[Finding]:
    """The same offence of the same plate at nearly the same time has a case already."""
    if passage.same_offence_before:
        yield Finding("duplicate", "fail", "Pelanggaran ini sudah punya berkas", "This offence has a case already")


def camera_watch(passage: Passage, bench: Bench) -> Iterator[Finding]:
    """Whether officers decide for this camera, or take part as a sample."""
    yield from watched_cameras(passage)
    yield from audit_sample(passage.case, bench.audit_one_in)


CHECKS: tuple[Check, ...] = (
    plate_grammar,
    plate_kind,
    plate_photo,
    door_notes,
    camera_fit,
    camera_watch,
    vehicle_class,
    offence_rules,
    reported_before,
)
