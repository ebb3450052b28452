"""Cakra Presisi: from a camera's record to a verified notice, and on to payment."""

__version__ = "0.1.0"
