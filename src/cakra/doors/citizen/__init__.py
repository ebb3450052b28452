"""The citizens' portal: check a notice → what happened → chassis number → who drove → deposit code, status.

Every page is a plain GET; every POST ends in a redirect; nothing personal is ever in an address. Who the
visitor is lives in one sealed cookie (`visit.py`). What is shown when is told in `cases.py` and `answers.py`.
"""

from cakra.doors.citizen.deps import CitizenDeps
from cakra.doors.citizen.routes import build_citizen_routes

__all__ = ["CitizenDeps", "build_citizen_routes"]
