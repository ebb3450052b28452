"""What a field of a table says of a person: a name, an address a letter can go to, a mailbox. Pure.

Inputs are plain texts (`values.plain_text`). What stands for nothing (`TANPA NAMA`, `IDEM`, `noemail@…`) is nothing.
"""

import re

from cakra.core.errors import InputError
from cakra.core.tables.values import is_nothing

_LETTER = re.compile(r"[^\W\d_]")
_MASKED = re.compile(r"\*\s*\*|[\u2022\u25cf]")
_NO_NAMES = frozenset(
    {
        *("nn", "n n", "no name", "noname", "nama", "nama pemilik", "belum balik nama", "bbn"),
        *("dummy", "test", "tes", "testing"),
    }
)
# A word of an address that is none of its form's.
_TELLING = re.compile(
    r"\b(?!(?:jl|jln|jalan|rt|rw|no|nomor|blok|kel|kelurahan|desa|kec|kecamatan|kab|kota|prov|null|nan|none)\b)[^\W\d_]{2,}",
    re.IGNORECASE,
)
_ELSEWHERE = frozenset(
    {
        *("idem", "sda", "s d a", "dsda", "sama", "sesuai ktp", "sda ktp", "alamat ktp", "ktp", "sama dengan ktp"),
        *("idem di atas", "idem diatas", "sama dengan di atas", "sama dengan diatas", "test", "tes", "alamat"),
    }
)
# Longer texts are none of these words, whatever stands between them.
_LONGEST_WORDS = 24
_BETWEEN_MAILS = re.compile(r"\s*[,;/|]\s*|(?<=\w)\s+(?=\S+@)")
_MAIL = re.compile(
    r"(?:[^<>@]*<)?(?:mailto:)?([^@\s:<>()\[\]\"]+)@((?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,})\.?>?(?:\s*\([^()@]*\))?",
    re.IGNORECASE,
)
_PLAIN_MAIL = re.compile(r"([A-Za-z0-9._+-]+)@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,}")
# Before the @ where somebody had to write something and had no address: a stranger may have it.
_NO_MAILS = frozenset(
    {
        *("no", "noemail", "nomail", "tidak", "tidakada", "tdkada", "tidakpunya", "belumada", "none", "null", "nil"),
        *("kosong", "xx", "xxx"),
    }
)


def name_of(text: str) -> str:
    """The name. InputError where it is none, stands for none, or is masked (`S*** A***`)."""
    if is_nothing(text) or (len(text) <= _LONGEST_WORDS and _words(text) in _NO_NAMES):
        raise InputError("is empty, or a word that stands for no name")
    if not _LETTER.search(text):
        raise InputError("is no name: it has no letter")
    if ("*" in text or not text.isascii()) and _MASKED.search(text):
        raise InputError("is masked; export the whole name")
    return text


def address_of(text: str) -> str:
    """The address without its parts that say nothing (`Jl. X, NULL`); empty where it names no place."""
    if is_nothing(text):
        return ""
    if not _TELLING.search(text) or (len(text) <= _LONGEST_WORDS and _words(text) in _ELSEWHERE):
        return ""
    parts = [part.strip() for part in text.split(",")] if "," in text else ()
    if any(map(is_nothing, parts)):
        return ", ".join(part for part in parts if not is_nothing(part))
    return text


def mail_of(text: str) -> str | None:
    """The first mailbox of a field; None where it holds none that is one."""
    if one := _PLAIN_MAIL.fullmatch(text):  # nearly every field
        return None if _stands_for_none(one[1]) else text
    parts = [part for part in _BETWEEN_MAILS.split(text) if not is_nothing(part)]
    if any("@" not in part for part in parts) and len(parts) > 1 and "<" not in text:
        return None  # `budi santoso@x.id`: what stands behind the blank is another's
    found = (_MAIL.fullmatch(part.strip("'\"")) for part in parts)
    usable = (one for one in found if one and not _stands_for_none(one[1]))
    return next((f"{one[1]}@{one[2]}" for one in usable), None)


def _stands_for_none(local: str) -> bool:
    return "".join(filter(str.isalnum, local)).lower() in _NO_MAILS or not any(map(str.isalnum, local))


def _words(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.lower()).split())
