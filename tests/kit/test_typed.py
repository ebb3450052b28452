"""What people paste, read alike by references, plates, chassis numbers and phones."""

import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.delivery.official import sender_key
from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.delivery.inbound.rules import Wish, read_request
from cakra.doors.citizen.answering.forms import read_day, read_other
from cakra.journey.ownership.rules import chassis_last5, read_phone
from cakra.kit.errors import InputError
from cakra.kit.ids import new_reference, read_reference, show_reference
from cakra.kit.typed import LONGEST, joined, plain

UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\u00ad\ufeff\u202a\u202c\u061c\ufe0f\u034f\u180e\u3164"
BLANKS = " \u00a0\u202f\u2007\u3000\t"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
BETWEEN = [*BLANKS, *DASHES, ".", "_", "\u00b7", ""]


@st.composite
def pasted(draw, text, *, between=BETWEEN):
    """The same text as it comes out of another program: unseen signs, wide digits and letters, small letters."""
    signs = []
    for sign in text:
        shape = draw(st.sampled_from([sign, sign.lower(), chr(ord(sign) + 0xFEE0) if sign.isalnum() else sign]))
        signs += [draw(st.sampled_from(["", *UNSEEN])), shape, draw(st.sampled_from(between))]
    return "".join(signs)[:LONGEST]


REFERENCE = new_reference(12)


@given(pasted(REFERENCE), st.sampled_from([("0", "o"), ("1", "l"), ("1", "I")]))
def test_a_reference_however_pasted_is_the_same(text, mistaken):
    assert read_reference(text) == (12, REFERENCE)
    assert read_reference(text.replace(*mistaken)) == (12, REFERENCE)


@given(
    st.sampled_from(["B1234XYZ", "AB12", "D4321AB", "CD1234", "RI1"]).flatmap(
        lambda p: st.tuples(st.just(p), pasted(p))
    )
)
def test_a_plate_however_pasted_is_the_same(both):
    assert parse_plate(both[1]).text == both[0]


@pytest.mark.parametrize("around", ["*{}*", '"{}"', "({})", "{},", "*{}*.", "\u201c{}\u201d;", "<{}>", "{}!"])
def test_what_a_message_puts_around_a_number_is_none_of_it(around):
    assert read_reference(around.format(show_reference(REFERENCE))) == (12, REFERENCE)
    assert parse_plate(around.format("B 1234 XYZ")).text == "B1234XYZ"
    assert chassis_last5(around.format("MHFXX1234567K9012")) == "K9012"


@pytest.mark.parametrize(
    "hidden", ["B 1234 XY*", "*B 1234 XY", "B 1234 **", "B 123\u2074 XYZ", "B \u00b9234 XYZ", "B 1\u246134 XYZ"]
)
def test_of_a_plate_with_hidden_or_raised_signs_no_other_is_made(hidden):
    with pytest.raises(PlateError):
        parse_plate(hidden)


@given(st.sampled_from(DASHES))
def test_a_police_plate_keeps_its_dash_whichever_it_is(dash):
    assert parse_plate(f"1234{dash}VII").text == "1234-VII"


@given(pasted("MHFXX1234567K9012"))
def test_a_chassis_number_however_pasted_is_the_same(text):
    assert chassis_last5(text) == "K9012"


@given(pasted("081234567890", between=["", " ", "-", "\u2011", "\u00a0"]))
def test_a_phone_however_pasted_is_the_same(text):
    assert read_phone(text).e164 == "+6281234567890"
    assert sender_key("whatsapp", "+62" + text).startswith("+62081234567890")


@given(pasted(show_reference(REFERENCE), between=["", "\u2011", "\u00a0"]))
def test_the_chat_reads_the_same_reference(text):
    asked = read_request("text", f"CEK {text}")
    assert asked.meaning is Wish.CHECK
    assert REFERENCE in [read_reference(one)[1] for one in asked.candidates]


@pytest.mark.parametrize("text", ["٠٨١٢٣٤٥٦٧٨٩٠", "０８１２３４５６７８９０"])
def test_digits_of_other_scripts_are_digits(text):
    assert read_phone(text).e164 == "+6281234567890"


@pytest.mark.parametrize("text", ["В1234XYZ", "B1234XYΖ", "É1234XYZ", "B12*4XYZ", "B12?4XYZ", "ß1234"])
def test_what_only_looks_alike_is_never_read(text):
    with pytest.raises(PlateError):
        parse_plate(text)


@pytest.mark.parametrize("reader", [read_reference, parse_plate, chassis_last5])
@pytest.mark.parametrize(
    "text", ["", "\u200b", "A" * 1_000_000, "\u200b" * 300 + "B1234XYZ", "\ufdfa" * 10_000, "\x00", "\ud800"]
)
def test_nothing_long_or_empty_is_read(reader, text):
    with pytest.raises(InputError):
        reader(text)


@given(st.text(max_size=60))
def test_the_plain_form_is_plain_and_stays_so(text):
    once = plain(text)
    assert not any(unicodedata.category(sign) in {"Cf", "Zs", "Pd"} and not sign.isascii() for sign in once)
    assert plain(once) == once
    assert not set(joined(text)) & set(" -._\t\nabcdefghijklmnopqrstuvwxyz")


@given(st.text(max_size=300))
def test_no_text_makes_a_reader_fail_otherwise(text):
    for reader in (read_reference, parse_plate, chassis_last5, read_phone, read_day):
        with contextlib.suppress(InputError):
            reader(text)


def test_the_answers_form_reads_pasted_numbers():
    draft, faults = read_other(
        {"nama": "Sri Contoh", "telepon": "\u202a+62 812\u20113456\u20117890\u202c", "sim": "１２３４ 5678\u200b9012"},
        None,
    )
    assert not faults
    assert draft == {"nama": "Sri Contoh", "telepon": "+6281234567890", "sim": "123456789012"}
