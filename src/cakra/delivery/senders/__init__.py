"""The official senders of a channel as they work: their pace, their health, and who stopped or released them.

Several senders share one queue. What a sender may claim is spent in the claim itself (`claim_sends`), so that all
hosts share one pace; how its calls went decides here whether it rests, and for how long.
"""

from cakra.delivery.senders.answers import elsewhere, take_answers
from cakra.delivery.senders.events import note_sender
from cakra.delivery.senders.health import CallAnswer, HealthWatch
from cakra.delivery.senders.listing import SenderEvent, SenderLine, list_senders, sender_events
from cakra.delivery.senders.pace import Pace, forget_pairs, open_senders
from cakra.delivery.senders.rules import HealthPolicy
from cakra.delivery.senders.stopping import release_sender, stop_sender

__all__ = [
    "CallAnswer",
    "HealthPolicy",
    "HealthWatch",
    "Pace",
    "SenderEvent",
    "SenderLine",
    "elsewhere",
    "forget_pairs",
    "list_senders",
    "note_sender",
    "open_senders",
    "release_sender",
    "sender_events",
    "stop_sender",
    "take_answers",
]
