"""A rectangle in a picture: the one shape that cameras, plate reader and masks talk about."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle in pixels, origin at the top left; x2 and y2 lie just outside it.

    Raises ValueError when it would be empty or turned around.
    """

    x1: int
    y1: int
    x2: int
    y2: int

    def __post_init__(self) -> None:
        if self.x2 <= self.x1 or self.y2 <= self.y1:
            raise ValueError(
                f"a box needs x1 < x2 and y1 < y2, but this one is {self.x1},{self.y1} to {self.x2},{self.y2}"
            )

    @property
    def width(self) -> int:
        """Pixels from left to right, at least 1."""
        return self.x2 - self.x1

    @property
    def height(self) -> int:
        """Pixels from top to bottom, at least 1."""
        return self.y2 - self.y1

    def clamped(self, width: int, height: int) -> "Box":
        """The part of this box that lies in a picture of that size.

        Raises ValueError when the box lies wholly outside the picture.
        """
        return Box(max(0, self.x1), max(0, self.y1), min(width, self.x2), min(height, self.y2))

    def grown(self, fraction: float) -> "Box":
        """This box with a margin of `fraction` of its own width and height on every side."""
        side, top = ceil(self.width * fraction), ceil(self.height * fraction)
        return Box(self.x1 - side, self.y1 - top, self.x2 + side, self.y2 + top)
