"""Benchmarks: speed is a ratio, taken beside the barest code that does the same durable work."""
