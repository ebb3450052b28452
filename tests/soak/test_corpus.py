"""What once failed in a parser never fails again: the kept inputs, the sound ones, and a handful of damaged ones."""

import random

import pytest
from tests.soak.fuzz import damaged, targets, try_one

KNOWN = targets()


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_kept_sound_and_some_damaged_inputs_are_read_or_refused(name: str) -> None:
    target, sound = KNOWN[name]
    chance = random.Random(name)
    for given in (*sound, *(damaged(chance, sound) for _ in range(100))):
        wrong = try_one(target, given)
        assert wrong is None, f"{given[:200]!r}\n{wrong}"


def test_every_room_that_reads_foreign_bytes_has_targets() -> None:
    assert {name.partition(".")[0] for name in KNOWN} == {"camera", "picture", "provider", "web"}
