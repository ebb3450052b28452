"""The only writer of a notice: planned with its case's outcome, claimed by a sender, moved by answers, proofs and time.

planning.py new rows   claiming.py queued → sending   moving.py every later move
The moves are those of `NOTICE_TABLE` in core/states/notice.py; the database refuses every other one.
"""

from cakra.store.notices.claiming import claim_sends
from cakra.store.notices.moving import (
    change_templates,
    due_after_release,
    key_of,
    leading,
    move_notices,
    move_set,
    move_unchanged,
    newest_confirmation,
    release_notice,
    settle_attempts,
    stamp_hand_over,
    stop_notices,
    stops_as_they_stand,
    stops_of_moves,
    stops_of_turns,
    tell_again,
    word_notices,
    word_party_again,
)
from cakra.store.notices.planning import later_notice, wake_wording, wake_wording_now, worded_notice

__all__ = [
    "change_templates",
    "claim_sends",
    "due_after_release",
    "key_of",
    "later_notice",
    "leading",
    "move_notices",
    "move_set",
    "move_unchanged",
    "newest_confirmation",
    "release_notice",
    "settle_attempts",
    "stamp_hand_over",
    "stop_notices",
    "stops_as_they_stand",
    "stops_of_moves",
    "stops_of_turns",
    "tell_again",
    "wake_wording",
    "wake_wording_now",
    "word_notices",
    "word_party_again",
    "worded_notice",
]
