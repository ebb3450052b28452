"""How well plates are read and decided, on labelled photographs: figures, robustness, a report to look at."""
