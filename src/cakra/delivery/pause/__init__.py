"""Pause: what may not leave now, who said so, and who may end it."""
