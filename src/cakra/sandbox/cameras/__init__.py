"""Simulated cameras: a playlist of passages, their photographs, and the wire protocol that cameras speak.

`script.playlist` decides what passes by, `scene.render` photographs it, `client.Camera` posts it with a
signature. Everything carries the word CONTOH and is deterministic from a seed, so that a run can be repeated and
a test can compare bytes.
"""
