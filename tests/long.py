"""The long form of a test: what `make soak` runs before each release, where `make test` takes a sample.

`tools/soak` sets `CAKRA_SOAK`; tests that have no short form carry the marker `soak` and are not selected otherwise.
"""

import os
from typing import TypeVar

T = TypeVar("T")
SOAK = os.environ.get("CAKRA_SOAK") == "1"


def long_or(long: T, short: T) -> T:
    """The first in `make soak`, the second in `make test`."""
    return long if SOAK else short
