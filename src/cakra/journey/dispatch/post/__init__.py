"""Letters between the spool and the print house: which may still leave, and what became of the rest."""

from cakra.journey.dispatch.post.standing import Standing, cancel_letters, lost_letters, put_back, standing_of

__all__ = ["Standing", "cancel_letters", "lost_letters", "put_back", "standing_of"]
