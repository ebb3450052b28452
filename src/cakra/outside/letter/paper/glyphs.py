"""What a letter's own fonts can show: signs that they lack give way, so that every letter goes.

Names come as a register has them: in any script, in letters drawn for mathematics, with pictures. A sign that no font
of ours has is printed in its plain form where it has one, else as □; nothing is guessed.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import typst

from cakra.core.foreign import text

REPLACED = "\u25a1"
# Shown by the letters' own fonts: what nearly every name consists of is never asked about.
_PLAIN = re.compile(r"[ -~\u00a0-\u024f\u2010-\u2027\u20ac\u00ab\u00bb\n]*")
_MOST_KNOWN, _LONGEST = 20_000, 20_000
_MISSING = re.compile(r"text `\"(.+?)\"` could not be displayed", re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]{1,6})\}")


class Glyphs:
    """Knows of each sign that was asked about whether it can be printed; asks the typesetter about new ones."""

    def __init__(self, folder: Path, fonts: typst.Fonts, standard: Any) -> None:
        """`folder`: where the typesetter finds its files."""
        self._shown: dict[str, bool] = {REPLACED: True}
        probe = folder / "signs.typ"
        probe.write_text("#sys.inputs.signs", "ascii")
        self._probe = typst.Compiler(str(probe), root=str(folder), font_paths=fonts)
        self._standard = standard

    def printable(self, value: object) -> str:
        """A text in signs that can be printed, without controls; long ones are cut."""
        if isinstance(value, str) and _PLAIN.fullmatch(value):
            return value
        cleaned = unicodedata.normalize("NFC", text(value, _LONGEST))
        if _PLAIN.fullmatch(cleaned):
            return cleaned
        self._learn({one for one in cleaned if not _PLAIN.fullmatch(one)})
        return "".join(self._sign(one) for one in cleaned)

    def _sign(self, sign: str) -> str:
        if unicodedata.category(sign) == "Cf":  # nobody sees it; a reader of the PDF stumbles over it
            return ""
        if _PLAIN.fullmatch(sign) or self._shown[sign]:
            return sign
        plain = "".join(one for one in unicodedata.normalize("NFKD", sign) if unicodedata.category(one)[0] != "M")
        if plain and plain != sign and _PLAIN.fullmatch(plain):
            return plain
        # What changes the sign before it, or joins two, says nothing without it.
        return "" if unicodedata.category(sign) in {"Mn", "Me"} else REPLACED

    def _learn(self, signs: set[str]) -> None:
        if len(self._shown) > _MOST_KNOWN:
            self._shown = {REPLACED: True}
        new = sorted(signs - self._shown.keys())
        # One that only shapes its neighbours shows nothing, and is nothing to miss.
        for sign in new:
            self._shown[sign] = self._is_shown(sign)

    def _is_shown(self, sign: str) -> bool:
        if unicodedata.category(sign) in {"Mn", "Me"}:
            sign = f"a{sign}"
        try:
            self._probe.compile(format="pdf", sys_inputs={"signs": sign}, pdf_standards=[self._standard])
        except typst.TypstError:
            return False
        return True


def replaced_by(problem: typst.TypstError) -> str:
    """The signs that a letter could not show after all (a font may have a sign but not two of them joined)."""
    found = _MISSING.search(problem.message)
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1]) if found else ""


def without(signs: str, said: str) -> str:
    """A text with □ where these signs stood."""
    return said.replace(signs, REPLACED)


def plain_only(said: str) -> str:
    """A text with □ for all but the letters of every day."""
    return "".join(one if _PLAIN.fullmatch(one) else REPLACED for one in said)


def every_text(values: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The same values with each text changed, however deep it stands."""
    return {name: _changed(value, change) for name, value in values.items()}


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case Mapping():
            return every_text(value, change)
        case list() | tuple():
            return [_changed(one, change) for one in value]
        case _:
            return value
