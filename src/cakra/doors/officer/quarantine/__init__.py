"""What was set aside at a door: /petugas/karantina, each item masked, and the word that tries or drops it."""

from cakra.doors.officer.quarantine.page import build_quarantine_routes

__all__ = ["build_quarantine_routes"]
