"""The simulated provider and a desk on it, for tests of notices and their sending."""

import pytest

from dispatch_kit import CALM, ground_on
from whatsapp_peer import sandbox


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("whatsapp"), absent_suffixes=["0404"], absent_as="answer") as peer:
        yield peer


@pytest.fixture
def peer(running):
    yield running
    running.faults(**CALM)


@pytest.fixture
async def ground(pool, peer, tmp_path):
    async with ground_on(pool, peer, tmp_path) as ground:
        yield ground
