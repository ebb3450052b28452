import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.shared import shared_dir

from cakra.core.errors import InputError, TooLarge
from cakra.evidence.hashes import sha256, sha256_from_hex
from cakra.evidence.picture import PictureFacts, PictureLimits, decode, inspect


def encoded(kind: str, size: tuple[int, int] = (160, 120), mode: str = "RGB", **options: object) -> bytes:
    buffer = BytesIO()
    noise = Image.effect_noise(size, 60)
    noise.convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpegs_are_known_by_content(mode):
    data = encoded("JPEG", mode=mode)
    assert inspect(data) == PictureFacts("jpeg", 160, 120)
    assert (decode(data).pixels.mode, decode(data).pixels.size) == ("RGB", (160, 120))


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA", "P", "1"])
def test_pngs_are_known_by_content(mode):
    data = encoded("PNG", mode=mode)
    assert inspect(data) == PictureFacts("png", 160, 120)
    assert decode(data).pixels.mode == "RGB"


def test_sixteen_bit_pngs_keep_their_greys():
    buffer = BytesIO()
    Image.new("I;16", (20, 20), 0x8040).save(buffer, "PNG")
    assert decode(buffer.getvalue()).pixels.getpixel((3, 3)) == (0x80, 0x80, 0x80)


def test_real_scenes_pass():
    scenes = sorted((shared_dir() / "plates" / "scenes").glob("*.jpg"))
    assert {inspect(scene.read_bytes()) for scene in scenes} == {PictureFacts("jpeg", 416, 416)}
    assert len(scenes) == 54


def test_decoding_remembers_the_hash_of_the_bytes():
    data = encoded("JPEG")
    assert decode(data).sha256 == sha256(data)


@pytest.mark.parametrize("read", [inspect, decode])
def test_an_empty_photograph_is_named(read):
    with pytest.raises(InputError, match="0 bytes") as refused:
        read(b"")
    assert refused.value.code == "picture_empty"


@pytest.mark.parametrize("read", [inspect, decode])
@pytest.mark.parametrize(
    "data",
    [b"GIF89a" + bytes(40), b"<html>", b"\x00", b"%PDF-1.7", encoded("BMP"), encoded("WEBP")],
    ids=["gif", "html", "nul", "pdf", "bmp", "webp"],
)
def test_what_is_neither_jpeg_nor_png_is_refused(read, data):
    with pytest.raises(InputError, match="neither JPEG nor PNG") as refused:
        read(data)
    assert refused.value.code == "picture_not_jpeg_or_png"


@pytest.mark.parametrize("read", [inspect, decode])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.9, 0.999])
def test_a_photograph_that_was_cut_off_is_refused(read, kind, kept):
    data = encoded(kind)
    with pytest.raises(InputError, match="cannot be read to its end") as refused:
        read(data[: int(len(data) * kept)])
    assert refused.value.code == "picture_unreadable"


def test_a_progressive_jpeg_cut_off_is_refused():
    data = encoded("JPEG", progressive=True)
    assert inspect(data).format == "jpeg"
    with pytest.raises(InputError):
        inspect(data[: len(data) // 2])


@pytest.mark.parametrize("read", [inspect, decode])
@pytest.mark.parametrize("size", [(7000, 6000), (10_000, 10_000), (65_000, 65_000)])
def test_a_decompression_bomb_is_refused_before_it_unpacks(read, size):
    with pytest.raises(TooLarge, match=f"{size[0]} × {size[1]} pixels, 40 megapixels"):
        read(png_bomb(*size))


def test_a_jpeg_that_announces_too_many_pixels_is_refused():
    data = bytearray(encoded("JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 20_000, 20_000)
    with pytest.raises(TooLarge, match="20000 × 20000"):
        inspect(bytes(data))


def test_too_many_bytes_are_refused():
    data = encoded("JPEG")
    with pytest.raises(TooLarge, match=f"{len(data)} bytes, 1000 are allowed"):
        inspect(data, PictureLimits(max_bytes=1000))


@given(kind=st.sampled_from(["JPEG", "PNG"]), place=st.integers(0, 2**16), junk=st.binary(min_size=1, max_size=40))
def test_damaged_photographs_are_read_or_refused_never_worse(kind, place, junk):
    data = encoded(kind, (40, 30))
    place %= len(data)
    broken = data[:place] + junk + data[place + len(junk) :]
    for read in (inspect, decode):
        with suppress(InputError):
            assert read(broken) is not None


def test_a_hash_is_read_in_either_case():
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256(b"").hex() == empty
    assert sha256_from_hex(empty.upper()) == sha256(b"")


@pytest.mark.parametrize("text", ["", "e3b0", "zz" * 32, "e3" * 33, " ".join(["e3"] * 32), "é" * 64])
def test_what_is_no_hash_is_none(text):
    assert sha256_from_hex(text) is None
