"""A browser for the tests of this room."""

from browser_kit import chromium  # noqa: F401 - a fixture
