"""The demonstration: a synthetic city, simulated cameras and phones, and the real system between them.

city.py       the register, cameras and officers of a city that does not exist
processes.py  the provider, the web server and the worker, as real processes on loopback
traffic.py    an hour of traffic: renders, signs and posts what the playlist says
tally.py      what came of it: the table and the summary
run.py        the order of things
"""
