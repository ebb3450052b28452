"""Cakra Presisi: from a camera's record to a verified notice, and on to payment."""
