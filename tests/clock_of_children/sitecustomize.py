"""Every Python process that starts with this folder on its path goes by the moved clock (see `tests/clock.py`)."""

import os
import time
from datetime import timedelta

import time_machine

time_machine.travel(timedelta(seconds=float(os.environ["TEST_CLOCK_AHEAD_S"])), tick=True).start()
time.time()  # the journey begins with the first question
