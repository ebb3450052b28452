"""What a field of a table means: digits that a spreadsheet made a fraction of, days in every usual spelling, nothing.

Nothing here guesses: a text is what it plainly says, or InputError. The sentences of the errors never repeat the
value, for it may be somebody's.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from cakra.core.errors import InputError
from cakra.core.paper import MONTHS
from cakra.kit.typed import plain

_WIB = timezone(timedelta(hours=7))  # a day without a zone is the registering office's
FIRST_YEAR, LAST_YEAR = 1900, 2100
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')  # how exports keep a spreadsheet from reading a number
_LONGEST_NOTHING = 40
# Words by which databases, programs and clerks say that there is nothing.
_NOTHING = frozenset(
    {
        *("null", "nul", "nil", "none", "nan", "nat", "n a", "na", "n", "missing", "undefined", "empty", "blank"),
        *("tidak ada", "tdk ada", "tak ada", "t a", "tidak punya", "tdk punya", "belum ada", "blm ada", "tanpa"),
        *("kosong", "nihil", "tidak diketahui", "tdk diketahui", "tidak tahu", "tanpa keterangan", "tidak jelas"),
        *("belum diketahui", "belum diisi", "tidak diisi", "tidak tersedia", "unknown", "not available", "no data"),
        *("belum", "blm", "belum punya", "blm punya", "tak punya", "tanpa data"),
    }
)
_NOTHING_PREFIXES = ("alamat ", "nama ", "nomor ", "no ")
_NOTHING_ENDS = (" nama", " alamat", " nomor", " no", " hp", " telp", " telepon", " email", " ktp", " nik", " data")
_SHEETS_ERROR = re.compile(r"#(?:n/a|ref!|name\?|value!|div/0!|num!|null!|error!|spill!|calc!)", re.IGNORECASE)
_NOT_WORD = re.compile(r"[\W_]+")
_START = 3
_STARTS = frozenset(word[:_START] for word in (*_NOTHING, *_NOTHING_PREFIXES, "xxx", "xx"))
_ONE_SIGN = re.compile(r"x{2,}|0+")

_DECIMAL = re.compile(r"([+]?\d+)[.,](\d+)")
_EXPONENT = re.compile(r"([+]?\d)(?:[.,](\d+))?[eE][+]?(\d{1,3})")
_GROUPED = re.compile(r"[+]?\d{1,3}(?:([.,\s])\d{3})(?:\1\d{3})*(?:(?!\1)[.,](\d+))?")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+[eE][+-]?|[eE][+-])\d+")
_CENTS = 2  # so many zeros behind a mark are a fraction; three or more may be thousands


def plain_text(text: str) -> str:
    """The field without what a spreadsheet or a web page added to it: a quoting apostrophe, `="…"`, invisible signs.

    Runs of white space become one blank. Letters stay as they are written.
    """
    if not text:
        return text
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    text = " ".join(text.split())
    if text[:1] == "=" and (quoted := _AS_TEXT.fullmatch(text)):
        text = quoted[1].replace('""', '"').strip()
    return text.lstrip("'‘’`´").lstrip() if text[:1] in "'‘’`´" else text


def plain_code(text: str) -> str:
    """Like `plain_text`, and every sign in its plain form: full-width digits and letters become the usual ones."""
    return plain_text(plain(text))


def is_plain(texts: Sequence[str]) -> bool:
    """Whether in none of these fields there is anything for `plain_text` and `plain_code` to take away but blanks."""
    whole = "".join(texts)
    return whole.isascii() and not any(sign in whole for sign in ("'", "`", '="'))


def is_nothing(text: str) -> bool:
    r"""Whether a plain text says that there is nothing: empty, `-`, `NULL`, `\N`, `NaT`, `n/a`, `TIDAK ADA`, `XXX`."""
    if not text:
        return True
    if len(text) > _LONGEST_NOTHING:
        return False
    first = text[0]
    if first.isalnum() and (first != "0" or text.strip("0.,-/ ")):  # nearly every field that says something
        start = text[:_START].lower()
        if start not in _STARTS and start.isalnum():
            return False
    if first == "#" and _SHEETS_ERROR.fullmatch(text):
        return True
    words = _NOT_WORD.sub(" ", text).strip().lower()
    if words.endswith(_NOTHING_ENDS):
        words = next(words.removesuffix(end) for end in _NOTHING_ENDS if words.endswith(end))
    if not words or words in _NOTHING or _ONE_SIGN.fullmatch(words.replace(" ", "")):
        return True
    return any(words.startswith(prefix) and words.removeprefix(prefix) in _NOTHING for prefix in _NOTHING_PREFIXES)


def is_scientific(text: str) -> bool:
    """Whether it is a number with an exponent, as a spreadsheet shows long ones (`8.12346E+10`)."""
    return _SCIENTIFIC.fullmatch(text) is not None


def whole_digits(text: str) -> str | None:
    """The digits of a whole number that a spreadsheet made a decimal of; None when the text is no such number.

    `81234567890.0`, `81.234.567.890,00`, `8.1234567890E+10`. InputError when it plainly is a number but not a whole
    one, or when not all its digits are written (`8.12E+10`).
    """
    if text.isdigit():
        return None
    if match := _EXPONENT.fullmatch(text):
        fraction, exponent = match[2] or "", int(match[3])
        if len(fraction) < exponent or fraction[exponent:].strip("0"):
            raise InputError("is a number of which a spreadsheet shows only some digits; format the column as text")
        return match[1] + fraction[:exponent]
    if (match := _GROUPED.fullmatch(text)) and (match[2] is not None or text.count(match[1]) > 1):
        _refuse_fraction(match[2] or "")
        whole = text[: match.start(2) - 1] if match[2] else text
        return whole.replace(match[1], "")
    if match := _DECIMAL.fullmatch(text):
        if match[2].strip("0") or len(match[2]) > _CENTS:
            return None
        return match[1]
    return None


def _refuse_fraction(fraction: str) -> None:
    if fraction.strip("0"):
        raise InputError("is no whole number")


@lru_cache(maxsize=2_000)
def year_of(text: str) -> int | None:
    """A year; None for nothing. InputError."""
    if is_nothing(text):
        return None
    digits = whole_digits(text) or text.replace(".", "").replace(",", "")
    if not (digits.isascii() and digits.isdigit() and FIRST_YEAR <= int(digits[:9]) <= LAST_YEAR):
        raise InputError("is not a year")
    return int(digits)


def decimal_of(text: str) -> float:
    """A number with a dot or (only one, and no dot) a comma as its decimal mark. InputError."""
    told = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    try:
        return float(told)
    except ValueError:
        raise InputError("is no number") from None


# `t` is true in one program's exports and *tidak* in a clerk's: it is neither here.
_YES = frozenset({"1", "true", "yes", "ya", "y", "benar", "x", "v", "\u2713", "\u2714", "\u221a", "\u2611", "\u2705"})
_NO = frozenset({"0", "false", "no", "tidak", "n", "f", "bukan", "tdk"})


def flag_of(text: str) -> bool | None:
    """Yes or no; None for every other text."""
    word = text.lower()
    word = word[:-2] if word in {"1.0", "0.0", "1,0", "0,0"} else word
    return True if word in _YES else False if word in _NO else None


_MONTH_NUMBERS = {
    name.lower(): number
    for names in (
        *MONTHS.values(),
        ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
         "November", "Desember"),
        ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
         "November", "December"),
        ("Jan", "Peb", "Mrt", "Apr", "Mei", "Jun", "Jul", "Ags", "Sept", "Okt", "Nop", "Des"),
        ("Jan", "Pebruari", "Mar", "Apr", "Mei", "Jun", "Jul", "Agt", "Sep", "Okt", "Nopember", "Des"),
        ("Jan", "Febuari", "Mar", "Apr", "Mei", "Jun", "Jul", "Agust", "Sep", "Okt", "Nov", "Des"),
    )
    for number, name in enumerate(names, 1)
}  # fmt: skip
_CLOCK = r"(?:[T ]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?)?"
_DAY_FIRST = re.compile(rf"(\d{{1,2}})( ?[-/.] ?| )(\d{{1,2}}|[A-Za-z]{{3,9}})\2(\d{{4}}){_CLOCK}")
_YEAR_FIRST = re.compile(rf"(\d{{4}})( ?[-/.] ?)(\d{{1,2}})\2(\d{{1,2}}){_CLOCK}")
_NAME_FIRST = re.compile(rf"([A-Za-z]{{3,9}}) (\d{{1,2}}),? (\d{{4}}){_CLOCK}")  # `March 1, 2020`
_WEEKDAY = re.compile(r"[A-Za-z']{3,9}, (?=[A-Za-z0-9])")  # `Minggu, 1 Maret 2020`
_JOINED = re.compile(r"(\d{8})(?:(\d{2})(\d{2})(\d{2})|[.,]0{1,2})")  # `20200301083000`, a spreadsheet's `20200301.0`
_HAS_CLOCK = re.compile(r":|\dT\d|\d \d{1,2}\.\d\d|^\d{14}$|^\d{8} \d{4}")
_ZONE = re.compile(r"(?<=\d) ?(WIB|WITA|WIT|UTC|GMT)$")
_ZONE_HOURS = {"WIB": 7, "WITA": 8, "WIT": 9, "UTC": 0, "GMT": 0}
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2}")
_DAY_NUMBER = re.compile(r"[2-6]\d{4}(?:[.,]\d+)?")
_MONTH_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}(?: .*)?")
# Days that stand in databases where there is none (SQL Server, spreadsheets, Unix), in the day's own zone.
_EMPTY_DAYS = frozenset({(1, 1, 1), (1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1970, 1, 1)})
_FIRST_YEAR, _LAST_EMPTY_YEAR = 1, 1970  # no zone may lead out of the calendar
_ZERO_DAY = re.compile(
    r"0{1,4}[-/.]0{1,2}[-/.]0{1,4}.*|0001-01-01.*|0?1[-/.]0?1[-/.]0001.*|1900-01-00.*|0?0[-/.]0?1[-/.]1900.*"
)
_NEVER = re.compile(
    r"[+]?inf(?:inity)?|selamanya|seumur hidup|seterusnya|forever|unlimited|tidak terbatas|no end(?: date)?|open"
    r"|ongoing|(?:aktif|active|(?:masih|still)(?: (?:aktif|active|milik|dimiliki|berlaku))?|belum (?:di)?jual)"
    r"|(?:(?:s d|sd|sampai|sampai dengan|hingga|until|till|to) )?(?:sekarang|skrg?|saat ini|kini|hari ini|now|date"
    r"|today|present|current|selesai)"
)
# A far year in whatever order and with whatever clock; a spreadsheet's and a computer's number of its last day.
_FAR = re.compile(
    r"(?:[\w]{1,9},?[-/. :]{1,2}){0,8}(?:2[1-9]|[3-9]\d)\d\d(?:[-/. T].*)?|9999\d{4}(?:\d{6})?(?:[.,]0{1,2})?"
    r"|\d{4}9999|295846[45](?:[.,]\d+)?|25340[12]\d{6}(?:\d{3})?(?:[.,]0{1,2})?"
)
OPEN_FROM_YEAR = 2050
"""An end from this year on is what systems write for "none yet" (2079-06-06, 2999-12-31, 9999-12-31)."""
_EMPTY_DAY = "is the day that databases write where there is none; write the real one"


@lru_cache(maxsize=20_000)
def instant_of(text: str) -> datetime:
    """A day (its beginning in Jakarta) or an instant, in UTC; day-first spellings are Indonesian, never American.

    InputError: empty, no day, a day number of a spreadsheet (its two calendars lie four years apart), a year of two
    digits, or a day that databases write for none.
    """
    if is_nothing(text):
        raise InputError("is empty; write a day as YYYY-MM-DD")
    if _ZERO_DAY.fullmatch(text):
        raise InputError(_EMPTY_DAY)
    read = _read_instant(text)
    if _is_empty_day(read):
        raise InputError(_EMPTY_DAY)
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise InputError(f"is not between {FIRST_YEAR} and {LAST_YEAR}")
    return (read if read.tzinfo else read.replace(tzinfo=_WIB)).astimezone(UTC)


@lru_cache(maxsize=20_000)
def end_of(text: str) -> datetime | None:
    """The end of a spell; None where it has none yet: nothing, `9999-12-31` and its kin, `0000-00-00`. InputError."""
    if is_nothing(text) or _ZERO_DAY.fullmatch(text) or _NEVER.fullmatch(_NOT_WORD.sub(" ", text).strip().lower()):
        return None
    try:
        read = _read_instant(text)
    except InputError:
        if _FAR.fullmatch(text):
            return None
        raise
    if read.year >= OPEN_FROM_YEAR or _is_empty_day(read):
        return None
    if read.year < FIRST_YEAR:
        raise InputError(f"is not between {FIRST_YEAR} and {LAST_YEAR}")
    return (read if read.tzinfo else read.replace(tzinfo=_WIB)).astimezone(UTC)


def day_or_instant_of(text: str) -> date | datetime:
    """A day, or an instant (without a zone when none is written), in every spelling we read. InputError."""
    read = _read_instant(text)
    return read if _HAS_CLOCK.search(text) else read.date()


def is_month_first(text: str) -> bool:
    """Whether a day can only be read with the month before the day, as Americans and their spreadsheets write."""
    match = _MONTH_FIRST.fullmatch(text)
    return match is not None and 1 <= int(match[1]) <= 12 < int(match[2]) <= 31  # noqa: PLR2004 - months and days


def _is_empty_day(read: datetime) -> bool:
    """In its own zone, or in Jakarta: databases that keep UTC tell the evening before."""
    days = [read, read.astimezone(_WIB)] if read.tzinfo and _FIRST_YEAR < read.year <= _LAST_EMPTY_YEAR else [read]
    return any((day.year, day.month, day.day) in _EMPTY_DAYS for day in days)


def _read_instant(text: str) -> datetime:
    told, zone = _WEEKDAY.sub("", text, count=1), None
    if found := _ZONE.search(told):
        told, zone = told[: found.start()], timezone(timedelta(hours=_ZONE_HOURS[found[1]]))
    if joined := _JOINED.fullmatch(told):
        told = joined[1] + (f"T{joined[2]}{joined[3]}{joined[4]}" if joined[2] else "")
    parts = _parts(told)
    try:
        if parts:
            return datetime(*parts, tzinfo=zone)
        if zone is None and not re.match(r"\d{9}", told):  # a count of seconds is no day
            return datetime.fromisoformat(told)
    except (ValueError, OverflowError):
        pass
    if _DAY_NUMBER.fullmatch(text):
        raise InputError("is a spreadsheet's day number; format the column as a date (YYYY-MM-DD) and save again")
    if _SHORT_YEAR.fullmatch(text):
        raise InputError("has a year of two digits; write YYYY-MM-DD")
    raise InputError("is no day or instant; write YYYY-MM-DD")


def _parts(text: str) -> tuple[int, int, int, int, int, int, int] | None:
    """Year, month, day, hour, minute, second, microsecond of a spelling of ours; None: it may be an ISO one."""
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day, clock = int(match[1]), int(match[3]), int(match[4]), match.groups()[4:]
    elif (match := _DAY_FIRST.fullmatch(text)) is not None:
        named = match[3]
        month = int(named) if named.isdigit() else _MONTH_NUMBERS.get(named.lower(), 0)
        year, day, clock = int(match[4]), int(match[1]), match.groups()[4:]
    elif (match := _NAME_FIRST.fullmatch(text)) is not None:
        year, month, day = int(match[3]), _MONTH_NUMBERS.get(match[1].lower(), 0), int(match[2])
        clock = match.groups()[3:]
    else:
        return None
    hour, minute, second = (int(part or 0) for part in clock[:3])
    return year, month, day, hour, minute, second, int((clock[3] or "").ljust(6, "0")[:6])
