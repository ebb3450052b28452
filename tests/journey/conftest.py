"""The simulated provider and a desk on it, for tests of what a case tells."""

from dispatch_kit import ground, peer, running  # noqa: F401 - fixtures
