"""Senders: the register of what may speak in our name, its history, and what is published of it.

A sender or host is official from one instant to another; rows are closed, never edited. Every change is a version in a
named officer's name; every publication is a signed document with a number of its own, kept byte for byte.
"""
