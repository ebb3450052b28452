"""Which cameras there are: the roster as a file, its import, who may sign, and when each was last heard."""
