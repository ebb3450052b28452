"""What happened to a case's notices, told so that a judge can read it: every word, when, by whom and why.

sentences.py what keys mean in plain words   rules.py from records to lines, pure   reading.py the records of one case
"""
