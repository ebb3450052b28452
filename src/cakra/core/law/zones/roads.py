"""Road names as people and cameras write them, brought to one form for comparison."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache

MOST_LETTERS = 200
"""So much of a name is read; no road is called longer."""
_LIKENESS = 0.85
_ROAD = frozenset({"JALAN", "JLN", "JL"})
_SHORT = {
    "JEND": "JENDERAL", "JENDRAL": "JENDERAL", "LETJEND": "LETJEN", "MAYJEND": "MAYJEN", "BRIGJEND": "BRIGJEN",
    "SP": "SIMPANG", "SIMP": "SIMPANG", "GN": "GUNUNG", "DOKTER": "DR", "KIAI": "KYAI",
    "MOH": "MOHAMMAD", "MUHAMMAD": "MOHAMMAD", "MOHAMAD": "MOHAMMAD", "MUHAMAD": "MOHAMMAD",
}  # fmt: skip
_ON = frozenset({"ARAH", "DEPAN", "DEKAT", "KM", "SEBERANG"})
"""What follows says where on the road it stands."""
_TOWN = frozenset({"JAKARTA", "DKI", "JAKPUS", "JAKSEL", "JAKTIM", "JAKBAR", "JAKUT"})
_OTHER_TOWNS = frozenset({"BEKASI", "TANGERANG", "TANGSEL", "DEPOK", "BOGOR", "CIKARANG", "BANDUNG"})
_PLACES = frozenset({
    "SIMPANG", "PEREMPATAN", "PERTIGAAN", "BUNDARAN", "BUNDERAN", "FLYOVER", "FLY", "UNDERPASS", "JPO", "JEMBATAN",
    "TEROWONGAN", "TUGU", "PATUNG", "HALTE", "TERMINAL", "PASAR", "GERBANG", "GT", "TL", "LAMPU", "TITIK",
})  # fmt: skip
"""What begins with such a word and names no road is a place: which road it lies on is not said."""
_PART = re.compile(r"[()\[\],;/|]|\s[-\u2010-\u2015]\s")


class Likeness(StrEnum):
    """What a name has to do with a list of names."""

    SAME = "same"
    CONTAINS = "contains"
    RESEMBLES = "resembles"
    PLACE = "place"
    NONE = "none"


def normalise_road(text: str) -> str:
    """`Jl. Jend. Sudirman (depan FX), Jakarta` → `JENDERAL SUDIRMAN`; initials joined: `M.H.` → `MH`.

    Of several parts (commas, brackets, a dash between blanks) those that only say where on the road it stands, or
    the town, are dropped; all others are kept. Empty for a text without a name.
    """
    first, *more = [_words(part) for part in _PART.split(_plain(text))]
    kept = [_name(first), *(words for words in more if words and words[0] not in _ON | _TOWN)]
    return " ".join(word for words in kept for word in words)


@lru_cache(maxsize=4096)
def compare_road(text: str, names: tuple[str, ...]) -> tuple[Likeness, str]:
    """What the name of `text` has to do with normalised names: the closest kind, and the listed name it is about.

    An empty name is the same as nothing.
    """
    name = normalise_road(text)
    if name and name in names:
        return Likeness.SAME, name
    words = _words(" ".join(_PART.split(_plain(text))))
    run = "".join(words)
    for one in filter(None, names):
        if one.replace(" ", "") in run:
            return Likeness.CONTAINS, one
    for one in filter(None, names):
        if _is_near([word.replace("OE", "U") for word in words], one) or (words and set(words) <= set(one.split())):
            return Likeness.RESEMBLES, one
    return (Likeness.PLACE, "") if words and words[0] in _PLACES and not _names_road(text) else (Likeness.NONE, "")


def _names_road(text: str) -> bool:
    return not _ROAD.isdisjoint(re.findall(r"[A-Z0-9]+", _plain(text)))


def _is_near(words: Sequence[str], listed: str) -> bool:
    """Whether some neighbouring words, run together, spell nearly the listed name."""
    most = listed.count(" ") + 2
    match = SequenceMatcher(b=listed.replace(" ", ""), autojunk=False)
    for start in range(len(words)):
        for size in range(1, most + 1):
            match.set_seq1("".join(words[start : start + size]))
            # The first two are quick, and never below the last.
            if all(ratio() >= _LIKENESS for ratio in (match.real_quick_ratio, match.quick_ratio, match.ratio)):
                return True
    return False


def _plain(text: str) -> str:
    """Compatible letters without accents, capital, at most `MOST_LETTERS`."""
    letters = unicodedata.normalize("NFKD", text[:MOST_LETTERS])
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).upper()


def _words(part: str) -> list[str]:
    words = _with_initials_joined(re.findall(r"[A-Z0-9]+", part))
    while words and words[0] in _ROAD:
        words.pop(0)
    return [_SHORT.get(word, word) for word in words]


def _name(words: Sequence[str]) -> Sequence[str]:
    # The first word is the name even where it is such a word, and the last says nothing of where on the road.
    end = next((place for place in range(1, len(words) - 1) if words[place] in _ON), len(words))
    elsewhere = words[end : end + 1] != ["ARAH"] and not _OTHER_TOWNS.isdisjoint(words[end:])
    return words if elsewhere else words[:end]


def _with_initials_joined(words: Sequence[str]) -> list[str]:
    joined: list[str] = []
    joining = False
    for word in words:
        initial = len(word) == 1 and word.isalpha()
        if initial and joining:
            joined[-1] += word
        else:
            joined.append(word)
        joining = initial
    return joined
