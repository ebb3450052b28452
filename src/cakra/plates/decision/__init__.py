"""One decision: what all readers and photographs say, weighed into the probability that this plate is the true one.

`prior.py` what is believed before a photograph is seen, `posterior.py` the probability after it, `thresholds.py` how
sure is sure enough, `rules.py` the decision in words. `calibration.py` holds what was fitted, `files.py` reads it.
"""
