"""Intake: a camera's record becomes a durable event and, at most once, a case.

The doors hand over checked events; `accept` writes a whole set in one transaction: the same (camera,
event id) again is only counted, records of one passage of one vehicle join one case, everything else
opens a case that is due for screening. `IntakeBatcher` gathers concurrent events for one commit. What
cannot be read is kept whole, sealed, in `Quarantine`. Nothing is acknowledged before it is durable.
"""

from cakra.journey.intake.batch import IntakeBatcher
from cakra.journey.intake.event import Accepted, Camera, CheckedEvent, EventClaim, PhotoClaim, Placed
from cakra.journey.intake.quarantine import KeptInput, Quarantine, QuarantineDesk, Release, Released, UnreadableInput
from cakra.journey.intake.registering.cameras import CameraBook
from cakra.journey.intake.registering.presence import CameraPresence
from cakra.journey.intake.rules import cell_of, check_event
from cakra.journey.intake.step import accept

__all__ = [
    "Accepted",
    "Camera",
    "CameraBook",
    "CameraPresence",
    "CheckedEvent",
    "EventClaim",
    "IntakeBatcher",
    "KeptInput",
    "PhotoClaim",
    "Placed",
    "Quarantine",
    "QuarantineDesk",
    "Release",
    "Released",
    "UnreadableInput",
    "accept",
    "cell_of",
    "check_event",
]
