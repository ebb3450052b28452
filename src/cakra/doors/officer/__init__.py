"""The officers' house: sign in, decide what the machine could not, see why, account for everything.

session.py who is here   desk.py home, queue, search, unsettled sends   review.py one case to decide
casepage.py its history and photographs   proofs.py the second factor   reading.py what a case page asks
words.py what keys say
control/ what leaves on which channel, pausing it   cameras/ how far each camera is believed
quarantine/ what doors set aside   staff/ who may do what, orders of two people, refusals
needing.py the act that a route declares   routing.py who is let in, refusals
"""

from fastapi import APIRouter

from cakra.doors.officer.books import build_books_routes
from cakra.doors.officer.cameras import build_camera_watch_routes
from cakra.doors.officer.cases.casepage import build_case_routes
from cakra.doors.officer.cases.desk import build_desk_routes
from cakra.doors.officer.cases.proofs import build_proof_routes
from cakra.doors.officer.cases.review import build_review_routes
from cakra.doors.officer.control import build_control_routes, build_pause_api
from cakra.doors.officer.deps import OfficerDeps, officer_deps
from cakra.doors.officer.entrance.signin import build_sign_in_routes
from cakra.doors.officer.quarantine import build_quarantine_routes
from cakra.doors.officer.staff import build_order_routes, build_refusal_routes, build_staff_routes
from cakra.doors.officer.timeline import build_timeline_routes

__all__ = ["OfficerDeps", "build_officer_routes", "officer_deps"]


def build_officer_routes(deps: OfficerDeps) -> APIRouter:
    """Everything under /petugas, and /v1/pauses."""
    routes = APIRouter()
    for build in (
        build_sign_in_routes,
        build_desk_routes,
        build_review_routes,
        build_case_routes,
        build_proof_routes,
        build_control_routes,
        build_pause_api,
        build_books_routes,
        build_camera_watch_routes,
        build_quarantine_routes,
        build_timeline_routes,
        build_staff_routes,
        build_order_routes,
        build_refusal_routes,
    ):
        routes.include_router(build(deps))
    return routes
