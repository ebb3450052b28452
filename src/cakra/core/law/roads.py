"""Road names as people and cameras write them, brought to one form for comparison."""

import re

_PREFIX = re.compile(r"^(?:JALAN|JLN|JL)\b\s*")
_SHORT = {"JEND": "JENDERAL", "JENDRAL": "JENDERAL", "LETJEND": "LETJEN", "SP": "SIMPANG"}
_TAIL = re.compile(r"\s(?:ARAH|DEPAN|DEKAT|KM)\s.*$")


def normalise_road(text: str) -> str:
    """`Jl. Jend. Sudirman (depan FX), Jakarta` → `JENDERAL SUDIRMAN`; initials joined: `M.H.` → `MH`.

    What follows a comma, stands in brackets, or says a direction is dropped. Empty for a text without a name.
    """
    name = re.sub(r"\(.*?\)", " ", text).split(",")[0].upper()
    name = re.sub(r"[^A-Z0-9]+", " ", name).strip()
    name = _TAIL.sub("", _PREFIX.sub("", name))
    words: list[str] = []
    joining = False
    for word in name.split():
        initial = len(word) == 1 and word.isalpha()
        if initial and joining:
            words[-1] += word
        else:
            words.append(_SHORT.get(word, word))
        joining = initial
    return " ".join(words)
