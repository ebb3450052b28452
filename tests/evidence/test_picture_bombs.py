"""Small files that hold minutes of work are refused before they are decoded; turned ones are read as they are shown."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cakra.core.errors import InputError
from cakra.evidence.picture import PictureLimits, decode, inspect, is_heavy
from cakra.evidence.segments import jpeg_segments, png_segments

PLAIN, BUSY = PictureLimits(), 4_000


def jpeg(size=(160, 120), **options):
    buffer = BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(buffer, "JPEG", **options)
    return buffer.getvalue()


def many_scans(count):
    """A progressive JPEG whose last scan is written `count` times: each paints the whole picture again."""
    buffer = BytesIO()
    Image.new("RGB", (160, 120), "gray").save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + b"\xff\xd9"


def with_segments(count, kind=0xFE):
    data = jpeg()
    return data[:2] + bytes((0xFF, kind, 0, 2)) * count + data[2:]


def with_chunks(count):
    buffer = BytesIO()
    Image.effect_noise((40, 30), 60).save(buffer, "PNG")
    data, body = buffer.getvalue(), b"tEXt"
    chunk = struct.pack(">I", 0) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk * count + data[33:]


@pytest.mark.parametrize("read", [inspect, decode])
@pytest.mark.parametrize(
    ("data", "what"),
    [
        (many_scans(6000), "scans"),
        (many_scans(70), "scans"),
        (with_segments(200_000), "segments"),
        (with_segments(200_000, 0xE1), "segments"),
        (with_chunks(50_000), "segments"),
    ],
    ids=["6000 scans", "70 scans", "comments", "applications", "chunks"],
)
def test_a_file_that_costs_more_than_it_says_is_refused(read, data, what):
    with pytest.raises(InputError, match=f"{what}, .* are allowed") as refused:
        read(data)
    assert refused.value.code == "picture_too_complex"


@pytest.mark.parametrize("read", [inspect, decode])
@pytest.mark.parametrize(
    "data",
    [many_scans(1), jpeg(progressive=True), with_segments(100), with_chunks(100)],
    ids=["one scan", "progressive", "comments", "chunks"],
)
def test_what_cameras_write_is_taken(read, data):
    assert read(data)


def test_scans_count_by_the_size_of_the_picture():
    data = bytearray(many_scans(40))
    assert inspect(bytes(data))
    frame = data.index(b"\xff\xc2")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 5000, 7000)
    with pytest.raises(InputError, match="pixels to decode in all its scans"):
        inspect(bytes(data))
    assert is_heavy(bytes(data))
    assert not is_heavy(jpeg((1280, 720)))


def test_segments_are_counted_as_written():
    assert jpeg_segments(jpeg(), BUSY).scans == 1
    assert jpeg_segments(jpeg(progressive=True), BUSY).scans == jpeg(progressive=True).count(b"\xff\xda")
    found = jpeg_segments(many_scans(12), BUSY)
    assert found.scans == jpeg_segments(many_scans(1), BUSY).scans + 11
    assert (found.frames, found.pixels) == (1, 160 * 120)
    assert jpeg_segments(with_segments(10), BUSY).markers == jpeg_segments(jpeg(), BUSY).markers + 10
    assert jpeg_segments(with_segments(10_000), 500).markers == 500
    assert png_segments(with_chunks(10), BUSY).markers == png_segments(with_chunks(0), BUSY).markers + 10


@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd_to_be_counted(data):
    for count in (jpeg_segments, png_segments):
        assert count(b"\xff\xd8\xff" + data, 50).markers <= 50


# ---------------------------------------------------------------- as people see it
def turned(orientation, kind="JPEG"):
    """A picture with a red corner top left as stored, and an EXIF orientation."""
    picture = Image.new("RGB", (160, 96), "white")
    picture.paste((255, 0, 0), (0, 0, 32, 32))
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = BytesIO()
    picture.save(buffer, kind, exif=exif.tobytes(), **({"quality": 95} if kind == "JPEG" else {}))
    return buffer.getvalue()


CORNERS = {1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left"} | {
    5: "top left", 6: "top right", 7: "bottom right", 8: "bottom left",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_read_and_measured_as_it_is_shown(orientation, kind):
    data = turned(orientation, kind)
    photograph, facts = decode(data), inspect(data)
    size = (96, 160) if orientation > 4 else (160, 96)
    assert (photograph.pixels.size, (facts.width, facts.height), photograph.turned) == (size, size, orientation)
    right, bottom = size[0] - 8, size[1] - 8
    places = {"top left": (8, 8), "top right": (right, 8), "bottom right": (right, bottom), "bottom left": (8, bottom)}
    reds = [name for name, place in places.items() if photograph.pixels.getpixel(place)[1] < 100]
    assert reds == [CORNERS[orientation]]


@pytest.mark.parametrize("told", [0, 9, 65535])
def test_an_orientation_that_is_none_turns_nothing(told):
    assert decode(turned(told)).turned == 1


@given(st.binary(max_size=80))
def test_no_exif_block_is_too_odd(block):
    buffer = BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "JPEG", exif=b"Exif\x00\x00" + block)
    assert decode(buffer.getvalue()).pixels.size == (16, 16)


def test_what_is_transparent_is_read_as_it_is_shown():
    hidden = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    buffer = BytesIO()
    hidden.save(buffer, "PNG")
    assert decode(buffer.getvalue()).pixels.getpixel((3, 3)) == (255, 255, 255)


def test_a_moving_picture_is_refused():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    for read in (inspect, decode):
        with pytest.raises(InputError, match="moving picture"):
            read(buffer.getvalue())
