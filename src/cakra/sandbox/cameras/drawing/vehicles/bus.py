"""A city bus from the front. Units as in `cars`."""

from PIL import Image

from cakra.sandbox.cameras.drawing.paint import Canvas, Colour, box, mirrored, oval, shade, smooth
from cakra.sandbox.cameras.drawing.vehicles.sprite import PAINTS, Sprite, finish, sided

_SKY: Colour = (196, 214, 228)


def bus_front(colour: str, scale: float) -> Sprite:
    """A single-deck bus, 2.5 m wide, destination board above a tall windscreen."""
    paint = PAINTS.get(colour, PAINTS["white"])
    canvas = Canvas(330, 350, scale, origin=(165, 20))
    canvas.shape(oval(0, 304, 146, 11), (8, 9, 11), alpha=0.8, blur=5)
    for side in (-1, 1):
        canvas.shape(sided(box(86, 262, 118, 308, 6), side), (20, 21, 23))
        canvas.line(sided([(110, 40), (136, 46), (140, 60)], side), (26, 28, 30), 4)
        canvas.shape(sided(box(132, 58, 150, 98, 5), side), [(0, (56, 60, 64)), (1, (22, 24, 26))])
    outline = smooth(
        mirrored([(0, 0), (80, 2), (112, 10), (122, 36), (125, 120), (125, 220), (122, 288), (90, 298), (0, 299)])
    )
    body = canvas.mask(outline)
    canvas.shape(outline, [(0, shade(paint, 0.3)), (0.5, paint), (0.8, shade(paint, -0.08)), (1, shade(paint, -0.5))])
    glass = smooth(mirrored([(0, 16), (86, 17), (108, 24), (115, 60), (117, 140), (112, 178), (90, 184), (0, 186)]))
    canvas.shape(glass, [(0, (26, 30, 34)), (0.2, (84, 100, 114)), (0.6, (46, 54, 62)), (1, (26, 30, 34))])
    clip = canvas.mask(glass)
    _driver(canvas, clip)
    for left in (-118, -20, 62):
        slope = [(left, 10), (left + 34, 10), (left - 8, 190), (left - 42, 190)]
        canvas.shape(slope, _SKY, alpha=0.17, blur=4, clip=clip)
    canvas.shape(box(-84, 21, 84, 45, 3), (10, 11, 12))
    for k in range(11):  # the destination, as lit dots
        canvas.shape(box(-66 + k * 12, 27, -58 + k * 12, 39, 1), (250, 176, 44), alpha=0.9)
    canvas.line([(0, 48), (0, 185)], (18, 20, 22), 2.4)
    for x in (-84, 12):
        canvas.line([(x, 184), (x + 66, 172)], (12, 13, 14), 2.4)
    canvas.shape(box(-126, 196, 126, 212), shade(PAINTS["blue"], 0.1), clip=body)
    canvas.shape(box(-126, 213, 126, 217), (226, 120, 30), clip=body)
    for side in (-1, 1):
        lamp = smooth(sided([(66, 226), (112, 222), (117, 236), (112, 250), (70, 250)], side))
        canvas.shape(lamp, [(0, (232, 236, 239)), (0.5, (130, 140, 148)), (1, (206, 212, 216))])
        for x in (80, 99):
            canvas.shape(sided(oval(x, 237, 7.5, 7.5), side), (248, 250, 250))
        canvas.shape(sided(oval(112, 232, 4, 6), side), (232, 150, 56))
    canvas.shape(box(-126, 258, 126, 260), (20, 21, 23), alpha=0.6, clip=body)
    canvas.shape(smooth(mirrored([(0, 224), (52, 225), (56, 232), (48, 248), (0, 249)])), (24, 26, 28))
    for row in (230, 236, 242):
        canvas.shape(box(-48, row, 48, row + 1.6), (92, 96, 100))
    canvas.shape(box(-28, 263, 28, 283, 2), shade(paint, -0.6))
    corners = ((-25.5, 265.0), (25.5, 265.0), (25.5, 281.0), (-25.5, 281.0))
    return finish(canvas, corners, (-150, 0, 150, 306), (0, 303), ((-90, 237), (90, 237)))


def _driver(canvas: Canvas, glass: Image.Image) -> None:
    shirt = smooth([(-92, 190), (-90, 152), (-76, 141), (-56, 141), (-42, 152), (-40, 190)])
    canvas.shape(shirt, [(0, (92, 116, 142)), (1, (52, 70, 92))], clip=glass)
    canvas.shape(box(-70, 128, -62, 144, 2), (112, 78, 58), clip=glass)
    canvas.shape(oval(-66, 122, 10, 13), [(0, (150, 108, 84)), (1, (104, 72, 54))], clip=glass)
    canvas.shape(
        smooth([(-77, 120), (-75, 110), (-66, 106), (-57, 110), (-55, 120), (-60, 114), (-72, 114)]), (22, 19, 18)
    )
    for x in (-70, -62):
        canvas.shape(oval(x, 121, 1.6, 0.9), (30, 22, 18))
    canvas.line([(-69, 129), (-63, 129)], (96, 56, 48), 1.0)
    wheel = oval(-66, 184, 30, 17)
    rim = [point for point in wheel if point[1] < 184]
    canvas.line(sorted(rim), (14, 15, 17), 4)
