"""Is this a photograph, and which? Judged by content alone; names and announced types are not asked."""

from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from cakra.core.errors import InputError, TooLarge
from cakra.evidence.hashes import sha256
from cakra.evidence.segments import jpeg_segments, png_segments

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What a photograph may weigh before (bytes) and after unpacking (pixels)."""

    max_bytes: int = 12_000_000
    max_pixels: int = 40_000_000
    max_scans: int = 64  # of a progressive JPEG; encoders write about ten
    max_scanned: int = 400_000_000  # pixels times scans: what has to be decoded
    max_segments: int = 4_000  # markers of a JPEG, chunks of a PNG


DEFAULT_LIMITS = PictureLimits()
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_THE_SIDE = frozenset({5, 6, 7, 8})
_HEAVY = 50_000_000  # pixels times scans; a plain photograph has one scan


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a photograph is; width and height as it is shown, an EXIF rotation applied."""

    format: Literal["jpeg", "png"]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Photograph:
    """An original, decoded once for many derivations; `sha256` is of the bytes it came in."""

    pixels: Image.Image  # mode RGB, as it is shown: an EXIF rotation applied; never modified
    sha256: bytes
    turned: int = 1  # the EXIF orientation that was applied; 1: none


def is_heavy(data: bytes) -> bool:
    """Whether reading it may take so long that it should be done where it can be ended."""
    found = jpeg_segments(data, DEFAULT_LIMITS.max_segments) if data.startswith(_JPEG) else None
    return found is not None and found.scans * found.pixels > _HEAVY


def inspect(data: bytes, limits: PictureLimits = DEFAULT_LIMITS) -> PictureFacts:
    """What this photograph is, after reading it to its end.

    A JPEG is decoded at an eighth of its size (all of its data is read, half the time), a PNG's
    checksums are verified. Raises InputError with code `picture_empty`, `picture_not_jpeg_or_png` or
    `picture_unreadable`, and TooLarge.
    """
    image, kind = _open(data, limits)
    width, height = image.size
    if _orientation(image) in _ON_THE_SIDE:
        width, height = height, width
    try:
        if isinstance(image, PngImageFile):
            image.verify()
        else:
            image.draft("L", (1, 1))
            image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise _unreadable(kind, error) from error
    return PictureFacts(kind, width, height)


def decode(data: bytes, limits: PictureLimits = DEFAULT_LIMITS) -> Photograph:
    """All pixels of a photograph, 8-bit RGB. Raises what `inspect` raises."""
    image, kind = _open(data, limits)
    try:
        image.load()
        turned = _orientation(image)
        pixels = _as_rgb(image)
        return Photograph(pixels.transpose(_TURNS[turned]) if turned in _TURNS else pixels, sha256(data), turned)
    except (OSError, SyntaxError, ValueError) as error:
        raise _unreadable(kind, error) from error


def _open(data: bytes, limits: PictureLimits) -> tuple[ImageFile.ImageFile, Literal["jpeg", "png"]]:
    if not data:
        raise InputError(
            "The photograph is empty (0 bytes): the camera sent no picture. Check its snapshot setting.",
            code="picture_empty",
        )
    if len(data) > limits.max_bytes:
        raise TooLarge(f"The photograph has {len(data)} bytes, {limits.max_bytes} are allowed: send a smaller one.")
    if not data.startswith((_JPEG, _PNG)):
        raise InputError(
            f"The photograph is neither JPEG nor PNG: it begins with {data[:8].hex(' ')}. Set the camera to JPEG.",
            code="picture_not_jpeg_or_png",
        )
    kind: Literal["jpeg", "png"] = "jpeg" if data.startswith(_JPEG) else "png"
    _refuse_bombs(data, kind, limits)
    # The readers are called by name: Image.open would try other formats and warn about sizes by itself.
    try:
        image = JpegImageFile(BytesIO(data)) if kind == "jpeg" else PngImageFile(BytesIO(data))
    except (OSError, SyntaxError, ValueError) as error:
        raise _unreadable(kind, error) from error
    if getattr(image, "n_frames", 1) > 1:
        raise InputError(
            "The photograph is a moving picture: one frame would be read and others shown. Send a still one.",
            code="picture_moving",
        )
    if image.width * image.height > limits.max_pixels:
        raise TooLarge(
            f"The photograph measures {image.width} × {image.height} pixels, "
            f"{limits.max_pixels // 1_000_000} megapixels are allowed: lower the camera's resolution."
        )
    return image, kind


def _refuse_bombs(data: bytes, kind: str, limits: PictureLimits) -> None:
    """InputError `picture_too_complex` for a file that would cost far more to decode than its size says."""
    count = jpeg_segments if kind == "jpeg" else png_segments
    found = count(data, limits.max_segments + 1)
    for many, most, what in (
        (found.markers, limits.max_segments, "segments"),
        (found.scans, limits.max_scans, "scans"),
        (found.frames, 1, "frames"),
        (found.scans * found.pixels, limits.max_scanned, "pixels to decode in all its scans"),
    ):
        if many > most:
            raise InputError(
                f"The photograph has {many} {what}, {most} are allowed: no camera writes such a file. "
                "Set the camera to plain (baseline) JPEG.",
                code="picture_too_complex",
            )


def _orientation(image: ImageFile.ImageFile) -> int:
    """How browsers and viewers turn the picture before it is shown (EXIF 0x0112); 1 for none or nonsense."""
    raw = image.info.get("exif")
    if not isinstance(raw, bytes):
        return 1
    exif = Image.Exif()
    try:
        exif.load(raw)
        told = exif.get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - whatever a hostile block does to its reader, the picture is not turned
        return 1
    return told if told in _TURNS else 1


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits a pixel: keep the upper eight instead of clipping to white
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if image.has_transparency_data:  # as it is shown to people, not what lies under what they cannot see
        shown = image.convert("RGBA")
        ground = Image.new("RGBA", shown.size, "white")
        return Image.alpha_composite(ground, shown).convert("RGB")
    return image.convert("RGB")


def _unreadable(kind: str, error: Exception) -> InputError:
    return InputError(
        f"The photograph begins like a {kind.upper()} but cannot be read to its end ({error}): "
        "it is damaged or was cut off. Send it again whole.",
        code="picture_unreadable",
    )
