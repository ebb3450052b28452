"""Evidence made by hand: what readers would say of a plate, in probabilities that are easy to follow."""

from math import log

from cakra.core.geometry import Box
from cakra.plates.decision.calibration import CAR, MOTORCYCLE, Calibration, Tail
from cakra.plates.reading import Evidence, PlateReading

CALIBRATION = Calibration(
    weights={"own": 1.0, "generic": 0.5},
    temperature={"own": 1.0, "generic": 1.0, "both": 1.2},
    lapse=1e-4,
    unseen_share=1.0,
    damping=0.5,
    tails={
        CAR: Tail(2000, tuple(7.0 - 0.05 * place for place in range(100))),
        MOTORCYCLE: Tail(1000, tuple(8.0 - 0.1 * place for place in range(50))),
    },
    fitted_on="tests",
    plates=3000,
    error_before=0.1,
    error_after=0.02,
)


def evidence(shares, *, unseen=None, stray=0.0, reader="own"):
    """One reader's probabilities of texts; what is left over goes to plates that nobody scored."""
    left = max(0.0, 1.0 - sum(shares.values()) - stray) if unseen is None else unseen
    scores = tuple(log(max(share, 1e-200)) for share in shares.values())
    return Evidence((reader,), tuple(shares), (scores,), (left,), (stray,))


def reading(shares, claim, *, height_px=50.0, sharpness=500.0, foreign=None, **more):
    """A reading of one photograph."""
    best = max(shares, key=shares.get)
    box = Box(10, 10, 170, 60)
    seen = evidence(shares, **more)
    return PlateReading(box, best, claim, seen, height_px, sharpness, 120.0, 5.0, "0" * 64, foreign)
