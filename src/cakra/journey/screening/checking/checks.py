"""The checks, in the order an officer would make them. Each is pure and gives one finding in plain words.

Verdicts: ok; doubt (an officer decides); caution (an officer decides unless the policy is `auto`);
fail (the evidence does not support a notice); divert (another authority's vehicle).
"""

from collections.abc import Iterator

from cakra.core.identifiers.plate import PlateError, PlateKind, candidates, parse_plate
from cakra.core.states.case import Finding
from cakra.journey.screening.checking.boxes import BoxWord
from cakra.journey.screening.checking.facts import Bench, Check, Passage, plate_of
from cakra.journey.screening.checking.lawful import law_in_force, offence_rules, vehicle_class
from cakra.journey.screening.checking.watched import audit_sample, watched_cameras
from cakra.kit.ids import show_reference
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
_BOXES = {
    BoxWord.MENDED: (
        "ok",
        "Kotak pelat dari kamera bukan dalam piksel foto ini ({}); pelat ditemukan di tempat yang dimaksud",
        "The camera's plate box is not in pixels of this photograph ({}); the plate is where it points",
    ),
    BoxWord.IGNORED: (
        "doubt",
        "Kotak pelat dari kamera tidak menunjuk pelat yang terbaca; seluruh foto diperiksa",
        "The camera's plate box does not point at the plate that was read; the whole photograph was searched",
    ),
    BoxWord.DOUBTED: (
        "doubt",
        "Di kotak pelat dari kamera tidak terbaca pelat, dan di tempat lain pun tidak",
        "No plate was read in the camera's plate box, nor elsewhere on the photograph",
    ),
}


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
    if passage.too_slow:
        words = "Pemeriksaan foto terlalu lama dan dihentikan", "Looking at the photographs took too long and was ended"
        yield Finding("plate_photo", "doubt", *words, {"key": "too_slow"})
        return
    if not passage.sightings:
        yield Finding("plate_photo", "doubt", "Berkas ini tidak memiliki foto", "This case has no photograph")
    doubted = any(sighting.has_doubted_box for sighting in passage.sightings)
    for sighting in passage.sightings:
        chosen = sighting.said
        if chosen is None:
            yield Finding("plate_photo", "doubt", "Tidak ada foto yang dapat dibaca", "No photograph could be read")
            continue
        verdict = {
            PlateOutcome.ACCEPT: "ok",
            PlateOutcome.REVIEW: "doubt",
            PlateOutcome.MISMATCH: "doubt",
            # Where nothing was read the camera's box may be wrong, and a wrong box rejects nobody.
            PlateOutcome.UNREADABLE: "doubt" if chosen.key == "no_plate" or doubted else "fail",
        }[chosen.outcome]
        facts = {"camera": sighting.camera.code, "outcome": chosen.outcome.value, "key": chosen.key, **chosen.facts}
        yield Finding("plate_photo", verdict, chosen.reason, _PHOTO_EN.get(chosen.key, chosen.key), facts)


def plate_box(passage: Passage, _bench: Bench) -> Iterator[Finding]:
    """What became of a plate box of the camera's that did not show the plate."""
    for sighting in passage.sightings:
        for said in dict.fromkeys(sighting.boxes):
            if said.word is BoxWord.USED:
                continue
            verdict, words_id, words_en = _BOXES[said.word]
            facts = {"camera": sighting.camera.code, "word": said.word.value, "meaning": said.meaning}
            yield Finding("plate_box", verdict, words_id.format(said.meaning), words_en.format(said.meaning), facts)


def door_notes(passage: Passage, _bench: Bench) -> Iterator[Finding]:
    """What the cameras' door already noticed: clock, zone, empty pictures."""
    for sighting in passage.sightings:
        # The look at the photographs knows more of the plate and its box than the door did.
        known = {"plate_grammar", "box_outside"} if sighting.looked_for_box else {"plate_grammar"}
        yield from (note for note in sighting.notes if note.check not in known)


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
        if camera.local_zone is None:
            words = f"zona waktu {camera.zone!r} tidak dikenal", f"its time zone {camera.zone!r} is not known"
            yield Finding("camera", "doubt", f"Kamera {camera.code}: {words[0]}", f"Camera {camera.code}: {words[1]}")
        elif not problems:
            yield Finding("camera", "ok", f"Kamera {camera.code} layak", f"Camera {camera.code} is fit")


def reported_before(passage: Passage, _bench: Bench) -> Iterator[Finding]:
    """The same offence of the same plate at nearly the same time has a case already."""
    if passage.same_offence_before:
        yield Finding("duplicate", "fail", "Pelanggaran ini sudah punya berkas", "This offence has a case already")


def shared_photograph(passage: Passage, _bench: Bench) -> Iterator[Finding]:
    """One photograph proves one passage: where an earlier case stands on the same bytes, an officer decides."""
    if passage.photograph_of is not None:
        yield Finding(
            "shared_photograph",
            "doubt",
            f"Foto yang persis sama sudah menjadi bukti berkas {show_reference(passage.photograph_of)}",
            f"The very same photograph is evidence of case {show_reference(passage.photograph_of)} already",
            {"reference": passage.photograph_of},
        )


def camera_watch(passage: Passage, bench: Bench) -> Iterator[Finding]:
    """Whether officers decide for this camera, or take part as a sample."""
    yield from watched_cameras(passage)
    yield from audit_sample(passage.case, bench.audit_one_in)


CHECKS: tuple[Check, ...] = (
    plate_grammar,
    plate_kind,
    plate_photo,
    plate_box,
    door_notes,
    law_in_force,
    camera_fit,
    camera_watch,
    vehicle_class,
    offence_rules,
    reported_before,
    shared_photograph,
)
