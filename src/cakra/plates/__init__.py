"""The independent second look: read the plate again from the photograph and hold the camera's claim against it.

`reader.PlateReader` reads, `rules.decide` judges, `bench.measure_plates` measures on any labelled folder.
"""
