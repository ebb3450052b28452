"""The letters of a file by its bytes, and the CSV that is written."""

import pytest

from cakra.core.errors import InputError
from cakra.core.tables.encoding import EncodingJudge, decode_table
from cakra.core.tables.writing import TableWriter, csv_text, defused


def judged(*blocks):
    judge = EncodingJudge("r.csv")
    for block in blocks:
        judge.feed(block)
    return judge.name


def refusal(*blocks):
    with pytest.raises(InputError) as caught:
        judged(*blocks)
    assert caught.value.code == "table_encoding"
    return caught.value.sentence


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"", "utf-8"),
        (b"nama", "utf-8"),
        ("é".encode(), "utf-8"),
        (b"Andr\xe9", "cp1252"),
        ("\ufeffnama".encode(), "utf-8-sig"),
        (b"\xff\xfen\x00", "utf-16"),
        (b"\xfe\xff\x00n", "utf-16"),
        (b"\xff\xfe\x00\x00n\x00\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff\x00\x00\x00n", "utf-32"),
        ("nama".encode("utf-16-le"), "utf-16-le"),
        ("nama".encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_the_encoding_that_reads_it(raw, name):
    assert judged(raw) == name


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_seen_when_more_than_four_fifths_of_its_letters_are_latin(encoding):
    assert judged(("a" * 81 + "Ж" * 19).encode(encoding)) == encoding
    assert judged(("a" * 80 + "Ж" * 20).encode(encoding)) != encoding


def test_too_few_letters_or_zeros_on_both_sides_are_no_utf16():
    assert judged("nam".encode("utf-16-le")) == "utf-8"
    assert judged(b"\x00" * 20) == "utf-8"


def test_the_first_block_says_what_kind_of_file_it_is_however_small_it_is():
    assert "a spreadsheet's workbook" in refusal(b"P", b"K", b"\x03\x04")
    assert "an old spreadsheet's workbook" in refusal(b"\xd0\xcf\x11\xe0")
    assert "a word processor's document" in refusal(b"{\\rtf1")
    assert "a web page or XML" in refusal(b"<html><table><tr><td>NO POLISI")
    assert "JSON" in refusal(b'[{"nopol":"B 1 A"}]')
    assert "a compressed file" in refusal(b"Rar!\x1a\x07\x00")
    assert judged(b"x" * 5000, b"PK\x03\x04") == "utf-8"


def test_one_wrong_byte_among_utf8_leaves_it_utf8_and_its_row_is_known_by_it():
    raw = "é".encode() + b"\xe9"
    assert judged(raw) == judged(b"\xe9", "é".encode()) == "utf-8"
    assert decode_table(raw, "r.csv") == "é\udce9"


@pytest.mark.parametrize("byte", range(0x80, 0x100))
def test_a_lone_byte_is_windows_1252_when_its_sign_stands_in_names(byte):
    raw = b"a" + bytes([byte])
    usual = "ˆƒŠŒŽšœžŸªµº–—‘’“”•…°·´§½¼¾²³±×«»€£¥©®™\u00a0\u00ad"
    try:
        sign = raw.decode("cp1252")[1]
    except UnicodeDecodeError:
        sign = ""
    if sign and (sign in usual or (byte >= 0xC0 and sign.isalpha())):
        assert judged(raw) == "cp1252"
        assert decode_table(raw, "r.csv") == f"a{sign}"
    else:
        assert f"(byte {byte:#x})" in refusal(raw)


@pytest.mark.parametrize(
    ("text", "code"), [("李娜", "gb18030"), ("Жуков Олег", "koi8-r"), ("محمد", "cp1256"), ("สมชาย", "cp874")]
)
def test_letters_that_stand_beside_each_other_are_another_script(text, code):
    assert "neither UTF-8 nor Windows-1252" in refusal(f"nopol;nama\nB 1 A;{text}\n".encode(code))


def test_the_smallest_strange_byte_is_named():
    assert "neither UTF-8 nor Windows-1252 (byte 0x81)" in refusal(b"\xe9x\x8d", b"\x90x\x81")


def test_a_broken_utf16_file_says_where_it_breaks():
    with pytest.raises(InputError, match=r"cannot be read as utf-16.* \(byte 10\)"):
        decode_table("nama".encode("utf-16") + b"\x00\xd8\x41\x00", "r.csv")


def test_a_mark_at_the_beginning_is_no_letter():
    assert decode_table("\ufeffnama".encode(), "r.csv") == "nama"
    assert decode_table("\ufeff\ufeffnama".encode("utf-16-le"), "r.csv").lstrip("\ufeff") == "nama"


def test_rows_are_written_as_csv_and_only_texts_are_defused():
    assert csv_text([["a,b", 'say "x"', -5, None], ["-5"]]) == '"a,b","say ""x""",-5,\r\n\'-5\r\n'
    assert csv_text([]) == ""


def test_a_row_is_in_the_sink_as_soon_as_it_is_written():
    class Sink:
        written = ""

        def write(self, text):
            self.written += text

    sink = Sink()
    TableWriter(sink).row(["=1", 2])
    assert sink.written == "'=1,2\r\n"


@pytest.mark.parametrize("text", ["", " ", "a=1", "B 1234 XYZ", "'=1", "2026-11-21", "(021)", "\u200ba=", "½"])
def test_a_text_that_no_spreadsheet_runs_stays_as_it_is(text):
    assert defused(text) == text


@pytest.mark.parametrize("text", ["\u00a0=1", " \u200b+1", "\ufeff-1", "\u2212a", "＝x", "\u2a75x"])
def test_unseen_signs_before_a_formula_do_not_help(text):
    assert defused(text) == f"'{text}"
