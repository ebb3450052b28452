"""The grammar of what people write to us. Pure.

    CEK <reference>       is it genuine?       (also PERIKSA, VERIFIKASI, CHECK, VERIFY; or the reference alone)
    «Bukan saya»          not mine             (the button, or typed; phrases: `phrases`)
    BERHENTI, STOP        no more on this channel
    MULAI, START          again on this channel
    anything else         what can be asked here

Capitals, accents, punctuation, invisible characters and spaces do not matter. Which characters of a reference are
taken for one another is said where references are read (`kit.ids`); here are only the pieces that may be one.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cakra.delivery.inbound.phrases import asks_to_start, asks_to_stop, denies, spoken
from cakra.delivery.sending.rules import read_tag
from cakra.kit.typed import plain as as_typed

REFERENCE_CHARACTERS = 15
_MOST_WORDS, _LONGEST_TEXT = 60, 4096
_MOST_CANDIDATES = 20
_WORD = re.compile(r"[A-Z0-9]+")
_CHECKS_ID, _CHECKS_EN = frozenset({"CEK", "PERIKSA", "VERIFIKASI"}), frozenset({"CHECK", "VERIFY"})
_CHECKS = _CHECKS_ID | _CHECKS_EN
# A keyword may stand behind a greeting, not in the middle of a story.
_KEYWORD_WITHIN = 3
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
# What ends a sentence: «salah nomor. jangan kirim lagi» says two things.
_ENDS = re.compile(r"[.,;:!?\n]+")
_MOST_SENTENCES = 4
_STOP_SIGN = "\U0001f6d1"


class Wish(StrEnum):
    """What a person wants."""

    CHECK = "check"
    NOT_MINE = "not_mine"
    STOP = "stop"
    START = "start"
    MOVED = "moved"  # told by the provider: this number is another person's from now on
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Request:
    """One message understood.

    `candidates`: pieces that may be a reference, likeliest first; `bare`: nothing said that they are one, so a message
    without a true reference means something else; `stop`: who says that it is not theirs wants no more of it either.
    """

    meaning: Wish
    language: str = "id"
    candidates: tuple[str, ...] = ()
    bare: bool = False
    stop: bool = False


def read_request(kind: str, text: str, payload: str = "") -> Request:
    """What a message of this kind (text, button, other) asks for."""
    if kind == "moved":
        return Request(Wish.MOVED)
    if kind == "button" and read_tag(payload) is not None:
        return Request(Wish.NOT_MINE)  # the only button that we put under a message
    words = words_of(text)
    return _wish(text, words) or _check(words) or Request(Wish.OTHER)


def _wish(text: str, words: Sequence[str]) -> Request | None:
    """No more, not mine, or again; None when anything else is said as well."""
    if text.strip().strip("\ufe0f") == _STOP_SIGN:
        return Request(Wish.STOP)
    if len(words) >= _MOST_WORDS:  # a story, and its end was not read
        return None
    if request := _phrase(words):
        return request
    sentences = [said for part in _ENDS.split(text)[:_MOST_WORDS] if (said := spoken(words_of(part)))]
    meant = [_phrase(said) for said in sentences] if len(sentences) <= _MOST_SENTENCES else []
    if not meant or None in meant:
        return None
    known = {one.meaning: one for one in meant if one}
    if Wish.NOT_MINE in known:
        return Request(Wish.NOT_MINE, known[Wish.NOT_MINE].language, stop=Wish.STOP in known)
    return next(iter(known.values())) if len(known) == 1 else None


def _phrase(words: Sequence[str]) -> Request | None:
    for meaning, means in (
        (Wish.NOT_MINE, denies),
        (Wish.STOP, asks_to_stop),
        (Wish.START, asks_to_start),
    ):
        if language := means(words):
            return Request(meaning, language)
    return None


def words_of(text: str) -> list[str]:
    """The words of a text in capitals without accents; compatibility forms are taken for the plain ones."""
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", as_typed(text[:_LONGEST_TEXT]))).upper()
    # Marks and invisible characters do not end a word.
    seen = "".join(c for c in plain if unicodedata.category(c) not in {"Mn", "Me", "Cf", "Cc"} or c in "\n\r\t")
    return _WORD.findall(seen)[:_MOST_WORDS]


def _check(words: Sequence[str]) -> Request | None:
    for place, word in enumerate(words[:_KEYWORD_WITHIN]):
        keyword = next((one for one in _CHECKS if word.startswith(one)), "")
        glued = word.removeprefix(keyword)
        found = candidates([*([glued] if glued else []), *words[place + 1 :]])
        # CEK01ABC… is the keyword with the first group; «ceknya» and «checkpoint» are words of their own.
        if keyword and (not glued or len(found[0]) == REFERENCE_CHARACTERS):
            return Request(Wish.CHECK, "en" if keyword in _CHECKS_EN else "id", found)
    whole = "".join(words)
    return Request(Wish.CHECK, "id", (whole,), bare=True) if len(whole) == REFERENCE_CHARACTERS else None


def candidates(words: Sequence[str]) -> tuple[str, ...]:
    """Neighbouring words that together have a reference's length, in order; all of them joined when none has."""
    found: list[str] = []
    for start in range(len(words)):
        joined = ""
        for word in words[start:]:
            joined += word
            if len(joined) >= REFERENCE_CHARACTERS:
                break
        if len(joined) == REFERENCE_CHARACTERS:
            found.append(joined)
    return tuple(found[:_MOST_CANDIDATES]) or ("".join(words)[: 2 * REFERENCE_CHARACTERS],)
