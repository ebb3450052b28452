"""The checks that ask the law: what is in force on that day, whom it concerns, and whether it was broken."""

from collections.abc import Iterator

from cakra.core.identifiers.plate import class_hint
from cakra.core.law.exemptions import NOT_EXEMPT, ExemptionEffect, ExemptionFinding
from cakra.core.law.finding import LawFinding
from cakra.core.law.offences import Offence, UnknownOffence
from cakra.core.states.case import Finding
from cakra.journey.screening.checking.facts import Bench, Passage, Sighting, plate_of

_CLASSES_ID = {
    "car": "mobil penumpang",
    "motorcycle": "sepeda motor",
    "bus": "bus",
    "goods": "mobil barang",
    "special": "kendaraan khusus",
}


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
        most = bench.oldest
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
        return bench.odd_even.judge(
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
