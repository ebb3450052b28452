"""Policy as data: what a directorate decides for itself, in editions that begin on a local day.

`editions.py` chooses the edition in force, `kinds.py` lists what is policy, the other files read one kind each.
Edition 0 of every kind is a file of the package and holds for the whole nation; later ones lie in the table `policy`.
"""
