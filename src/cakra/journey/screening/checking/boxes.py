"""A camera's plate box that is not in pixels of the picture that came: what else its four numbers may mean. Pure.

Cameras send boxes in thousandths, fractions, 0 to 8192, or pixels of another stream; as corner and size; with the
axes exchanged. No meaning is believed by itself: a plate must be seen there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor, isfinite

from cakra.core.geometry import Box

AS_GIVEN = "pixels"
_SIZES = (0.4, 2.5)  # of a plate that is seen against the box that points at it
_LOOSE = 5.0  # sides of a box in pixels against its plate's: a vehicle's box is no plate's
_ASPECTS, _LEAST_WIDTH = (1.2, 8.0), 24
_UNITS: Mapping[str, tuple[float, float]] = {
    "fractions": (1, 1),
    "per cent": (100, 100),
    "per mille": (1000, 1000),
    "8192": (8192, 8192),
    "10000": (10_000, 10_000),
}
_FRAMES: Mapping[str, tuple[float, float]] = {
    **_UNITS,
    **{
        f"{width}x{height}": (width, height)
        for width, height in (
            (352, 288), (640, 360), (640, 480), (704, 576), (720, 576), (800, 600), (1024, 768), (1280, 720),
            (1280, 960), (1600, 1200), (1920, 1080), (2048, 1536), (2560, 1440), (2592, 1944), (2688, 1520),
            (3072, 2048), (3840, 2160), (4096, 2160),
        )
    },
}  # fmt: skip
"""What the numbers may be parts of: width and height of the whole."""
_FROM_RIGHT, _FROM_BELOW = frozenset({2, 3, 7, 8}), frozenset({3, 4, 6, 7})  # EXIF orientations
_SHARES = {"half size": 0.5, "a quarter of the size": 0.25, "twice the size": 2.0}


class BoxWord(StrEnum):
    """What became of a camera's box."""

    USED = "used"  # there was none, or the plate was where it says
    MENDED = "mended"  # the plate was where it says in another measure
    IGNORED = "ignored"  # a plate was read elsewhere, and nothing explains the box
    DOUBTED = "doubted"  # nothing was read in it, nor anywhere else


@dataclass(frozen=True, slots=True)
class BoxSaid:
    """What became of the box of one photograph; `meaning` names the measure of a mended one."""

    word: BoxWord
    meaning: str = ""


def box_of(corners: Sequence[float] | None, width: int, height: int) -> Box | None:
    """The part in the picture of a box in its pixels; None for what cannot be one."""
    try:
        return _whole(*corners).clamped(width, height) if corners else None
    except (TypeError, ValueError, OverflowError):
        return None


def meaning_of(corners: Sequence[float], seen: Box, width: int, height: int, turned: int = 1) -> str | None:
    """Which measure of the camera's box points at the plate that was seen; None when none does."""
    given = box_of(corners, width, height)
    if given is not None and _holds(given, seen) and _sides(given, seen, 0.2, _LOOSE):
        return AS_GIVEN
    fitting = (
        name
        for name, box in meanings(corners, width, height, turned)
        if _holds(box, seen) and _sides(box, seen, *_SIZES)
    )
    return next(fitting, None)


def meanings(corners: Sequence[float], width: int, height: int, turned: int = 1) -> Iterator[tuple[str, Box]]:
    """Every other place in the picture that the box may mean and that has the shape of a plate, likeliest first.

    `width`, `height`: of the picture as it is shown, after the EXIF orientation `turned` was applied.
    """
    if not _is_numbers(corners):
        return
    if turned != 1 and (box := box_of(_as_shown(corners, width, height, turned), width, height)) is not None:
        yield "before the picture was turned", box
    frames = {**{name: (width * share, height * share) for name, share in _SHARES.items()}, **_FRAMES}
    given, known = box_of(corners, width, height), set[Box]()
    for shape, (x1, y1, x2, y2) in _shapes(corners):
        for name, (wide, high) in {AS_GIVEN: (width, height), **(frames if not shape else _UNITS)}.items():
            across, down = width / wide, height / high
            scaled = (x1 * across, y1 * down, x2 * across, y2 * down)
            box = box_of(scaled, width, height)
            if box is None or box == given or box in known or not _is_plate_shaped(box):
                continue
            known.add(box)
            yield f"{name}{shape}", box


def _as_shown(corners: Sequence[float], width: int, height: int, turned: int) -> tuple[float, float, float, float]:
    """A box of the stored picture, in the picture as it is shown."""
    (x1, y1, x2, y2), across = corners, turned > 4  # noqa: PLR2004 - orientations 5 to 8 lie on the side
    wide, high = (height, width) if across else (width, height)
    points = [
        (wide - x if turned in _FROM_RIGHT else x, high - y if turned in _FROM_BELOW else y)
        for x, y in ((x1, y1), (x2, y2))
    ]
    (a, b), (c, d) = [(y, x) for x, y in points] if across else points
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _shapes(corners: Sequence[float]) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    a, b, c, d = corners
    yield "", (a, b, c, d)
    yield ", corner and size", (a, b, a + c, b + d)
    yield ", corners exchanged", (min(a, c), min(b, d), max(a, c), max(b, d))
    yield ", axes exchanged", (b, a, d, c)
    yield ", axes exchanged, corner and size", (b, a, b + d, a + c)


def _whole(x1: float, y1: float, x2: float, y2: float) -> Box:
    return Box(floor(x1), floor(y1), ceil(x2), ceil(y2))


def _is_numbers(corners: Sequence[float]) -> bool:
    return len(corners) == 4 and all(  # noqa: PLR2004 - two corners
        isinstance(one, int | float) and isfinite(one) for one in corners
    )


def _is_plate_shaped(box: Box) -> bool:
    return box.width >= _LEAST_WIDTH and _ASPECTS[0] <= box.width / box.height <= _ASPECTS[1]


def _holds(box: Box, seen: Box) -> bool:
    across, down = (seen.x1 + seen.x2) / 2, (seen.y1 + seen.y2) / 2
    return box.x1 <= across <= box.x2 and box.y1 <= down <= box.y2


def _sides(box: Box, seen: Box, least: float, most: float) -> bool:
    return least <= box.width / seen.width <= most and least <= box.height / seen.height <= most
