"""The providers' door: a webhook is verified, kept sealed and durable, acknowledged, and applied afterwards."""

from cakra.doors.callbacks.routes import CallbackDeps, build_callback_routes

__all__ = ["CallbackDeps", "build_callback_routes"]
