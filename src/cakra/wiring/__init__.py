"""The only place that joins doors, engine, journey and the world outside.

world.py  what a process stands on     lanes.py  the worker     web.py  the HTTP application
"""
