"""Commands of the running system: start, watch over, examine, measure and mend it."""
