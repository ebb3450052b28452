"""Faults of a set: whether the database is away, which item to set aside, what is stuck, and letting it go on."""
