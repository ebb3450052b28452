"""What is believed of cameras: on what terms their plates are decided, and the watch over them, from the settings."""

from cakra.wiring.cameras.plates import plate_terms, plates_told, stated_certainty
from cakra.wiring.cameras.watch import camera_watch, cameras_told, watch_limits

__all__ = [
    "camera_watch",
    "cameras_told",
    "plate_terms",
    "plates_told",
    "stated_certainty",
    "watch_limits",
]
