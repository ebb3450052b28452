"""How far each camera is believed: /petugas/kamera, its agreement and scores, and the word that trusts it again."""

from cakra.doors.officer.cameras.page import build_camera_watch_routes

__all__ = ["build_camera_watch_routes"]
