"""The portal as a real server on this test's own database."""

from collections.abc import AsyncIterator

import pytest

from portal_kit import Browser, portal_app, portal_deps, serve


@pytest.fixture
def deps(pool, tmp_path):
    """The portal's world; tests that need other limits make their own."""
    return portal_deps(pool, tmp_path / "photos")


@pytest.fixture
async def site(deps) -> AsyncIterator[str]:
    """The portal's address."""
    async with serve(portal_app(deps)) as base:
        yield base


@pytest.fixture
async def browser(site) -> AsyncIterator[Browser]:
    """One owner's browser."""
    async with Browser(site) as browser:
        yield browser
