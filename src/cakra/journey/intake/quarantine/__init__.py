"""What could not be taken: kept whole and sealed (`keeping`), seen and dealt with by officers (`desk`)."""

from cakra.journey.intake.quarantine.desk import (
    Kept,
    QuarantineDesk,
    QuarantineLine,
    Release,
    Released,
    quarantine_growth,
)
from cakra.journey.intake.quarantine.keeping import Quarantine, Unreadable

__all__ = [
    "Kept",
    "Quarantine",
    "QuarantineDesk",
    "QuarantineLine",
    "Release",
    "Released",
    "Unreadable",
    "quarantine_growth",
]
