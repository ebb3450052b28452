"""Sending: due notices are claimed with their intents, called, and their answers written; silence goes down the ladder.

sends.py claim, call, record   settling.py time and silence   content.py what a message says   rules.py pure
"""
