"""What a worker repeats: a fruitless look is not repeated at once, a fruitful one is."""

import asyncio
import time

from cakra.engine.worker import unhurried

LOOK_S = 0.05


class Queue:
    """Work that takes a moment to look, and finds what it is told to."""

    def __init__(self):
        self.finds = 0
        self.looks = 0

    async def look(self):
        self.looks += 1
        await asyncio.sleep(LOOK_S)
        return self.finds


async def test_a_fruitless_look_rests_in_proportion_to_what_it_cost():
    queue = Queue()
    look = unhurried(queue.look, rest=10.0)
    assert await look() == 0
    begun = time.monotonic()
    while queue.looks == 1:
        await look()
        await asyncio.sleep(0)
    assert time.monotonic() - begun >= 10.0 * LOOK_S


async def test_what_found_something_looks_again_at_once():
    queue = Queue()
    queue.finds = 3
    look = unhurried(queue.look, rest=1000.0)
    assert [await look() for _ in range(3)] == [3, 3, 3]
    assert queue.looks == 3
    queue.finds = 0
    assert await look() == 0
    assert await look() == 0
    assert queue.looks == 4
