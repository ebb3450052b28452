"""Who may see what: the gate that judges reference, plate and chassis number, and the sealed visit behind it."""

from cakra.doors.citizen.visiting.gate import Gate, Judged
from cakra.doors.citizen.visiting.tries import Guessing, forget_attempts, read_guessing
from cakra.doors.citizen.visiting.visit import Visit, VisitKeeper

__all__ = ["Gate", "Guessing", "Judged", "Visit", "VisitKeeper", "forget_attempts", "read_guessing"]
