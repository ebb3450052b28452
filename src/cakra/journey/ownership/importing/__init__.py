"""Importing what was read of a register file, the report of it, and what stops an import by itself."""
