"""The officers: who they are, what they were granted, and the orders that need two of them.

`officers.py` people and their passwords, and in whose name the machine may charge; `granting.py` a role for a while, in
an office or the nation; `ordering.py` what one proposes and another approves. What a role may do:
`core/access/rights.py`.
"""
