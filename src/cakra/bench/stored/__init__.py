"""Stored cases for benchmarks: one database a size, made once by set-based inserts, kept, and lent as a copy."""
