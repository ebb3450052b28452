"""What could not be taken: kept whole and sealed (`keeping`), seen and dealt with by officers (`desk`)."""

from cakra.journey.intake.quarantine.desk import (
    KeptInput,
    QuarantineDesk,
    QuarantineLine,
    Release,
    Released,
    quarantine_growth,
)
from cakra.journey.intake.quarantine.keeping import Quarantine, UnreadableInput

__all__ = [
    "KeptInput",
    "Quarantine",
    "QuarantineDesk",
    "QuarantineLine",
    "Release",
    "Released",
    "UnreadableInput",
    "quarantine_growth",
]
