"""A modest run of the camera parsers' fuzz targets; the long one is `make soak`."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.soak.camera_targets import REFUSALS, TARGETS

from camera_kit import event

SEEDS = [
    b"<FTP><dateTime>2026-11-30T21:00:00+07:00</dateTime><licensePlate>B1AA</licensePlate></FTP>",
    b'<?xml version="1.0" encoding="GB2312"?><EventNotificationAlert><ANPR/></EventNotificationAlert>',
    b'\r\nContent-Disposition: form-data; name="event"\r\n\r\n{}\r\n--b--',
    json.dumps(event()).encode(),
    b"2026-11-30T21:00:00.123+07:00",
    b"CAM_20261130210000000_B9001ZZZ.xml",
    b'{"plate": {"text": "B 1234 XYZ"}, "phone": "+6281234567890"}',
]
NOISE = [
    b"&",
    b"<",
    b"]]>",
    b"\x00",
    b"\xff",
    b"--b",
    b"\r\n",
    b'{"a":' * 40,
    b"1e999",
    b"\xd8\x00",
    b"9999-12-31",
    b"%",
]
MUTATED = st.builds(
    lambda seed, cuts, extra: seed[: cuts % (len(seed) + 1)] + extra + seed[cuts % (len(seed) + 1) :],
    st.sampled_from(SEEDS),
    st.integers(0, 400),
    st.sampled_from(NOISE) | st.binary(max_size=40),
)


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_of_foreign_bytes_only_ever_refuses(name):
    @given(st.binary(max_size=300) | MUTATED)
    def run(data):
        try:
            TARGETS[name](data)
        except REFUSALS:
            return

    run()
