"""Odd-even zones: the rule, its roads and the days that are free of it. Pure."""
