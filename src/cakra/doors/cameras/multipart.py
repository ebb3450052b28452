"""A tolerant multipart reader on raw bytes.

Cameras omit the closing boundary, file names and lengths, and send empty parts. Library parsers answer
some of that with an empty form, which would lose evidence silently; this one keeps every byte it was
given, says whether the body was closed, and leaves the judgement to its caller.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cakra.core.errors import InputError

MAX_PARTS = 64
MAX_HEAD_BYTES = 16 * 1024
_LONG = 256 * 1024
_WINDOW = 256 * 1024
_MAX_MARKS = 16 * MAX_PARTS  # delimiters; more than parts, for a boundary may occur inside a picture
_MAX_BOUNDARY = 200
_LENGTH_DIGITS = 9
_PADDING_BYTES = 80  # white space that may follow a boundary in its line
_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"(?P<quoted>[^"]+)"|(?P<bare>[^\s;,]+))""", re.IGNORECASE)
# A key begins where a word does; else a long word would be tried from each of its letters.
_PARAMETER = re.compile(r"""(?<![\w*-])(?P<key>[\w*-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s;]+))""")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `complete`: its end was seen or its announced length arrived; None: nobody can tell."""

    name: str | None
    filename: str | None
    media_type: str
    data: bytes = field(repr=False)
    complete: bool | None = True
    parameters: str = ""
    """Of its Content-Type, such as the charset."""

    @property
    def label(self) -> str:
        """What the sender called it."""
        return self.name or self.filename or "(without a name)"


@dataclass(frozen=True, slots=True)
class Multipart:
    """All parts in order; `closed` is False when the closing boundary is missing."""

    parts: tuple[Part, ...]
    closed: bool


async def take_apart(body: bytes, content_type: str) -> Multipart:
    """As `parse_multipart`; a long body in a thread, so that the loop serves others meanwhile."""
    if len(body) < _LONG:
        return parse_multipart(body, content_type)
    return await asyncio.to_thread(parse_multipart, body, content_type)


def parse_multipart(body: bytes, content_type: str) -> Multipart:
    """Take a body apart. Raises InputError, and nothing else, for whatever bytes it is given."""
    delimiter = b"--" + _boundary(body, content_type)
    marks = list(_delimiters(body, delimiter))
    if not marks:
        raise InputError(
            "The multipart body does not contain its boundary: send it again whole.", code="multipart_unreadable"
        )
    parts: list[Part] = []
    place = 0
    while place < len(marks):
        _, start, closing = marks[place]
        if closing:
            return Multipart(tuple(parts), closed=True)
        if len(parts) == MAX_PARTS:
            raise _too_many_parts()
        part, place = _read_part(body, start, marks, place + 1, delimiter)
        if part is not None:
            parts.append(part)
    return Multipart(tuple(parts), closed=False)


def _too_many_parts() -> InputError:
    return InputError(
        f"The multipart body has more than {MAX_PARTS} parts: send one event a request.", code="multipart_unreadable"
    )


def _boundary(body: bytes, content_type: str) -> bytes:
    match = _BOUNDARY.search(content_type)
    if match:
        return (match["quoted"] or match["bare"]).encode("latin-1", "replace")[:_MAX_BOUNDARY]
    first = body.lstrip(b"\r\n").split(b"\n", 1)[0].strip()
    if first.startswith(b"--") and len(first) <= _MAX_BOUNDARY and first != b"--":
        return first[2:]
    raise InputError(
        "The request says multipart but names no boundary: add it to Content-Type.", code="multipart_unreadable"
    )


Mark = tuple[int, int, bool]
"""Where the data before it ends, where the next part begins, and whether it closes the body."""


def _delimiters(body: bytes, delimiter: bytes) -> list[Mark]:
    """Every delimiter that begins a line and ends it, in one search: what only looks like one costs nothing more."""
    marks: list[Mark] = []
    whole = re.compile(rb"\n" + re.escape(delimiter) + rb"(?:(--)|(?=[ \t\r\v\f]{0,%d}\n))" % _PADDING_BYTES)
    first = _first_line(body, delimiter)
    if first is not None:
        marks.append(first)
        if first[2]:
            return marks
    for match in _matches(whole, body, len(delimiter)):
        begun = match.start()
        end = begun - 1 if body[begun - 1 : begun] == b"\r" else begun
        if match[1] is not None:
            marks.append((max(end, 0), match.end(), True))
            return marks
        marks.append((max(end, 0), body.index(b"\n", match.end()) + 1, False))
        if len(marks) > _MAX_MARKS:
            raise _too_many_parts()
    return marks


def _matches(whole: "re.Pattern[bytes]", body: bytes, length: int) -> "Iterator[re.Match[bytes]]":
    """As `finditer`, a window at a time: one search is one breath of the interpreter, and others want to run."""
    for start in range(0, len(body), _WINDOW):
        seen_to = start
        end = start + _WINDOW
        while (match := whole.search(body, seen_to, end + length + _PADDING_BYTES + 2)) and match.start() < end:
            yield match
            seen_to = match.end()


def _first_line(body: bytes, delimiter: bytes) -> Mark | None:
    """The delimiter that the body begins with."""
    if not body.startswith(delimiter):
        return None
    after = len(delimiter)
    if body[after : after + 2] == b"--":
        return 0, after + 2, True
    line_end = body.find(b"\n", after, after + _PADDING_BYTES)
    return (0, line_end + 1, False) if line_end != -1 and not body[after:line_end].strip() else None


def _read_part(body: bytes, start: int, marks: list[Mark], following: int, delimiter: bytes) -> tuple[Part | None, int]:
    """The part that begins at `start`, and the index of the mark that ends it (len(marks): none does)."""
    end = marks[following][0] if following < len(marks) else len(body)
    head_end = _HEAD_END.search(body, max(start - 2, 0), min(start + MAX_HEAD_BYTES, len(body)))
    if head_end is None or head_end.start() > end:
        if following < len(marks):
            raise InputError("A part of the multipart body has no header lines: send it again.", code="part_unreadable")
        return None, following  # cut off inside the headers
    headers = _headers(body[start : max(head_end.start(), start)])
    data_start = head_end.end()
    announced = _length(headers.get("content-length"))
    # An announced length that ends at a delimiter is believed: a boundary may occur inside a picture.
    if announced is not None:
        for index in range(following, len(marks)):
            if marks[index][0] == data_start + announced:
                return _part(headers, body[data_start : data_start + announced], complete=True), index
    if following < len(marks):
        return _part(headers, body[data_start : max(end, data_start)], complete=True), following
    data = body[data_start:]
    if announced is not None:
        return _part(headers, data[:announced], complete=len(data) >= announced), following
    return _part(headers, _without_begun(data, b"\r\n" + delimiter), complete=None), following


def _part(headers: dict[str, str], data: bytes, *, complete: bool | None) -> Part:
    disposition = {
        match["key"].lower(): match["quoted"] if match["quoted"] is not None else match["bare"]
        for match in _PARAMETER.finditer(headers.get("content-disposition", ""))
    }
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    names = (disposition.get("name"), disposition.get("filename"))
    return Part(*names, media_type.strip().lower(), data, complete, parameters.strip())


def _headers(block: bytes) -> dict[str, str]:
    headers = {}
    for line in block.decode("utf-8", "replace").splitlines():
        key, colon, value = line.partition(":")
        if colon:
            headers[key.strip().lower()] = value.strip()
    return headers


def _length(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= _LENGTH_DIGITS else None


def _without_begun(data: bytes, ending: bytes) -> bytes:
    """The data without the beginning of a delimiter that was cut off."""
    for length in range(min(len(ending), len(data)), 1, -1):
        if data.endswith(ending[:length]):
            return data[:-length]
    return data
