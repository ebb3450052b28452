"""One-time codes (`one_time_code`; `code` is the deposit's): to a contact that is held already, on no further channel.

rules.py the code, its hash, tag and limits; pure   words.toml, wording.py what each channel says
asking.py what pages call: ask, and check what was typed   sending.py the lane   hearing.py their receipts
"""

from cakra.delivery.codes.asking import CodeDesk, Whose
from cakra.delivery.codes.hearing import forget_codes
from cakra.delivery.codes.rules import Use
from cakra.delivery.codes.sending import CodeSending, expire_codes
from cakra.delivery.codes.wording import CodeWords, parse_words

__all__ = [
    "CodeDesk",
    "CodeSending",
    "CodeWords",
    "Use",
    "Whose",
    "expire_codes",
    "forget_codes",
    "parse_words",
]
