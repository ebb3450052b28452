"""Fitting the plate decision: on drawn plates for the calibration that ships, on an agency's own frames for its own.

`frames.py` what is fitted on, `fit.py` the numbers, `calibrate.py` the whole with its figures.
"""
