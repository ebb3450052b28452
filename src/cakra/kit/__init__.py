"""Knows nothing about traffic: settings, clock, identifiers, sealing, logs."""
