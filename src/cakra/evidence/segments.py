"""What a picture's file is made of, counted without decoding it: a small file can hold minutes of work. Pure.

A progressive JPEG paints its picture scan by scan, and each scan costs as much as a whole picture; PNG and JPEG may
hold millions of empty segments.
"""

from dataclasses import dataclass

_SOS, _EOI = 0xDA, 0xD9
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_CHUNK = 12  # a PNG chunk's length, name and checksum


@dataclass(frozen=True, slots=True)
class Segments:
    """Markers (PNG: chunks), scans and frames of a file, as far as it goes on; counted up to `most` markers."""

    markers: int
    scans: int = 1
    frames: int = 1
    pixels: int = 0  # of the largest frame


def jpeg_segments(data: bytes, most: int) -> Segments:
    """The segments of a JPEG up to its first scan, and all its scans; never more than `most` segments are looked at.

    Entropy-coded bytes hold no marker but restarts, so that the scans' own can be counted without reading them.
    """
    at, markers, frames, pixels = 2, 0, 0, 0
    while markers < most and (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        kind, at = data[at + 1], at + 2
        if kind == 0xFF:  # noqa: PLR2004 - filling
            at -= 1
            continue
        markers += 1
        if kind in {_SOS, _EOI}:
            break
        if kind in _ALONE or kind == 0:
            continue
        if kind in _FRAMES:
            frames += 1
            high, wide = data[at + 3 : at + 5], data[at + 5 : at + 7]
            pixels = max(pixels, int.from_bytes(high, "big") * int.from_bytes(wide, "big"))
        at += max(int.from_bytes(data[at : at + 2], "big"), 2)
    return Segments(markers, data.count(b"\xff\xda", max(0, at - 2)), frames, pixels)


def png_segments(data: bytes, most: int) -> Segments:
    """The chunks of a PNG; never more than `most` are looked at."""
    at, chunks = 8, 0
    while chunks < most and at + _CHUNK <= len(data):
        at += int.from_bytes(data[at : at + 4], "big") + _CHUNK
        chunks += 1
    return Segments(chunks)
