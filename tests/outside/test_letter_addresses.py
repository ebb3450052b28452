"""Every real name and address goes on a letter: many parts, long words, any script, and what no font has."""

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cakra.core.ports import PostalAddress, SendState, Wording
from cakra.outside.letter import LetterPress, LetterSender, LetterSpool
from cakra.outside.letter.paper.addressing import breakable, checked_address
from letter_kit import AGENCY, letter, require_poppler

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
PARTS = (
    "Jl. Kebon Kacang XXIX No. 12",
    "RT 004",
    "RW 007",
    "Kel. Kebon Kacang",
    "Kec. Tanah Abang",
    "Kota Jakarta Pusat",
    "DKI Jakarta",
)


@pytest.fixture(scope="module")
def press():
    press = LetterPress(demo=True)
    yield press
    press.close()


def printed(press: LetterPress, tmp_path: Path, postal: PostalAddress, **more) -> str:
    """The first page's text, as a print house's reader takes it out; no room between pieces of a word."""
    require_poppler()
    made = press.set_letter(replace(letter("tag", postal=postal), **more), AT)
    assert b"pdfaid:part" in made.pdf
    (tmp_path / "letter.pdf").write_bytes(made.pdf)
    text = subprocess.run(["pdftotext", "-l", "1", tmp_path / "letter.pdf", "-"], capture_output=True, check=True)
    return re.sub(r"\s+", " ", text.stdout.decode().replace("\u200b", ""))


def test_seven_parts_stand_in_the_window_short_ones_on_one_line(press, tmp_path):
    text = printed(press, tmp_path, PostalAddress("Siti Rahayu", PARTS, "10240"))
    assert "Yth. Siti Rahayu Jl. Kebon Kacang XXIX No. 12 RT 004, RW 007 Kel. Kebon Kacang" in text
    assert "DKI Jakarta 10240" in text


def test_a_name_without_a_blank_and_an_odd_postcode_are_printed_whole(press, tmp_path):
    text = printed(press, tmp_path, PostalAddress("Mangkualamsyah" * 5, ("Jl. A", "x" * 120), "1024A"))
    assert "Mangkualamsyah" * 5 in text.replace(" ", "")
    assert "x" * 120 in text.replace(" ", "")
    assert "1024A" in text


@pytest.mark.parametrize(
    ("name", "said", "note"),
    [
        ("王小明", "Yth. □□□ (pemilik kendaraan)", True),
        ("สมชาย", "(pemilik kendaraan)", True),
        ("முருகன்", "(pemilik kendaraan)", True),
        ("Budi 😀 Santoso", "Yth. Budi □ Santoso", True),
        ("Budi \u202eosotnaS\x07", "Yth. Budi osotnaS", False),
        ("Siti\nRahayu\tDewi", "Yth. Siti Rahayu Dewi", False),
        ("Ĵoão Đặng Иван", "Yth. Ĵoão Đặng Иван", False),
    ],
)
def test_what_no_font_has_is_marked_and_the_letter_goes(press, tmp_path, name, said, note):
    text = printed(press, tmp_path, PostalAddress(name, ("Jl. A", "王府 12"[2 * (not note) :]), "10240"))
    assert said in text
    assert ("huruf yang tidak ada pada cetakan kami" in text) == note


def test_a_script_that_our_fonts_have_is_printed(press):
    assert not press.set_letter(letter("tag", postal=PostalAddress("محمد علي", ("Jl. A",), "10240")), AT).replaced


def test_signs_in_any_other_value_give_way_too(press, tmp_path):
    text = printed(
        press, tmp_path, PostalAddress("Siti", ("Jl. A",)), wording=Wording("Perihal 😀", "Tempat: こ.\n\nHalo")
    )
    assert "Tempat: □." in text


async def test_the_sender_tells_that_signs_were_replaced(press, tmp_path):
    message = letter("tag", postal=PostalAddress("王小明", ("Jl. A",), "10240"))
    result = await LetterSender(AGENCY, press, LetterSpool(tmp_path)).send(message)
    assert (result.state, "replaced" in result.detail) == (SendState.HELD, True)


WORDS = st.text(min_size=1, max_size=70) | st.sampled_from(
    ["RT 004", "Kec. Tanah Abang", "王府", "அ", "W" * 60, "e\u0301" * 30]
)
ADDRESSES = st.builds(PostalAddress, st.text(max_size=80), st.lists(WORDS, max_size=9).map(tuple), st.text(max_size=8))


@given(ADDRESSES)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@example(PostalAddress("ﷺ", ("ꦗꦮ", "\u0e33\u0e48", "Ñ\u0303\u0303"), "\x00"))
def test_any_address_of_a_register_can_be_set(press, postal):
    named = replace(postal, name=f"A {postal.name}", lines=("Jl. B", *postal.lines))
    assert press.set_letter(letter("tag", postal=named), AT).pages == 2


@given(ADDRESSES)
def test_lines_are_few_and_words_can_break(postal):
    checked = checked_address(replace(postal, name=f"A {postal.name}", lines=("Jl. B", *postal.lines)))
    assert 1 <= len(checked.lines) <= 6
    for line in (checked.name, *checked.lines):
        assert breakable(line).replace("\u200b", "") == line.replace("\u200b", "")
