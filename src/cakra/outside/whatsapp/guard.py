"""The rule that keeps a synthetic register away from real phones; it is the same for every provider."""

from cakra.outside.loopback import is_on_loopback, require_loopback

__all__ = ["is_on_loopback", "require_loopback"]
