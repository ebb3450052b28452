"""Cars from the front and from behind, painted once for each look and kept.

Units are centimetres about the middle of the vehicle, y downwards from the roof; the plate is left out and
its four corners are told, so that each photograph puts its own plate there. Indonesia drives on the left:
seen from the front the driver sits on the left of the picture.
"""

from dataclasses import dataclass

from PIL import Image

from cakra.sandbox.cameras.drawing.paint import Canvas, Colour, Point, box, mirrored, mix, oval, shade, smooth
from cakra.sandbox.cameras.drawing.vehicles.sprite import PAINTS, Sprite, finish, sided

_SKIN: Colour = (148, 104, 78)
_DARK: Colour = (22, 24, 27)
_SKY: Colour = (196, 214, 228)


@dataclass(frozen=True, slots=True)
class Cabin:
    """What can be seen through the windscreen."""

    belt: bool = True
    phone: bool = False
    passenger: bool = False


def car_front(colour: str, cabin: Cabin, scale: float) -> Sprite:
    """A minibus (the commonest car of Jakarta) from the front and a little above."""
    paint = PAINTS.get(colour, PAINTS["silver"])
    canvas = Canvas(240, 200, scale, origin=(120, 18))
    _shadow_and_wheels(canvas, 86, 154)
    outline = smooth(
        mirrored([(0, 0), (42, 1), (60, 6), (70, 28), (81, 58), (88, 82), (90, 118), (88, 142), (70, 150), (0, 152)])
    )
    for side in (-1, 1):
        canvas.shape(
            smooth(sided([(80, 55), (86, 50), (99, 50), (102, 60), (97, 67), (86, 66)], side)), shade(paint, -0.25)
        )
        canvas.shape(
            smooth(sided([(88, 53), (98, 53), (99, 59), (90, 60)], side)), shade(paint, 0.25), alpha=0.6, blur=1
        )
    body = canvas.mask(outline)
    canvas.shape(
        outline,
        [
            (0, shade(paint, 0.28)),
            (0.34, shade(paint, 0.1)),
            (0.55, shade(paint, 0.2)),
            (0.64, paint),
            (1, shade(paint, -0.45)),
        ],
    )
    for side in (-1, 1):  # the flanks turn away from the light
        canvas.shape(
            sided([(72, 26), (95, 26), (95, 150), (84, 150)], side), shade(paint, -0.62), alpha=0.55, blur=5, clip=body
        )
    _windscreen(canvas, cabin)
    _bonnet(canvas, paint, body)
    _front_face(canvas, paint, body)
    corners = ((-21.5, 112.0), (21.5, 112.0), (21.5, 125.5), (-21.5, 125.5))
    return finish(canvas, corners, (-99, 0, 99, 156), (0, 154), ((-70, 92), (70, 92)))


def car_rear(colour: str, scale: float) -> Sprite:
    """The same minibus from behind."""
    paint = PAINTS.get(colour, PAINTS["silver"])
    canvas = Canvas(240, 200, scale, origin=(120, 18))
    _shadow_and_wheels(canvas, 84, 154)
    outline = smooth(
        mirrored([(0, 0), (50, 1), (66, 8), (76, 38), (85, 66), (88, 92), (88, 128), (84, 146), (60, 150), (0, 151)])
    )
    body = canvas.mask(outline)
    canvas.shape(
        outline,
        [(0, shade(paint, 0.3)), (0.4, paint), (0.62, shade(paint, 0.14)), (0.8, paint), (1, shade(paint, -0.5))],
    )
    for side in (-1, 1):
        canvas.shape(
            sided([(76, 26), (95, 26), (95, 150), (83, 150)], side), shade(paint, -0.6), alpha=0.5, blur=4, clip=body
        )
    glass = smooth(mirrored([(0, 9), (48, 10), (60, 14), (70, 46), (72, 58), (60, 62), (0, 64)]))
    _glass(canvas, glass)
    canvas.line([(0, 62), (30, 58)], _DARK, 1.6, alpha=0.8)
    for side in (-1, 1):
        lamp = smooth(sided([(70, 66), (84, 64), (87, 84), (85, 104), (75, 102), (70, 84)], side))
        canvas.shape(
            lamp,
            [
                (0, (188, 28, 30)),
                (0.55, (120, 8, 14)),
                (0.6, (224, 206, 200)),
                (0.78, (214, 120, 60)),
                (1, (120, 8, 14)),
            ],
        )
        canvas.shape(
            smooth(sided([(74, 69), (81, 68), (82, 80), (76, 80)], side)), (250, 150, 140), alpha=0.5, blur=1.5
        )
    canvas.shape(box(-50, 80, 50, 86, 2), [(0, (236, 238, 240)), (0.5, (150, 154, 158)), (1, (210, 212, 214))])
    canvas.shape(box(-30, 89, 30, 110, 2), shade(paint, -0.35), alpha=0.8)
    canvas.shape(box(-84, 116, 84, 119), shade(paint, -0.6), alpha=0.6, blur=0.8, clip=body)
    canvas.shape(box(-80, 138, 80, 150, 4), (34, 36, 38), clip=body)
    for side in (-1, 1):
        canvas.shape(sided(box(58, 126, 78, 131, 1), side), (150, 16, 20))
    canvas.shape(oval(0, 74, 6, 3.6), (206, 208, 210))
    corners = ((-21.5, 92.5), (21.5, 92.5), (21.5, 106.0), (-21.5, 106.0))
    return finish(canvas, corners, (-90, 0, 90, 156), (0, 154), ((-78, 80), (78, 80)))


def _shadow_and_wheels(canvas: Canvas, half: float, ground: float) -> None:
    canvas.shape(oval(0, ground - 1, half + 16, 9), (8, 9, 11), alpha=0.8, blur=4)
    for side in (-1, 1):
        canvas.shape(sided(box(half - 24, ground - 36, half - 3, ground + 2, 5), side), (20, 21, 23))
    canvas.shape(box(-half + 6, ground - 24, half - 6, ground - 6, 4), (14, 15, 17))


def _glass(canvas: Canvas, outline: list[Point]) -> None:
    canvas.shape(outline, [(0, (92, 108, 122)), (0.35, (52, 62, 72)), (1, (26, 31, 36))])
    clip = canvas.mask(outline)
    canvas.shape([(-80, 0), (-30, 0), (-58, 70), (-100, 70)], _SKY, alpha=0.20, blur=3, clip=clip)
    canvas.shape([(8, 0), (22, 0), (-6, 70), (-24, 70)], _SKY, alpha=0.13, blur=2, clip=clip)
    canvas.line([*outline, outline[0]], (14, 15, 17), 1.6, alpha=0.9)


def _windscreen(canvas: Canvas, cabin: Cabin) -> None:
    outline = smooth(mirrored([(0, 8), (44, 9), (56, 12), (66, 38), (75, 62), (60, 66), (0, 68)]))
    canvas.shape(outline, [(0, (82, 98, 112)), (0.5, (46, 54, 62)), (1, (24, 28, 32))])
    clip = canvas.mask(outline)
    for side in (-1, 1):  # seats
        canvas.shape(
            smooth(sided([(18, 30), (26, 22), (40, 22), (47, 32), (49, 68), (15, 68)], side)), (34, 37, 41), clip=clip
        )
    _person(canvas, -32, (62, 84, 116), clip, belt=cabin.belt)
    if cabin.passenger:
        _person(canvas, 33, (150, 92, 84), clip, belt=True)
    if cabin.phone:
        canvas.line([(-49, 66), (-54, 54), (-44, 43)], _SKIN, 6.0)
        canvas.shape(box(-44.5, 31, -40.5, 43, 1), (12, 13, 15), clip=clip)
        canvas.shape(box(-44.2, 31.5, -43, 42.5), (150, 190, 220), clip=clip)
    wheel = oval(-32, 68, 15, 9)
    canvas.line([*wheel, wheel[0]], (16, 17, 19), 2.2)
    canvas.shape([(-80, 4), (-66, 4), (-78, 70), (-100, 70)], _SKY, alpha=0.35, blur=4, clip=clip)
    canvas.shape([(2, 4), (20, 4), (4, 70), (-16, 70)], _SKY, alpha=0.16, blur=2.5, clip=clip)
    canvas.shape([(40, 4), (58, 4), (60, 70), (48, 70)], _SKY, alpha=0.14, blur=3, clip=clip)
    canvas.shape(box(-8, 10, 8, 15, 2), (18, 19, 21))
    for start, end in (((-60, 67), (-16, 60)), ((6, 67), (48, 61))):
        canvas.line([start, end], (12, 13, 14), 1.5)
    canvas.line([*outline, outline[0]], (16, 17, 19), 2.0, alpha=0.9)


def _person(canvas: Canvas, x: float, shirt: Colour, clip: Image.Image, *, belt: bool) -> None:
    """Head, hair and shoulders; the belt runs from the outer shoulder across the chest."""
    canvas.shape(
        smooth([(x - 17, 70), (x - 16, 53), (x - 6, 46), (x + 6, 46), (x + 16, 53), (x + 17, 70)]), shirt, clip=clip
    )
    canvas.shape(box(x - 3.4, 40, x + 3.4, 49, 2), shade(_SKIN, -0.2), clip=clip)
    canvas.shape(oval(x, 36, 6.6, 8.6), [(0, shade(_SKIN, 0.12)), (1, shade(_SKIN, -0.25))], clip=clip)
    canvas.shape(
        smooth([(x - 7, 35), (x - 6.5, 28), (x, 25.5), (x + 6.5, 28), (x + 7, 35), (x + 4, 31), (x - 4, 31)]),
        (20, 17, 16),
        clip=clip,
    )
    canvas.shape(box(x - 4.4, 34.4, x + 4.4, 36, 0.6), (44, 28, 22), alpha=0.7, blur=0.4, clip=clip)
    if belt:
        outer = -1 if x < 0 else 1
        canvas.shape(
            [(x + outer * 13, 48), (x + outer * 8.5, 47), (x - outer * 12, 70), (x - outer * 6, 70)],
            (24, 25, 28),
            clip=clip,
        )


def _bonnet(canvas: Canvas, paint: Colour, body: Image.Image) -> None:
    bonnet = smooth(mirrored([(0, 67), (60, 66), (76, 64), (80, 78), (60, 86), (0, 87)]))
    canvas.shape(
        bonnet, [(0, shade(paint, -0.05)), (0.5, shade(paint, 0.34)), (1, shade(paint, 0.05))], clip=body, blur=0.6
    )
    canvas.shape(oval(-26, 75, 30, 4), (255, 255, 255), alpha=0.35, blur=3, clip=body)
    canvas.shape(oval(34, 77, 22, 3), (255, 255, 255), alpha=0.2, blur=3, clip=body)
    for side in (-1, 1):
        canvas.line(sided([(30, 68), (40, 86)], side), shade(paint, -0.35), 0.8, alpha=0.5, blur=0.5)
    canvas.line([(-62, 87), (-30, 89), (30, 89), (62, 87)], shade(paint, -0.7), 1.1, alpha=0.8)


def _front_face(canvas: Canvas, paint: Colour, body: Image.Image) -> None:
    """Grille, lamps, bumper."""
    grille = smooth(mirrored([(0, 92), (42, 92), (48, 96), (42, 105), (34, 107), (0, 108)]))
    canvas.shape(grille, (18, 19, 21))
    for row in (95.5, 99.5, 103.5):
        canvas.shape(
            box(-43 + (row - 95), row, 43 - (row - 95), row + 1.4, 0.6), [(0, (224, 226, 228)), (1, (116, 120, 124))]
        )
    canvas.shape(oval(0, 98.5, 8, 5.4), [(0, (240, 241, 242)), (1, (136, 140, 144))])
    canvas.shape(oval(0, 98.5, 5, 3.2), (58, 61, 65))
    for side in (-1, 1):
        lamp = smooth(sided([(48, 91), (66, 85), (82, 79), (86, 86), (84, 100), (64, 104), (51, 102)], side))
        canvas.shape(lamp, [(0, (236, 240, 243)), (0.5, (150, 160, 168)), (1, (206, 212, 216))])
        canvas.shape(sided(oval(66, 95, 7.4, 6.4), side), [(0, (92, 100, 108)), (1, (214, 220, 224))])
        canvas.shape(sided(oval(66, 94.6, 4.6, 4.2), side), (248, 250, 250))
        canvas.shape(sided(oval(79, 90, 3.4, 4.4), side), (232, 160, 70), alpha=0.85)
        canvas.line([*lamp, lamp[0]], _DARK, 0.9, alpha=0.8)
        canvas.shape(sided(box(56, 124, 78, 137, 4), side), (26, 27, 30), clip=body)
        canvas.shape(sided(oval(67, 130.5, 5, 4.6), side), [(0, (196, 202, 206)), (1, (112, 118, 124))])
    canvas.shape(smooth(mirrored([(0, 127), (40, 127), (47, 131), (42, 141), (0, 142)])), (16, 17, 19))
    for row in (131, 135, 138.5):
        canvas.shape(box(-42, row, 42, row + 0.9), (54, 57, 60))
    canvas.shape(box(-90, 109, 90, 111), mix(paint, (255, 255, 255), 0.5), alpha=0.35, blur=1.4, clip=body)
    canvas.shape(box(-25, 111, 25, 127, 1.5), shade(paint, -0.5))
    canvas.shape(box(-90, 143, 90, 154), (10, 11, 12), alpha=0.65, blur=3, clip=body)
