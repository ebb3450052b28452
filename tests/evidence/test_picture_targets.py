"""The fuzz targets of pictures and records hold on what their makers thought of; `make soak` tries millions."""

import json
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from tests.soak.picture_targets import TARGETS


def encoded(kind):
    buffer = BytesIO()
    Image.effect_noise((40, 30), 60).save(buffer, kind)
    return buffer.getvalue()


NUMBERS = st.integers() | st.floats() | st.none() | st.text(max_size=3) | st.booleans()
BOXES = st.lists(NUMBERS, max_size=6).map(lambda box: json.dumps(box).encode())


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=120) | BOXES | st.text(max_size=60).map(str.encode))
@example(data=b"")
@example(data=encoded("JPEG")[3:])
@example(data=encoded("PNG")[8:])
@example(data=encoded("JPEG"))
@example(data=b"[1e308, -1e308, 1e999, 0]")
@example(data=b"[0.1, 0.1, 0.2, 0.15]")
@example(data=b"9999-12-31T23:59:59.999999999-12:00")
@example(data=b"../../etc/passwd\x00")
def test_nothing_leaves_a_target_but_a_refusal(name, data):
    TARGETS[name](data)
