"""What people type, paste or dictate, read the same way at every door: references, plates, chassis numbers, phones.

A pasted number brings along what nobody sees (U+200B, U+200E, a soft hyphen), another dash (U+2011), another blank
(U+00A0), full-width or Arabic digits. `plain` takes that away and nothing else: letters that only look alike stay
what they are, and a raised or circled digit, a footnote's, is no digit of the number: a text is never read as a number
it does not show. Pure.
"""

import re
import unicodedata

LONGEST = 200
"""Characters of one field at most; whoever reads one refuses a longer text before it is looked at."""

# Not of category Cf, and yet nothing is seen: the grapheme joiner, the fillers, the variation selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Signs that are dashes to the eye and not to Unicode: minus, hyphen bullet, modifier minus.
_DASHES_TOO = frozenset("\u2212\u2043\u02d7")
_TO_CAPITALS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_AROUND = re.compile("^[\"'\u201c\u201d\u2018\u2019(\\[<]+|[\"'\u201c\u201d\u2018\u2019)\\]>,;:!.]+$")
_BOLD = re.compile(r"\*([^*]+)\*")
_BETWEEN = re.compile(r"[\s.\-_\u00b7\u2022\u2027]+")


def plain(text: str) -> str:
    """The text in its plain form: compatibility signs, dashes, blanks and digits as ASCII has them, nothing unseen."""
    if text.isascii():
        return text
    seen = "".join(sign for sign in _UNSEEN.sub("", text) if unicodedata.category(sign) != "Cf")
    told = "".join(sign if unicodedata.category(sign) == "No" else unicodedata.normalize("NFKC", sign) for sign in seen)
    return "".join(_plain(sign) for sign in unicodedata.normalize("NFC", told))


def joined(text: str) -> str:
    """`plain` in capitals (A–Z only) without blanks, dots, dashes and what else people put between groups.

    Quotes, brackets and a comma around it are none of it, nor is the star at each end by which a chat shows bold.
    What was joined is not changed by joining again: a letter and an accent that met only then are one letter.
    """
    told = _BETWEEN.sub("", plain(text))
    while (inner := _without_frame(told)) != told:
        told = inner
    return unicodedata.normalize("NFC", told.translate(_TO_CAPITALS))


def _without_frame(text: str) -> str:
    inner = _AROUND.sub("", text)
    return bold[1] if (bold := _BOLD.fullmatch(inner)) else inner


def _plain(sign: str) -> str:
    if sign.isascii():
        return sign
    match unicodedata.category(sign):
        case "Nd":
            return str(unicodedata.decimal(sign))
        case "Pd":
            return "-"
        case "Zs" | "Zl" | "Zp":
            return " "
        case _:
            return "-" if sign in _DASHES_TOO else sign
