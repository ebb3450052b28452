"""The delivery of one case as a judge reads it: one page to print, and a provider's own words for who may open them."""

from cakra.doors.officer.timeline.page import build_timeline_routes

__all__ = ["build_timeline_routes"]
