"""Letters between the spool and the print house: which may still leave, when, and what became of the rest.

print_day.py the day of the print house   spool.py the one folder in which letters wait   standing.py what notices know
"""

from cakra.delivery.post.print_day import Handed, PrintDay, PrintRules
from cakra.delivery.post.spool import SpoolClaim, known_spool, require_own_spool, take_own_spool

__all__ = ["Handed", "PrintDay", "PrintRules", "SpoolClaim", "known_spool", "require_own_spool", "take_own_spool"]
