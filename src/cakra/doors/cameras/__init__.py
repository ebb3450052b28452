"""The cameras' doors: signed events and photographs, Hikvision push, and the Hikvision FTP drop.

Each door hashes the raw input first, learns who sent it, turns it into one claim of schema
`cakra.event/1`, and hands claim and photographs to `reception`, which makes both durable before anything
is acknowledged. What is refused is kept whole in quarantine, and the refusal says what to do.
"""

from fastapi import APIRouter

from cakra.doors.cameras.again import camera_releases
from cakra.doors.cameras.deps import CameraDoors, camera_doors
from cakra.doors.cameras.events import build_event_routes
from cakra.doors.cameras.hikvision.ftp import FtpWatcher
from cakra.doors.cameras.hikvision.push import build_hikvision_routes

__all__ = ["CameraDoors", "FtpWatcher", "build_camera_routes", "camera_doors", "camera_releases"]


def build_camera_routes(doors: CameraDoors) -> APIRouter:
    """All HTTP doors of the cameras."""
    routes = APIRouter()
    routes.include_router(build_event_routes(doors))
    routes.include_router(build_hikvision_routes(doors))
    return routes
