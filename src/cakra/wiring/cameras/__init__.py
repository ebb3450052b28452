"""The watch over cameras, put together from the settings."""

from cakra.wiring.cameras.watch import camera_watch, cameras_told, watch_limits

__all__ = ["camera_watch", "cameras_told", "watch_limits"]
