"""What is past its time is erased: cases with their pictures, payment records, logs.

How long each class is kept is the policy `retention`; who may be erased when stands in `core/policy/retention.py`.
`step` looks through a class a set at a time; `pictures` takes out of the store what no case needs any more; `holds`
lets officers keep a case; `reading` tells what was erased and whether it goes on.
"""

from cakra.journey.retention.holds import Hold, list_holds, place_hold, release_hold
from cakra.journey.retention.pictures import erase_pictures
from cakra.journey.retention.reading import Overdue, RetentionLook, list_looks, what_lags
from cakra.journey.retention.step import Eraser, RunSummary, count_due, run_all

__all__ = [
    "Eraser",
    "Hold",
    "Overdue",
    "RetentionLook",
    "RunSummary",
    "count_due",
    "erase_pictures",
    "list_holds",
    "list_looks",
    "place_hold",
    "release_hold",
    "run_all",
    "what_lags",
]
