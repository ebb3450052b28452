"""The watch over cameras: whether the machine's word on a camera's plates is what officers say.

`rules.py` says what the counts mean; `watch.py` folds them every minute and writes what changed; `standing.py` shows
where each camera stands and writes an officer's word that it is trusted again.
"""
