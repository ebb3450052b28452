"""Who may see what: the gate that judges reference, plate and chassis number, and the sealed visit behind it."""

from cakra.doors.citizen.visiting.gate import Gate, Judged
from cakra.doors.citizen.visiting.tries import forget_attempts
from cakra.doors.citizen.visiting.visit import Visit, VisitKeeper

__all__ = ["Gate", "Judged", "Visit", "VisitKeeper", "forget_attempts"]
