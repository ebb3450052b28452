"""What a benchmark stands on and measures with: a database of its own, load, meters, and the barest rival."""
