"""A view of set-aside input that is safe to show: its parts, and its text with plates, phones and addresses masked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST_TEXT, _MOST_PARTS = 4000, 64
_LONGEST_NAME = 80
_TAG = re.compile(
    r"(?P<open><[\w.:-]{0,60}(?:plate|licen[cs]e|nopol|nrkb)[\w.:-]{0,60}>)(?P<value>[^<]{1,200})", re.IGNORECASE
)
_KEY = re.compile(
    r"(?P<open>\"[\w.-]{0,60}(?:plate|nopol|nrkb|phone|text|name|address|recipient)[\w.-]{0,60}\"\s{0,9}:\s{0,9}\")"
    r"(?P<value>[^\"]{1,400})",
    re.IGNORECASE,
)
_PLATE = re.compile(r"(?<![A-Za-z0-9])([A-Z]{1,2})[ _-]?\d{1,4}[ _-]?([A-Z]{1,3})(?![A-Za-z0-9])")
_DIGITS = re.compile(r"(?<![\w.:+-])\+?(\d{6,15})(\d\d)(?![\w.:-])")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){0,5}")
_BOUNDARY = re.compile(r"""boundary\s{0,9}=\s{0,9}"?([^\s";,]{1,200})""", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class PartShown:
    """One part of a request: what it was called, what its sender said it is, how many bytes it has."""

    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class ShownInput:
    """What a person may see of an input. `text`: its first readable part, masked; empty where it has none."""

    parts: tuple[PartShown, ...]
    text: str
    cut: bool


def shown(body: bytes, headers: Mapping[str, str]) -> ShownInput:
    """A safe view of any bytes: no control characters, no pictures, no whole plate, phone or address."""
    match = _BOUNDARY.search(headers.get("content-type", "")[:1000])
    pieces = _parts(body, match[1]) if match else []
    readable = next((data for _, data in pieces if _is_text(data)), body if not pieces and _is_text(body) else b"")
    text = masked(readable[: 4 * _LONGEST_TEXT].decode("utf-8", "replace"))
    parts = tuple(part for part, _ in pieces) or (
        PartShown(
            _clean(headers.get("file-name", ""))[:_LONGEST_NAME],
            _clean(headers.get("content-type", ""))[:_LONGEST_NAME],
            len(body),
        ),
    )
    return ShownInput(parts, text[:_LONGEST_TEXT], len(text) > _LONGEST_TEXT or len(readable) > 4 * _LONGEST_TEXT)


def masked(text: str) -> str:
    """The text with what names a person or a vehicle masked, and nothing in it that a terminal obeys."""
    text = "".join(char if char.isprintable() or char in "\n\t" else "·" for char in text.replace("\r\n", "\n"))
    text = _KEY.sub(_hide, _TAG.sub(_hide, text))
    text = _PLATE.sub(lambda match: f"{match[1]} ** {match[2]}", text)
    return _DIGITS.sub(lambda match: f"{'*' * len(match[1])}{match[2]}", _MAIL.sub("***@***", text))


def _hide(match: "re.Match[str]") -> str:
    value = match["value"]
    return match["open"] + (value[:1] + "*" * min(len(value) - 1, 8) if len(value) > 1 else "*")


def _is_text(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf\r\n\t ")[:1] in {b"<", b"{", b"["}


def _clean(text: str) -> str:
    return masked(text).replace("\n", " ")


def _parts(body: bytes, boundary: str) -> list[tuple[PartShown, bytes]]:
    """Roughly taken apart, for the eye alone: what a door makes of it is the door's."""
    delimiter = b"--" + boundary.encode("latin-1", "replace")
    found = []
    for piece in body.split(delimiter, _MOST_PARTS + 1)[1:]:
        head_end = _HEAD_END.search(piece, 0, 16_384)
        if piece.startswith(b"--") or head_end is None:
            continue
        head = piece[: head_end.start()].decode("utf-8", "replace")
        data = piece[head_end.end() :].removesuffix(b"\n").removesuffix(b"\r")
        name = re.search(r'\b(?:file)?name="?([^";\r\n]{1,200})', head)
        kind = re.search(r"(?i)content-type:\s{0,9}([^;\r\n]{1,100})", head)
        said, meant = _clean(name[1] if name else "")[:_LONGEST_NAME], _clean(kind[1] if kind else "")[:_LONGEST_NAME]
        found.append((PartShown(said, meant, len(data)), data))
    return found
