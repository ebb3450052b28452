"""A synthetic notice a channel and sender each few minutes, so that a dead channel is known before an owner is late.

checking.py sends one when it is time   hearing.py their receipts, alarms, and how each sender did last
"""
