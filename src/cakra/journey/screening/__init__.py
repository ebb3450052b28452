"""Screening decides whether the evidence is good enough to write to an owner without an officer looking first.

`look.py` reads the photographs (in image processes), `checks.py` is a list of small named checks, each with a
finding a person can read, `rules.py` turns findings into accept, review, reject or divert by the policy in force.
"""
