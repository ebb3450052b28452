"""What screening has to do with the watch over cameras: whose word counts, the sample, and a score a sighting.

The watch itself (`journey/watching`) reads the scores that are written here and says which cameras officers decide.
"""

import zlib
from collections.abc import Iterator
from datetime import datetime

from cakra.core.paper import paper_time
from cakra.core.states.case import Case, Finding, Record
from cakra.journey.screening.checking.facts import Passage, Sighting


def watched_cameras(passage: Passage) -> Iterator[Finding]:
    """A camera whose readings officers no longer confirmed: an officer decides each of its cases."""
    for code, camera in {sighting.camera.code: sighting.camera for sighting in passage.sightings}.items():
        if camera.human_since is not None:
            since_id, since_en = (paper_time(camera.human_since, camera.zone, language) for language in ("id", "en"))
            yield Finding(
                "camera_watch",
                "doubt",
                f"Kamera {code} dialihkan ke pemeriksaan petugas sejak {since_id}",
                f"Camera {code} is left to officers since {since_en}",
                {"camera": code},
            )


def audit_sample(case: Case, one_in: int) -> Iterator[Finding]:
    """One in so many cases goes to an officer whatever was found (0: none): agreement must be seen to be known.

    Chosen by the reference, which is random, so that a repeated screening chooses the same.
    """
    if one_in and zlib.crc32(case.reference.encode()) % one_in == 0:
        yield Finding("audit", "doubt", "Sampel audit: petugas ikut memeriksa", "Audit sample: an officer looks too")


def score_rows(case: Case, passage: Passage, at: datetime) -> tuple[Record, ...]:
    """One row for each camera whose photographs were read against a claim."""
    best: dict[str, float | None] = {}
    for sighting in passage.sightings:
        for score in _scores(sighting):
            known = best.setdefault(sighting.camera.code, score)
            best[sighting.camera.code] = score if known is None else known if score is None else max(known, score)
    return tuple(
        Record("camera_score_entry", case.cell, case.case_id, {"camera": camera, "at": at, "score": score})
        for camera, score in best.items()
    )


def _scores(sighting: Sighting) -> Iterator[float | None]:
    """Log odds (nats) of the claim; None where nothing was read. A reading without a claim has none to give."""
    for reading, said in zip(sighting.readings, sighting.verdicts, strict=True):
        if reading.text is None:
            yield None
        elif (score := said.facts.get("score")) is not None:
            yield float(score)
