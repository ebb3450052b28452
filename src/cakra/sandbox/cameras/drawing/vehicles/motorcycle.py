"""A scooter with its riders, from the front and from behind. Units as in `cars`."""

from dataclasses import dataclass

from cakra.sandbox.cameras.drawing.paint import Canvas, Colour, Point, box, mirrored, oval, shade, smooth
from cakra.sandbox.cameras.drawing.vehicles.sprite import PAINTS, Sprite, finish, sided

_SKIN: Colour = (148, 104, 78)
_TYRE: Colour = (20, 21, 23)
_JACKETS: tuple[Colour, ...] = ((72, 80, 70), (150, 60, 66), (60, 78, 118))
_HELMETS: tuple[Colour, ...] = ((34, 36, 40), (186, 34, 36), (206, 208, 210))
_TROUSERS: Colour = (52, 58, 74)


@dataclass(frozen=True, slots=True)
class Riders:
    """Who sits on it: how many, which heads are bare, and whether the rider telephones."""

    count: int = 1
    bare: tuple[int, ...] = ()
    phone: bool = False


def motorcycle(colour: str, riders: Riders, scale: float, *, rear: bool) -> Sprite:
    """A scooter from the front, or from behind; passengers lean out beside the rider so as to be seen."""
    paint = PAINTS.get(colour, PAINTS["black"])
    canvas = Canvas(130, 215, scale, origin=(65, 34))
    canvas.shape(oval(0, 163, 42, 7), (8, 9, 11), alpha=0.75, blur=4)
    leaning = ((13.0, -9.0), (-14.0, -15.0))
    order = range(riders.count - 1, -1, -1)
    if rear:
        _tail(canvas, paint)
        for place in reversed(order):
            x, y = (0.0, 4.0) if place == 0 else (leaning[place - 1][0] * 0.7, leaning[place - 1][1] + 13)
            _body(canvas, place, x, y, front=False, bare=place in riders.bare, arms=place == 0)
        _tail_end(canvas, paint)
        corners = ((-17.0, 119.0), (17.0, 119.0), (17.0, 132.6), (-17.0, 132.6))
        lamps: tuple[Point, ...] = ((0.0, 108.0),)
    else:
        for place in order:
            x, y = (0.0, 0.0) if place == 0 else leaning[place - 1]
            _body(canvas, place, x, y, front=True, bare=place in riders.bare, arms=place == 0)
        if riders.phone:
            canvas.line([(-20, 46), (-27, 38), (-14, 24)], _JACKETS[0], 8)
            canvas.shape(oval(-12.5, 21, 4, 4.5), _SKIN)
            canvas.shape(box(-14, 10, -10, 25, 1), (12, 13, 15))
        _nose(canvas, paint)
        corners = ((-17.0, 96.0), (17.0, 96.0), (17.0, 109.6), (-17.0, 109.6))
        lamps = ((0.0, 87.0),)
    return finish(canvas, corners, (-40, -18 if riders.count > 1 else 0, 40, 166), (0, 164), lamps)


def _body(canvas: Canvas, place: int, x: float, y: float, *, front: bool, bare: bool, arms: bool) -> None:
    jacket = _JACKETS[place % len(_JACKETS)]
    for side in (-1, 1):
        thigh: list[Point] = [(x + side * 12, y + 90), (x + side * 23, y + 106), (side * 19, 134)]
        canvas.line(thigh, shade(_TROUSERS, -0.15 * place), 11)
        canvas.shape(oval(side * 19, 138, 7, 4.2), (26, 22, 20))
    torso = [
        (x + dx, y + dy) for dx, dy in mirrored([(0, 31), (9, 32), (20, 37), (24, 48), (21, 72), (19, 98), (0, 102)])
    ]
    canvas.shape(smooth(torso), [(0, shade(jacket, 0.2)), (0.5, jacket), (1, shade(jacket, -0.5))])
    lee = smooth([(x + 8, y + 36), (x + 23, y + 42), (x + 19, y + 94), (x + 10, y + 94)])
    canvas.shape(lee, (0, 0, 0), alpha=0.3, blur=3, clip=canvas.mask(smooth(torso)))
    if front:
        canvas.line([(x, y + 36), (x, y + 92)], shade(jacket, -0.5), 1.0, alpha=0.7)
    if arms:
        for side in (-1, 1):
            limb: list[Point] = [(x + side * 20, y + 43), (x + side * 31, y + 63), (side * 30, 77)]
            canvas.line(limb, shade(jacket, 0.05 if side < 0 else -0.3), 9.5)
            canvas.shape(oval(side * 30, 78, 4.4, 4.4), _SKIN)
    _head(canvas, place, x, y, front=front, bare=bare)


def _head(canvas: Canvas, place: int, x: float, y: float, *, front: bool, bare: bool) -> None:
    canvas.shape(box(x - 4.5, y + 24, x + 4.5, y + 36, 2), shade(_SKIN, -0.25))
    if bare:
        canvas.shape(oval(x, y + 17, 8.6, 11.4), [(0, shade(_SKIN, 0.1)), (1, shade(_SKIN, -0.2))])
        low = y + 14 if front else y + 21
        hair = [
            (x - 9.4, low + 2),
            (x - 8.6, y + 8),
            (x, y + 3.6),
            (x + 8.6, y + 8),
            (x + 9.4, low + 2),
            (x + 4, low - 2),
            (x - 4, low - 2),
        ]
        canvas.shape(smooth(hair), [(0, (48, 40, 36)), (1, (18, 15, 14))])
        if front:
            for side in (-1, 1):
                canvas.shape(oval(x + side * 3.6, y + 17, 1.5, 0.8), (34, 24, 20))
            canvas.line([(x - 2.6, y + 24), (x + 2.6, y + 24)], (104, 60, 52), 0.9)
            canvas.shape(oval(x, y + 20, 1.5, 1.8), shade(_SKIN, -0.2))
        return
    shell = _HELMETS[place % len(_HELMETS)]
    canvas.shape(oval(x, y + 15, 12.6, 14), [(0, shade(shell, 0.35)), (0.5, shell), (1, shade(shell, -0.4))])
    canvas.shape(oval(x - 4, y + 6.5, 5, 3), (255, 255, 255), alpha=0.35, blur=1.2)
    if front:
        canvas.shape(smooth(_at(x, y, [(0, 10), (9.6, 11), (10.6, 17), (8, 24), (0, 26)])), shade(_SKIN, -0.1))
        for side in (-1, 1):
            canvas.shape(oval(x + side * 3.8, y + 17.6, 1.6, 0.9), (34, 24, 20))
        visor = smooth(_at(x, y, [(0, 8.5), (10.6, 10), (11.4, 15), (9, 18.5), (0, 20)]))
        canvas.shape(visor, [(0, (120, 136, 150)), (1, (46, 54, 62))], alpha=0.82)
        canvas.shape(oval(x - 4, y + 12.6, 4, 2), (235, 244, 250), alpha=0.5, blur=0.8)


def _at(x: float, y: float, right: list[Point]) -> list[Point]:
    return [(x + dx, y + dy) for dx, dy in mirrored(right)]


def _handlebar(canvas: Canvas) -> None:
    canvas.line([(-36, 76), (-14, 79), (14, 79), (36, 76)], (28, 30, 33), 3.4)
    for side in (-1, 1):
        canvas.line(sided([(24, 77), (31, 60)], side), (30, 32, 35), 1.4)
        canvas.shape(sided(oval(33, 55, 8, 5.2), side), [(0, (70, 76, 82)), (1, (28, 30, 33))])
        canvas.shape(sided(box(29, 74, 39, 79, 2), side), (18, 19, 21))


def _nose(canvas: Canvas, paint: Colour) -> None:
    """Front wheel, mudguard, leg shield, lamp."""
    canvas.shape(
        box(-5.6, 116, 5.6, 165, 5), [(0, (16, 17, 18)), (0.5, (46, 48, 51)), (1, (20, 21, 22))], sideways=True
    )
    shield = smooth(mirrored([(0, 78), (18, 82), (25, 98), (24, 122), (17, 138), (9, 134), (0, 120)]))
    canvas.shape(shield, [(0, shade(paint, 0.12)), (0.5, shade(paint, -0.25)), (1, shade(paint, -0.6))])
    _handlebar(canvas)
    cowl = smooth(mirrored([(0, 70), (12, 72), (19, 80), (17, 92), (16, 108), (9, 122), (0, 126)]))
    canvas.shape(cowl, [(0, shade(paint, 0.4)), (0.4, paint), (1, shade(paint, -0.4))])
    canvas.shape(smooth([(-14, 78), (-4, 74), (-6, 116), (-10, 112)]), (255, 255, 255), alpha=0.22, blur=2)
    lamp = smooth(mirrored([(0, 80), (10, 81), (16, 85), (10, 92), (0, 94)]))
    canvas.shape(lamp, [(0, (240, 243, 245)), (0.6, (156, 166, 174)), (1, (216, 221, 225))])
    canvas.shape(oval(0, 87, 5.4, 4.6), (252, 253, 253))
    for side in (-1, 1):
        canvas.shape(smooth(sided([(18, 90), (23, 94), (22, 102), (18, 98)], side)), (232, 150, 56))
    guard = smooth(mirrored([(0, 116), (7, 118), (9, 130), (7.5, 142), (0, 145)]))
    canvas.shape(guard, [(0, shade(paint, 0.25)), (1, shade(paint, -0.4))])
    for side in (-1, 1):
        canvas.line(sided([(7.5, 124), (8, 148)], side), (120, 124, 128), 2.2)
    canvas.shape(box(-18, 94.8, 18, 110.8, 1), shade(paint, -0.7))


def _tail(canvas: Canvas, paint: Colour) -> None:
    """What lies before the rider's back: wheel, exhaust, handlebar."""
    canvas.shape(
        box(-6.4, 118, 6.4, 166, 5), [(0, (16, 17, 18)), (0.5, (48, 50, 53)), (1, (20, 21, 22))], sideways=True
    )
    _handlebar(canvas)
    canvas.shape(
        smooth([(10, 124), (20, 122), (22, 136), (19, 146), (11, 144)]), [(0, (150, 154, 158)), (1, (62, 65, 68))]
    )
    canvas.shape(oval(15.6, 140, 4.4, 4.4), _TYRE)
    canvas.shape(smooth(mirrored([(0, 96), (18, 98), (23, 116), (18, 134), (0, 132)])), shade(paint, -0.55))


def _tail_end(canvas: Canvas, paint: Colour) -> None:
    """Seat, tail, lamp and number bracket, behind the rider."""
    canvas.shape(
        smooth(mirrored([(0, 94), (16, 95), (19, 101), (14, 106), (0, 107)])), [(0, (58, 60, 63)), (1, (20, 21, 22))]
    )
    tail = smooth(mirrored([(0, 101), (15, 102), (20, 110), (15, 121), (0, 124)]))
    canvas.shape(tail, [(0, shade(paint, 0.3)), (0.5, paint), (1, shade(paint, -0.45))])
    canvas.shape(
        smooth(mirrored([(0, 103), (11, 104), (14, 109), (8, 114), (0, 115)])), [(0, (236, 60, 56)), (1, (128, 10, 16))]
    )
    canvas.shape(oval(-3, 106.5, 5, 1.8), (255, 190, 180), alpha=0.6, blur=1)
    for side in (-1, 1):
        canvas.shape(smooth(sided([(15, 106), (21, 107), (21, 112), (16, 113)], side)), (232, 150, 56))
    canvas.shape(box(-11, 117, 11, 141, 3), (24, 25, 27))
    canvas.shape(box(-18, 118, 18, 133.6, 1), (30, 31, 33))
