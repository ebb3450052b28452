"""The engine moves sets of cases through their steps: claim a set under a lease, do the work, write it back.

lane.py    cases: claim → chain of steps → one transaction
sending.py notices: commit the intent → call the provider → write its answers in sets
alarm.py   what wakes the lanes: LISTEN/NOTIFY, and a sweep for what was missed
worker.py  one process: its lanes, and a graceful stop
"""
