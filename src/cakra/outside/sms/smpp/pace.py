"""How fast we submit: up to the agreed rate, less when told to slow down, slowly back. Pure.

Additive increase, multiplicative decrease. Centres count by the second, so one second has one cut, to what
was really taken in it, or to half when that is less: halving at each refusal would end at nothing within
one round trip. Times are seconds of any steadily running clock.
"""

_FLOOR = 1.0
_BURST_S = 0.1  # what was not used may be caught up with for this long
_RECOVERY_S = 30.0  # from nothing back to the agreed rate
_CUT_EVERY_S = 1.0
_HOLD_S = 0.2  # silence after a cut


class SubmitPace:
    """The rate of one connection's submits, in messages a second."""

    def __init__(self, agreed: float) -> None:
        self._agreed = max(agreed, _FLOOR)
        self._rate = self._agreed
        self._next = float("-inf")
        self._cut_at = float("-inf")
        self._second, self._taken, self._taken_before = 0, 0, 0

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

    def throttled(self, now: float) -> None:
        """A message came back with 'too fast' or 'queue full'."""
        if now < self._cut_at + _CUT_EVERY_S:
            return
        self._turn(now)
        measured = max(self._taken, self._taken_before)
        self._rate = max(min(self._rate / 2, measured or self._rate), _FLOOR)
        self._cut_at = now
        self._next = max(self._next, now + _HOLD_S)

    def taken(self, now: float) -> None:
        """A message was taken: with each second, a `_RECOVERY_S`-th of the agreed rate comes back."""
        self._turn(now)
        self._taken += 1
        self._rate = min(self._rate + self._agreed / _RECOVERY_S / self._rate, self._agreed)

    def _turn(self, now: float) -> None:
        second = int(now)
        if second != self._second:
            self._taken_before = self._taken if second == self._second + 1 else 0
            self._second, self._taken = second, 0
