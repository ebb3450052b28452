"""The ladder: what time, pauses, lateness and spent budgets make of notices that wait or stay unproved.

settling.py calls without an answer, proof that did not come   leaving.py a closed channel   late.py a slow one
"""

from cakra.delivery.ladder.late import leave_late
from cakra.delivery.ladder.leaving import leave, leave_paused, waiting_on
from cakra.delivery.ladder.settling import expire_sends, settle

__all__ = ["expire_sends", "leave", "leave_late", "leave_paused", "settle", "waiting_on"]
