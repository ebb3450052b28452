"""Inbound: what people write to our official numbers. Kept sealed, understood by a small grammar, answered once.

`hearing` keeps a message in the transaction that finishes its webhook; `step` understands it and writes the answer
and what follows from it; `replying` hands the answer over, its intent committed before the call. No stage of a case:
a message moves none, it is told on a timeline at most.
"""

from cakra.delivery.inbound.hearing import Listener, forget_inbound, understand_again
from cakra.delivery.inbound.replying import ReplyDesk, expire_replies
from cakra.delivery.inbound.step import InboundDesk
from cakra.delivery.inbound.wording import ReplyText, parse_replies

__all__ = [
    "InboundDesk",
    "Listener",
    "ReplyDesk",
    "ReplyText",
    "expire_replies",
    "forget_inbound",
    "parse_replies",
    "understand_again",
]
