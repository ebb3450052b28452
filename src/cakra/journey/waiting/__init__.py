"""Waiting for an owner: reminders while nothing is answered, and what happens when a deadline passes.

A notified case is its own timer: its row is due at the next reminder or, after the last, at its deadline. So a
reminder that nobody needs is never made, and one answer ends them all.
"""
