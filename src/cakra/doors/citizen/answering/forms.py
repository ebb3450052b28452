"""Reading the answer's forms: what is kept, and which fault stands at which field. No database, no cookies."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from cakra.core.errors import InputError
from cakra.core.tables.values import day_or_instant_of
from cakra.doors.words import N_
from cakra.journey.answer import AnswerKind
from cakra.journey.ownership.rules import read_phone
from cakra.kit.typed import joined, plain

Draft = dict[str, str]
Faults = dict[str, str]

NAME_LIMIT, TEXT_LIMIT, PHONE_LIMIT, LICENCE_LIMIT = 100, 500, 40, 40
_SHORTEST_NAME, _SHORTEST_TEXT, _DAY_LIMIT = 2, 10, 40
_OVER = 10
_LICENCE = re.compile(r"\d{12,16}")

NAME_FAULT = N_("Isi nama lengkap, paling banyak 100 huruf")
PHONE_FAULT = N_("Isi nomor ponsel Indonesia, misalnya 0812 3456 7890")
LICENCE_FAULT = N_("Nomor SIM terdiri dari 12 sampai 16 angka; kosongkan bila tidak tahu")
DAY_FAULT = N_("Isi tanggal jual yang benar, misalnya 17-08-2025")
FUTURE_FAULT = N_("Tanggal jual tidak boleh setelah hari ini")
TEXT_FAULT = N_("Ceritakan apa yang berbeda, 10 sampai 500 huruf")


def read_other(fields: Mapping[str, str], _today: date) -> tuple[Draft, Faults]:
    """Someone else drove: name, phone, licence if known."""
    draft, faults = _name(fields)
    phone = read_phone(fields.get("telepon", "")[:PHONE_LIMIT]).e164
    draft["telepon"] = phone or fields.get("telepon", "")[:PHONE_LIMIT]
    if phone is None:
        faults["telepon"] = PHONE_FAULT
    licence = joined(fields.get("sim", "")[:LICENCE_LIMIT])[:LICENCE_LIMIT]
    draft["sim"] = licence
    if licence and not _LICENCE.fullmatch(licence):
        faults["sim"] = LICENCE_FAULT
    return draft, faults


def read_sold(fields: Mapping[str, str], today: date) -> tuple[Draft, Faults]:
    """Sold: the buyer's name, the day, and a phone if known."""
    draft, faults = _name(fields)
    written = fields.get("tanggal", "")[:_DAY_LIMIT]
    day = read_day(written)
    draft["tanggal"] = day.isoformat() if day else written
    if day is None:
        faults["tanggal"] = DAY_FAULT
    elif day > today:
        faults["tanggal"] = FUTURE_FAULT
    typed = fields.get("telepon", "")[:PHONE_LIMIT]
    phone = read_phone(typed).e164
    draft["telepon"] = phone or typed
    if typed and phone is None:
        faults["telepon"] = PHONE_FAULT
    return draft, faults


def read_never(fields: Mapping[str, str], _today: date) -> tuple[Draft, Faults]:
    """Never mine: what differs, in the owner's own words."""
    text = _line(fields, "beda", TEXT_LIMIT)
    faults = {} if _SHORTEST_TEXT <= len(text) <= TEXT_LIMIT else {"beda": TEXT_FAULT}
    return {"beda": text}, faults


def read_day(text: str) -> date | None:
    """A day as browsers send it (2025-08-17) or as people write it (17-8-2025, 17 Agustus 2025, Minggu, 17/08/2025)."""
    text = plain(text).strip(" .")
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        year, month, day = match.groups()
    elif match := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", text):
        day, month, year = match.groups()
    else:
        return _spelled(text)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _spelled(text: str) -> date | None:
    if re.fullmatch(r"[\d.,]*", text):
        return None  # a person types no serial number of a spreadsheet
    try:
        told = day_or_instant_of(text)
    except InputError:
        return None
    return told.date() if isinstance(told, datetime) else told


def _name(fields: Mapping[str, str]) -> tuple[Draft, Faults]:
    name = _line(fields, "nama", NAME_LIMIT)
    right = _SHORTEST_NAME <= len(name) <= NAME_LIMIT
    return {"nama": name}, ({} if right else {"nama": NAME_FAULT})


def _line(fields: Mapping[str, str], name: str, limit: int) -> str:
    """A field's text with single blanks; what is too long is cut, and stays too long: no sentence is sent half."""
    return " ".join(fields.get(name, "").split())[: limit + _OVER].rstrip()


Reader = Callable[[Mapping[str, str], date], tuple[Draft, Faults]]
READERS: Mapping[AnswerKind, Reader] = {
    AnswerKind.OTHER_DROVE: read_other,
    AnswerKind.SOLD: read_sold,
    AnswerKind.NEVER_MINE: read_never,
}
# The names of the form beside those that are stored.
STORED: Mapping[str, str] = {"nama": "name", "telepon": "phone", "sim": "licence", "tanggal": "day", "beda": "differs"}


def details_of(draft: Mapping[str, str]) -> dict[str, str]:
    """What is stored of a draft, empty fields left out."""
    return {STORED[name]: value for name, value in draft.items() if name in STORED and value}
