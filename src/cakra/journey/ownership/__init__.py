"""Ownership finds whose vehicle it was at the time of the offence, and how that person can be reached.

The register of vehicles and owners lives here: `register` imports it (files are read by `files`, rows judged
by `rows`, sealed by `sealing`), `lookup` answers for a set of plates and instants, `rules` holds what is pure.
"""
