"""The states of a payment and of a refund, and the moves between them. Pure; their writers come with the bank.

A payment commits alone, in whatever state its case is; the case follows where its own table allows, else the payment
is the treasurer's. A deposit of a withdrawn or acquitted case, and a second payment of one code, are refunds too.
"""

from collections.abc import Mapping
from enum import StrEnum

from cakra.core.states.moves import Mover, Stage


class PaymentState(StrEnum):
    """Where one payment of a deposit stands."""

    RECEIVED = "received"  # the bank's word is durably kept, nothing is concluded yet
    MATCHED = "matched"  # its code belongs to a case that it pays
    UNMATCHED = "unmatched"  # no case can take it: a second payment, a code that ran out, a case that ended
    RECONCILED = "reconciled"  # the bank's statement of the day shows the same
    RETURNED = "returned"  # the whole of it is a refund
    REVERSED = "reversed"  # the bank took it back


class RefundState(StrEnum):
    """Where one refund stands."""

    DUE = "due"  # a remainder is the owner's, who has not said where to
    REQUESTED = "requested"  # the owner named an account
    SENT = "sent"  # the transfer was ordered
    REFUNDED = "refunded"  # the bank's statement shows it
    BOUNCED = "bounced"  # the bank could not transfer it
    FORFEITED = "forfeited"  # nobody asked for it within its year


P, R = PaymentState, RefundState

# fmt: off
PAYMENT_TABLE: Mapping[PaymentState, Stage[PaymentState]] = {
    P.RECEIVED:   Stage(Mover.MACHINE, "seconds", (P.MATCHED, P.UNMATCHED)),
    P.MATCHED:    Stage(Mover.BANK, "the statement of the day", (P.RECONCILED, P.UNMATCHED, P.REVERSED)),
    P.UNMATCHED:  Stage(Mover.TREASURY, "the treasurer's word", (P.MATCHED, P.RETURNED, P.REVERSED)),
    P.RECONCILED: Stage(Mover.COURT, "the verdict", (P.RETURNED, P.REVERSED)),
    P.RETURNED:   Stage(Mover.NOBODY, "final", ()),
    P.REVERSED:   Stage(Mover.NOBODY, "final", ()),
}
REFUND_TABLE: Mapping[RefundState, Stage[RefundState]] = {
    R.DUE:       Stage(Mover.OWNER, "one year from the verdict", (R.REQUESTED, R.FORFEITED)),
    R.REQUESTED: Stage(Mover.TREASURY, "the transfer order", (R.SENT, R.DUE)),
    R.SENT:      Stage(Mover.BANK, "the statement of the day", (R.REFUNDED, R.BOUNCED)),
    R.BOUNCED:   Stage(Mover.OWNER, "one year from the verdict", (R.REQUESTED, R.FORFEITED)),
    R.REFUNDED:  Stage(Mover.NOBODY, "final", ()),
    R.FORFEITED: Stage(Mover.NOBODY, "final", ()),
}
# fmt: on
