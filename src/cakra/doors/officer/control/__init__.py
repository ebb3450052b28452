"""The control room: what leaves on which channel, pausing it, and letting it go on as a second person.

state.py what is shown   page.py /petugas/jeda   api.py /v1/pauses   refusals.py what refusals say
"""

from cakra.doors.officer.control.api import build_pause_api
from cakra.doors.officer.control.page import build_control_routes

__all__ = ["build_control_routes", "build_pause_api"]
