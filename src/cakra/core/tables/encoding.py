"""Which letters the bytes of a file are: UTF-8 and UTF-16 as they say themselves, else Windows-1252, else an error."""

import codecs
import re

from cakra.core.errors import InputError

_SAMPLE = 4096
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "a spreadsheet's workbook (or an archive)"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet's workbook"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a word processor's document"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"BZh", "a compressed file"),
    (b"\xfd7zXZ", "a compressed file"),
    (b"\x28\xb5\x2f\xfd", "a compressed file"),
    (b"SQLite format 3", "a database"),
    (b"<", "a web page or XML (some programs call one .xls)"),
    (b"[{", "JSON"),
    (b'{"', "JSON"),
)
_SAVE = 'save the table as "CSV UTF-8" and import that'
# Signs of Windows-1252 that stand in names and addresses; others say that the bytes are of another code page.
_SIGNS = frozenset("–—‘’“”•…°·´`§ºª½¼¾²³±×«»€£¥©®™ \u00a0\u00ad")
_WRONG = re.compile("[\udc80-\udcff]+")


class EncodingJudge:
    """Fed with a file block by block, it says which encoding reads it. `feed` every block, then ask `name`."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._head = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._high: set[int] = set()
        self._wrong = self._right = False
        self._alone = 0  # more letters stand alone among Latin ones than beside another: else it is another script

    def feed(self, block: bytes) -> None:
        """The next bytes of the file."""
        self._head = (self._head + block[:_SAMPLE])[:_SAMPLE]
        self._look_at(self._decoder.decode(block))

    def _look_at(self, text: str) -> None:
        if text.isascii():
            return
        wrong = _WRONG.findall(text)
        if wrong:
            self._wrong = True
            self._high.update(ord(sign) & 0xFF for run in wrong for sign in run)
            self._alone += sum(1 if len(run) == 1 else -1 for run in wrong)
        self._right = self._right or any(sign > "\x7f" and not "\udc80" <= sign <= "\udcff" for sign in set(text))

    @property
    def name(self) -> str:
        """The encoding; bytes that even it cannot read are to be kept as surrogates, for their rows to be refused.

        InputError: the file is no text, or of a code page that nothing in it tells.
        """
        for magic, what in _OTHER_FILES:
            if self._head.startswith(magic):
                raise InputError(f"{self._label} is {what}, not a table in text; {_SAVE}.", code="table_encoding")
        for mark, encoding in _MARKS:
            if self._head.startswith(mark):
                return encoding
        self._look_at(self._decoder.decode(b"", final=True))  # a letter whose other bytes did not come is none
        if (twos := _utf16_without_mark(self._head)) is not None:
            return twos
        if not self._wrong or self._right:
            return "utf-8"
        if all(_is_usual(code) for code in self._high) and self._alone >= 0:
            return "cp1252"
        raise InputError(
            f"{self._label} is neither UTF-8 nor Windows-1252 (byte {min(self._high):#x}); {_SAVE}.",
            code="table_encoding",
        )


def decode_table(raw: bytes, label: str) -> str:
    """The text of a small table. InputError."""
    judge = EncodingJudge(label)
    judge.feed(raw)
    try:
        return raw.decode(judge.name, "surrogateescape").removeprefix("\ufeff")
    except UnicodeDecodeError as problem:
        raise InputError(
            f"{label} cannot be read as {problem.encoding} (byte {problem.start}); {_SAVE}.", code="table_encoding"
        ) from problem


def _utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 of mostly Latin letters has a zero in every second byte."""
    half = len(head) // 2
    if half < 4:  # noqa: PLR2004 - too little to tell
        return None
    if head[1::2].count(0) > half * 0.8 and head[0::2].count(0) == 0:
        return "utf-16-le"
    if head[0::2].count(0) > half * 0.8 and head[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _is_usual(code: int) -> bool:
    try:
        sign = bytes([code]).decode("cp1252")
    except UnicodeDecodeError:
        return False
    return sign.isalpha() or sign in _SIGNS
