"""What decides a passage: the policies in force on its day (`governed.py`), and plates weighed on their terms."""
