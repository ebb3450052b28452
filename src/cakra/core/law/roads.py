"""Road names as people and cameras write them, brought to one form for comparison."""

import re
from collections.abc import Sequence

_ROAD = frozenset({"JALAN", "JLN", "JL"})
_SHORT = {"JEND": "JENDERAL", "JENDRAL": "JENDERAL", "LETJEND": "LETJEN", "SP": "SIMPANG"}
_ON = frozenset({"ARAH", "DEPAN", "DEKAT", "KM"})


def normalise_road(text: str) -> str:
    """`Jl. Jend. Sudirman (depan FX), Jakarta` → `JENDERAL SUDIRMAN`; initials joined: `M.H.` → `MH`.

    What follows a comma, stands in brackets, or says a direction is dropped. Empty for a text without a name.
    """
    name = re.sub(r"\(.*?\)", " ", text).split(",")[0].upper()
    words = _with_initials_joined(re.findall(r"[A-Z0-9]+", name))
    while words and words[0] in _ROAD:
        words.pop(0)
    # The first word is the name even where it is such a word, and the last says nothing of where on the road.
    named = next((place for place in range(1, len(words) - 1) if words[place] in _ON), len(words))
    return " ".join(_SHORT.get(word, word) for word in words[:named])


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
