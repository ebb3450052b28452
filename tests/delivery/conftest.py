"""The simulated provider and a desk on it, for tests of notices and their sending."""

from dispatch_kit import ground, peer, running  # noqa: F401 - fixtures
