"""Letters between the spool and the print house: which may still leave, and what became of the rest."""

from cakra.delivery.post.spool import SpoolClaim, claim_spool, find_spool, take_spool
from cakra.delivery.post.standing import (
    Standing,
    cancel_letters,
    doubt_letters,
    held_letters,
    lost_letters,
    put_back,
    standing_of,
)

__all__ = [
    "SpoolClaim",
    "Standing",
    "cancel_letters",
    "claim_spool",
    "doubt_letters",
    "find_spool",
    "held_letters",
    "lost_letters",
    "put_back",
    "standing_of",
    "take_spool",
]
