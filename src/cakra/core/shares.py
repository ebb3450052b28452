"""Shares: how far one that was counted can be trusted, and how people read one. Pure."""

from math import sqrt

_SURE, _NEVER = 0.9999, 0.0001
_NEARLY_SURE, _HARDLY_EVER = 0.999, 0.001


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1) when nothing was tried."""
    if trials == 0:
        return 0.0, 1.0
    z = 1.959964
    centre = (hits + z * z / 2) / (trials + z * z)
    half = z * sqrt(hits * (trials - hits) / trials + z * z / 4) / (trials + z * z)
    share = hits / trials  # which rounding must not leave outside
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def percent(share: float) -> str:
    """In Indonesian, never a false 0 or 100: `98,7 %`."""
    if share > _SURE:
        return "> 99,99 %"
    if share < _NEVER:
        return "< 0,01 %"
    # As many decimals as it takes not to round to a whole certainty.
    decimals = 2 if share > _NEARLY_SURE or share < _HARDLY_EVER else 1
    return f"{share * 100:.{decimals}f} %".replace(".", ",")
