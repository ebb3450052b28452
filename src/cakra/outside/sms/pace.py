"""How fast we submit: up to the agreed rate, half of it when told to slow down, slowly back. Pure.

Additive increase, multiplicative decrease; one cut per flight, since refusals of messages that left before
the cut say nothing new. Times are seconds of any steadily running clock.
"""

_FLOOR = 1.0
_BURST_S = 0.1  # what was not used may be caught up with for this long
_RECOVERY_S = 30.0  # from nothing back to the agreed rate


class Pace:
    """The rate of one connection's submits, in messages a second."""

    def __init__(self, agreed: float) -> None:
        self._agreed = max(agreed, _FLOOR)
        self._rate = self._agreed
        self._next = 0.0
        self._cut_at = float("-inf")

    @property
    def rate(self) -> float:
        """Messages a second at the moment."""
        return self._rate

    def wait(self, now: float) -> float:
        """Seconds until a message may leave, if it asked now."""
        return max(self._next - now, 0.0)

    def book(self, now: float) -> float:
        """Take the next place; seconds to wait before sending."""
        wait = self.wait(now)
        self._next = max(self._next, now - _BURST_S) + 1.0 / self._rate
        return wait

    def throttled(self, sent_at: float, now: float) -> None:
        """A message that left at `sent_at` came back with 'too fast' or 'queue full'."""
        if sent_at <= self._cut_at:
            return
        self._rate = max(self._rate / 2, _FLOOR)
        self._cut_at = now

    def taken(self) -> None:
        """A message was taken: about one `_RECOVERY_S`-th of the agreed rate more with each second."""
        self._rate = min(self._rate + self._agreed / _RECOVERY_S / self._rate, self._agreed)
