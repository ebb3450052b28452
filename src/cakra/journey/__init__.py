"""The journey of a case, one room a stage; no stage imports another.

intake → screening → ownership → notice → (delivery) → answer → payment; review is the officer's side door; waiting,
watching (cameras) and timeline (what a judge reads) stand beside them.
Each room: `__init__` (what it does), `rules.py` (pure), `step.py` (takes a SET of cases), `queries.sql`.
"""
