"""Who may do what here: officers and their grants, orders that wait for a second person, what was refused."""

from cakra.doors.officer.staff.grants import build_staff_routes
from cakra.doors.officer.staff.orders import build_order_routes
from cakra.doors.officer.staff.refusals import build_refusal_routes

__all__ = ["build_order_routes", "build_refusal_routes", "build_staff_routes"]
