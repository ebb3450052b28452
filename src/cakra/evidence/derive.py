"""Pictures made from an original for people to see; the original is only read.

Every derived picture is a fresh JPEG of 8-bit RGB pixels without any metadata, and says from which
original (hash) and by which recipe it was made, so that it can be made again and compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind
from cakra.evidence.faces import FaceFinder
from cakra.evidence.hashes import sha256
from cakra.evidence.mask import Masking, View, hide_faces, masked, plan_masking
from cakra.evidence.picture import Photograph

NOTICE_MAX_BYTES = 200_000
_NOTICE_MAX_SIDE = 1280
_PLATE_MARGIN = 0.08
_CROP_QUALITY = 90
_NOTICE_QUALITIES = (85, 75, 65, 50)
_SMALLEST_SIDE = 64
_STAMP_COLOUR = (176, 0, 32)
_FACE_COLOUR = (128, 128, 128)


@dataclass(frozen=True, slots=True)
class Derived:
    """A JPEG made from an original: its bytes and hash, the original's hash, and how it was made."""

    kind: Literal["plate", "vehicle_masked", "notice"]
    data: bytes = field(repr=False)
    sha256: bytes
    parent_sha256: bytes
    recipe: str


def plate_crop(photograph: Photograph, plate: Box, faces: Sequence[Box] = ()) -> Derived:
    """The plate with a narrow margin; what of `faces` lies in it (a wrong box) is painted over.

    Raises ValueError when the box lies outside the picture.
    """
    box = plate.clamped(*photograph.pixels.size).grown(_PLATE_MARGIN).clamped(*photograph.pixels.size)
    crop = photograph.pixels.crop((box.x1, box.y1, box.x2, box.y2))
    for face in faces:
        crop.paste(_FACE_COLOUR, (face.x1 - box.x1, face.y1 - box.y1, face.x2 - box.x1, face.y2 - box.y1))
    data = _jpeg(crop, _CROP_QUALITY)
    return _derived("plate", data, photograph, f"plate/2 crop={_text(box)}{_hidden(faces)} quality={_CROP_QUALITY}")


def faces_near(
    photograph: Photograph, finder: FaceFinder, plate: Box, *, vehicle: Box | None, kind: VehicleKind, view: View
) -> tuple[Box, ...]:
    """Faces in and around what the mask would leave clear; pixels. To be handed to the pictures' recipes.

    Raises ValueError when the plate box lies outside the picture.
    """
    masking = plan_masking(photograph.pixels.size, plate, vehicle, kind, view)
    return tuple(finder.find(photograph.pixels, masking.clear or plate, masking.cell))


def vehicle_crop_masked(
    photograph: Photograph,
    plate: Box,
    vehicle: Box | None = None,
    kind: VehicleKind = VehicleKind.UNKNOWN,
    view: View = View.UNKNOWN,
    *,
    faces: Sequence[Box] = (),
) -> Derived:
    """The vehicle with glass, riders and everyone beside it hidden; plate and sure bodywork stay clear.

    `faces` are those seen around the clear zone (`faces_near`), which then shrinks. Raises ValueError when the
    plate box lies outside the picture.
    """
    masking = hide_faces(plan_masking(photograph.pixels.size, plate, vehicle, kind, view), plate, faces)
    data = _jpeg(masked(photograph.pixels, masking), _CROP_QUALITY)
    return _derived("vehicle_masked", data, photograph, f"{_mask_text(masking)} quality={_CROP_QUALITY}")


def notice_picture(
    photograph: Photograph,
    plate: Box,
    vehicle: Box | None = None,
    kind: VehicleKind = VehicleKind.UNKNOWN,
    view: View = View.UNKNOWN,
    *,
    faces: Sequence[Box] = (),
    stamp: str | None = None,
    max_bytes: int = NOTICE_MAX_BYTES,
) -> Derived:
    """The masked vehicle as sent in a message: at most `max_bytes`, `stamp` (CONTOH) written across.

    Raises ValueError when the plate box lies outside the picture.
    """
    masking = hide_faces(plan_masking(photograph.pixels.size, plate, vehicle, kind, view), plate, faces)
    picture = masked(photograph.pixels, masking)
    picture.thumbnail((_NOTICE_MAX_SIDE, _NOTICE_MAX_SIDE), Image.Resampling.LANCZOS)
    while True:
        stamped = _stamped(picture, stamp) if stamp else picture
        for quality in _NOTICE_QUALITIES:
            data = _jpeg(stamped, quality)
            if len(data) <= max_bytes:
                width, height = picture.size
                recipe = f"{_mask_text(masking)} size={width}x{height} stamp={stamp or '-'} quality={quality}"
                return _derived("notice", data, photograph, recipe)
        if max(picture.size) // 2 < _SMALLEST_SIDE:
            raise ValueError(f"no legible picture of the vehicle fits into {max_bytes} bytes")
        picture = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)), Image.Resampling.LANCZOS)


def _stamped(picture: Image.Image, stamp: str) -> Image.Image:
    """The word on a band across the top, where everything is masked anyway."""
    result = picture.copy()
    band = max(14, picture.height // 10)
    draw = ImageDraw.Draw(result)
    draw.rectangle((0, 0, picture.width, band), fill=_STAMP_COLOUR)
    draw.text(
        (picture.width / 2, band / 2),
        stamp,
        fill="white",
        font=ImageFont.load_default(band * 0.7),
        anchor="mm",
    )
    return result


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    buffer = BytesIO()
    clean = Image.frombytes("RGB", picture.size, picture.tobytes())  # pixels only: no EXIF, no profile
    clean.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def _derived(
    kind: Literal["plate", "vehicle_masked", "notice"], data: bytes, parent: Photograph, recipe: str
) -> Derived:
    return Derived(kind, data, sha256(data), parent.sha256, recipe)


def _mask_text(masking: Masking) -> str:
    clear = "-" if masking.clear is None else _text(masking.clear)
    return f"mask/2 crop={_text(masking.extent)} clear={clear} cell={masking.cell}{_hidden(masking.faces)}"


def _hidden(faces: Sequence[Box]) -> str:
    return f" faces={';'.join(map(_text, faces))}" if faces else ""


def _text(box: Box) -> str:
    return f"{box.x1},{box.y1},{box.x2},{box.y2}"
