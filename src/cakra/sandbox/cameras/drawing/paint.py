"""Painting with light: smooth shapes filled with gradients, the few strokes that pictures here are made of.

A `Canvas` is drawn once at twice its size and kept (vehicles, backgrounds); nothing here runs per photograph.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]
Colour = tuple[int, int, int]
Fill = Colour | Sequence[tuple[float, Colour]]

_SUPER = 2


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour at ``share`` (0–1) of the way from the first to the second."""
    return (
        round(first[0] + (second[0] - first[0]) * share),
        round(first[1] + (second[1] - first[1]) * share),
        round(first[2] + (second[2] - first[2]) * share),
    )


def shade(colour: Colour, amount: float) -> Colour:
    """Towards white for a positive amount, towards black for a negative one (−1 to 1)."""
    return mix(colour, (255, 255, 255) if amount > 0 else (0, 0, 0), abs(amount))


def smooth(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """A closed Catmull–Rom curve through the points."""
    count = len(points)
    curve: list[Point] = []
    for i in range(count):
        before, start, end, after = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        for step in range(steps):
            t = step / steps
            weights = (
                (-t + 2 * t**2 - t**3) / 2,
                (2 - 5 * t**2 + 3 * t**3) / 2,
                (t + 4 * t**2 - 3 * t**3) / 2,
                (-(t**2) + t**3) / 2,
            )
            near = (before, start, end, after)
            curve.append(
                (
                    sum(w * p[0] for w, p in zip(weights, near, strict=True)),
                    sum(w * p[1] for w, p in zip(weights, near, strict=True)),
                )
            )
    return curve


def mirrored(right: Sequence[Point]) -> list[Point]:
    """A symmetric outline from its right half (top to bottom), about x = 0."""
    return [*right, *[(-x, y) for x, y in reversed(right)]]


def box(x1: float, y1: float, x2: float, y2: float, radius: float = 0.0) -> list[Point]:
    """A rectangle, its corners cut round by ``radius``."""
    if radius <= 0:
        return [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
    points: list[Point] = []
    corners = (
        (x2 - radius, y1 + radius, -90),
        (x2 - radius, y2 - radius, 0),
        (x1 + radius, y2 - radius, 90),
        (x1 + radius, y1 + radius, 180),
    )
    for cx, cy, start in corners:
        for k in range(5):
            angle = np.radians(start + 22.5 * k)
            points.append((cx + radius * float(np.cos(angle)), cy + radius * float(np.sin(angle))))
    return points


def oval(cx: float, cy: float, rx: float, ry: float) -> list[Point]:
    """An ellipse as points."""
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    return [(cx + rx * float(np.cos(a)), cy + ry * float(np.sin(a))) for a in angles]


class Canvas:
    """A transparent picture in units of one's own; ``scale`` is pixels a unit, the origin is given in units."""

    def __init__(self, width: float, height: float, scale: float, origin: Point = (0.0, 0.0)) -> None:
        self.scale = scale * _SUPER
        self.origin = origin
        self.image = Image.new("RGBA", (round(width * self.scale), round(height * self.scale)))

    def _pixels(self, points: Sequence[Point]) -> list[Point]:
        ox, oy = self.origin
        return [((x + ox) * self.scale, (y + oy) * self.scale) for x, y in points]

    def mask(self, points: Sequence[Point], blur: float = 0.0) -> Image.Image:
        """Coverage of a shape over the whole canvas; ``blur`` in units."""
        cover = Image.new("L", self.image.size)
        ImageDraw.Draw(cover).polygon(self._pixels(points), fill=255)
        return cover.filter(ImageFilter.GaussianBlur(blur * self.scale)) if blur else cover

    def shape(
        self,
        points: Sequence[Point],
        fill: Fill,
        *,
        alpha: float = 1.0,
        blur: float = 0.0,
        clip: Image.Image | None = None,
        sideways: bool = False,
    ) -> None:
        """Paint a shape with a colour or a gradient (top to bottom, or left to right if ``sideways``)."""
        pixels = self._pixels(points)
        margin = blur * self.scale * 3 + 2
        x1 = max(0, int(min(p[0] for p in pixels) - margin))
        y1 = max(0, int(min(p[1] for p in pixels) - margin))
        x2 = min(self.image.width, int(max(p[0] for p in pixels) + margin) + 1)
        y2 = min(self.image.height, int(max(p[1] for p in pixels) + margin) + 1)
        if x2 <= x1 or y2 <= y1:
            return
        cover = Image.new("L", (x2 - x1, y2 - y1))
        ImageDraw.Draw(cover).polygon([(x - x1, y - y1) for x, y in pixels], fill=round(255 * alpha))
        if blur:
            cover = cover.filter(ImageFilter.GaussianBlur(blur * self.scale))
        if clip is not None:
            cover = ImageChops.multiply(cover, clip.crop((x1, y1, x2, y2)))
        layer = _gradient(fill, (x2 - x1, y2 - y1), margin, sideways=sideways)
        layer.putalpha(cover)
        self.image.alpha_composite(layer, (x1, y1))

    def leaf(self, middle: Point, radii: Point, colour: Colour) -> None:
        """A small opaque ellipse; cheap, for the thousands that make a tree."""
        (x, y), (rx, ry) = self._pixels([middle])[0], (radii[0] * self.scale, radii[1] * self.scale)
        ImageDraw.Draw(self.image).ellipse((x - rx, y - ry, x + rx, y + ry), fill=(*colour, 255))

    def pane(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A small opaque upright rectangle; cheap, for the windows of a skyline."""
        first, second = self._pixels([(left, top), (right, bottom)])
        ImageDraw.Draw(self.image).rectangle((*first, *second), fill=(*colour, 255))

    def line(
        self,
        points: Sequence[Point],
        colour: Colour,
        width: float,
        *,
        alpha: float = 1.0,
        blur: float = 0.0,
    ) -> None:
        """A line with round joints, ``width`` in units."""
        pixels = self._pixels(points)
        thick = max(1, round(width * self.scale))
        margin = blur * self.scale * 3 + thick + 2
        x1 = max(0, int(min(p[0] for p in pixels) - margin))
        y1 = max(0, int(min(p[1] for p in pixels) - margin))
        x2 = min(self.image.width, int(max(p[0] for p in pixels) + margin) + 1)
        y2 = min(self.image.height, int(max(p[1] for p in pixels) + margin) + 1)
        if x2 <= x1 or y2 <= y1:
            return
        cover = Image.new("L", (x2 - x1, y2 - y1))
        shifted = [(x - x1, y - y1) for x, y in pixels]
        ImageDraw.Draw(cover).line(shifted, fill=round(255 * alpha), width=thick, joint="curve")
        if blur:
            cover = cover.filter(ImageFilter.GaussianBlur(blur * self.scale))
        layer = Image.new("RGBA", cover.size, (*colour, 0))
        layer.putalpha(cover)
        self.image.alpha_composite(layer, (x1, y1))

    def finished(self) -> NDArray[np.uint8]:
        """The picture at its real size, RGBA uint8."""
        width, height = self.image.width // _SUPER, self.image.height // _SUPER
        return np.asarray(self.image.resize((width, height), Image.Resampling.BOX))


def _gradient(fill: Fill, size: tuple[int, int], margin: float, *, sideways: bool) -> Image.Image:
    """A picture filled with a colour, or with stops between the shape's two ends."""
    if isinstance(fill[0], int):
        return Image.new("RGBA", size, (*fill, 255))
    stops = [stop for stop in fill if isinstance(stop, tuple)]
    length = size[0] if sideways else size[1]
    inner = max(1.0, length - 2 * margin)
    at = np.clip((np.arange(length) - margin) / inner, 0, 1)
    channels = [np.interp(at, [s[0] for s in stops], [s[1][k] for s in stops]) for k in range(3)]
    ramp = np.stack(channels, axis=-1).astype(np.uint8)
    ramp = ramp[None, :, :] if sideways else ramp[:, None, :]
    return Image.fromarray(np.ascontiguousarray(ramp)).resize(size, Image.Resampling.NEAREST).convert("RGBA")
