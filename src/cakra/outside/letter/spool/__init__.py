"""Where letters wait for their batch, durably."""

from cakra.outside.letter.spool.days import LetterSpool
from cakra.outside.letter.spool.files import file_hash, flush_folder, write_durably
from cakra.outside.letter.spool.kept import FrozenLetter, KeptLetter, Mark, SpoolUnsure

__all__ = [
    "FrozenLetter",
    "KeptLetter",
    "LetterSpool",
    "Mark",
    "SpoolUnsure",
    "file_hash",
    "flush_folder",
    "write_durably",
]
