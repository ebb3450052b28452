"""Which text stands in for a stopped one. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variant:
    """One registered text. Two of one purpose and language with the same variables say the same.

    `in_force`: it is a wording of today; an earlier one stands in for none.
    """

    name: str
    language: str
    purpose: str
    variables: frozenset[str]
    with_picture: bool
    in_force: bool = True

    @property
    def key(self) -> tuple[str, str]:
        """As the provider knows it."""
        return self.name, self.language


def replacement(
    key: tuple[str, str], variants: Sequence[Variant], stopped: Collection[tuple[str, str]]
) -> Variant | None:
    """The text to send instead: one with a picture stands in for one with a picture, else the same words without.

    A text without a picture is never replaced by one that needs it.
    """
    this = next((variant for variant in variants if variant.key == key), None)
    if this is None:
        return None
    like = [
        other
        for other in variants
        if (other.purpose, other.language, other.variables) == (this.purpose, this.language, this.variables)
        and other.in_force
        and other.key not in stopped
        and (this.with_picture or not other.with_picture)
    ]
    # The sort is stable: among equals the first in the list, which is the order of the templates' file.
    return min(like, key=lambda other: other.with_picture != this.with_picture, default=None)
