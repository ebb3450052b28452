"""The fuzz targets of the web's doors take anything; the long run is `make soak`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soak.web_targets import TARGETS


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_target_takes_anything(name):
    target = TARGETS[name]

    @given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
    def takes(data):
        target(data)

    takes()
