"""From the bytes of a Hikvision record to XML trees: decoded as declared, mended where the meaning is plain.

Cameras write GB2312 and say so, put a bare `&` into a channel's name, cut a letter of UTF-8 in half, pad with NUL,
forget to declare a prefix, and append a second record to the first. None of that makes an offence doubtful, so it is
mended and told; what is cut off or carries a DTD is refused.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from cakra.core.errors import InputError

_MAX_XML_BYTES = 512 * 1024
_MOST_RECORDS = 64
_ROOTS = frozenset({"eventnotificationalert", "ftp"})
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})""")
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,300}\?>")
# What real encodings are called, letters and digits only; a superset is read where there is one.
_ENCODINGS = {
    "utf8": "utf-8", "usascii": "utf-8", "ascii": "utf-8",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "cp936": "gb18030", "euccn": "gb18030",
    "big5": "cp950", "cp950": "cp950", "big5hkscs": "big5hkscs",
    "iso88591": "cp1252", "latin1": "cp1252", "cp1252": "cp1252", "windows1252": "cp1252", "iso885915": "iso8859-15",
    "iso88592": "iso8859-2", "windows1250": "cp1250", "iso88599": "cp1254", "windows1254": "cp1254",
    "windows1251": "cp1251", "cp1251": "cp1251", "koi8r": "koi8-r", "iso88595": "iso8859-5",
    "shiftjis": "cp932", "sjis": "cp932", "eucjp": "euc_jp", "euckr": "cp949", "ksc56011987": "cp949",
    "tis620": "cp874", "windows874": "cp874", "windows1258": "cp1258", "windows1256": "cp1256",
}  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(x[0-9a-fA-F]{1,8}|[0-9]{1,9});")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,9}|#x[0-9a-fA-F]{1,8});)")
_ANGLE = re.compile(r"<(?![A-Za-z_/!?])")
_PREFIX = re.compile(r"(</?)[\w.-]{1,60}:(?=[A-Za-z_])")
_PREFIXED_ATTRIBUTE = re.compile(r"""\s[\w.-]{1,60}:[\w.-]{1,60}\s{0,9}=\s{0,9}(?:"[^"<]*"|'[^'<]*')""")
_END = re.compile(r"</(?:[\w.-]{1,60}:)?(?:EventNotificationAlert|FTP)\s{0,9}>", re.IGNORECASE)
_BLANK = "\x00\ufeff \t\r\n"


@dataclass(frozen=True, slots=True)
class Document:
    """One record of a text. `mended`: what was wrong with it, as keys; `fault`: it could not be read."""

    root: Element | None
    mended: tuple[str, ...] = ()
    fault: InputError | None = field(default=None)


def read_documents(xml: bytes, charset: str = "") -> list[Document]:
    """The records of a text in order. InputError when there is none, and never anything else.

    `charset`: of the part's own Content-Type; what the XML declares goes before it. A record that is cut off among
    others comes with its `fault`, so that the others are taken.
    """
    if len(xml) > _MAX_XML_BYTES:
        raise InputError(
            f"The XML is larger than {_MAX_XML_BYTES} bytes: send pictures beside it.", code="xml_too_long"
        )
    text, mended = _decode(xml, charset)
    try:
        roots = [(_parse(text), mended)]
    except ParseError:
        return list(_mend(text, mended))
    found = [Document(one, told) for root, told in roots for one in _records(root)]
    return found[:_MOST_RECORDS]


def local(element: Element) -> str:
    """The element's name without its namespace, lower case: firmware does not agree on capitals."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _decode(xml: bytes, charset: str) -> tuple[str, tuple[str, ...]]:
    """The text, and what had to be mended to get it."""
    encoding, mended = _encoding_of(xml, charset)
    for mark, name in _MARKS:
        if xml.startswith(mark):
            xml = xml[len(mark) :]
            encoding, mended = name, ()
            break
    try:
        text = xml.decode(encoding)
    except UnicodeDecodeError:
        text = xml.decode(encoding, "replace")
        mended = (*mended, "bytes")
    return _DECLARATION.sub("", text.strip(_BLANK), count=1).strip(_BLANK), mended


def _encoding_of(xml: bytes, charset: str) -> tuple[str, tuple[str, ...]]:
    """By the first bytes, else as the XML declares, else as its part does."""
    if xml[:4].lstrip(b"\r\n")[:2] == b"<\x00":
        return "utf-16-le", ()
    if xml[:2] == b"\x00<":
        return "utf-16-be", ()
    match = _DECLARED.match(xml)
    said = match[1].decode("ascii") if match else charset
    plain = re.sub(r"[^a-z0-9]", "", said[:60].lower())
    if plain in {"", "utf16", "utf16le", "utf16be", "utf32"}:  # of single bytes, as we have just seen
        return "utf-8", ()
    known = _ENCODINGS.get(plain)
    return (known, ()) if known else ("utf-8", ("encoding",))


def _parse(text: str) -> Element:
    """One tree; ParseError when mending may help, InputError when it may not."""
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except ParseError:
        raise
    except (DefusedXmlException, ValueError, LookupError, RecursionError) as reason:
        raise _unreadable(reason) from reason
    return root


def _mend(text: str, mended: tuple[str, ...]) -> Iterator[Document]:
    """The records of a text that is no XML as it stands."""
    clean = _NO_CHARACTER.sub("\ufffd", _REFERENCE.sub(_possible, text))
    told = [*mended, *(["characters"] if clean != text else [])]
    for key, pattern, instead in (("ampersand", _AMPERSAND, "&amp;"), ("angle", _ANGLE, "&lt;")):
        text, clean = clean, pattern.sub(instead, clean)
        told += [key] if clean != text else []
    pieces = _pieces(clean)
    if len(pieces) > 1:
        told.append("several")
    elif _END.split(clean)[-1].strip(_BLANK) and _END.search(clean):
        told.append("trailing")
    read = [document for piece in pieces for document in _read_piece(piece, tuple(told))]
    if not any(document.root is not None for document in read):
        raise next((document.fault for document in read if document.fault), _unreadable(ParseError()))
    yield from read


def _read_piece(piece: str, mended: tuple[str, ...]) -> list[Document]:
    try:
        try:
            root = _parse(piece)
        except ParseError:
            bare = _PREFIXED_ATTRIBUTE.sub("", _PREFIX.sub(r"\1", piece))
            root, mended = _parse(bare), (*mended, "prefix")
        return [Document(one, mended) for one in _records(root)]
    except ParseError as reason:
        return [Document(None, mended, _unreadable(reason))]
    except InputError as fault:
        return [Document(None, mended, fault)]


def _pieces(text: str) -> list[str]:
    """The text behind each record's end belongs to the next; what is left without a record at the end is padding."""
    pieces: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if len(pieces) == _MOST_RECORDS:
            break
        pieces.append(_opened(text[start : match.end()]))
        start = match.end()
    rest = text[start:].strip(_BLANK + "\ufffd")
    if not pieces or re.search(r"<(?:[\w.-]{1,60}:)?(?:EventNotificationAlert|FTP)\b", rest, re.IGNORECASE):
        pieces.append(_opened(rest))
    return pieces


def _opened(piece: str) -> str:
    """From the first element on, without the declaration that a second record brings along."""
    piece = _DECLARATION.sub("", piece)
    return piece[max(piece.find("<"), 0) :]


def _possible(match: "re.Match[str]") -> str:
    """A character reference, unless XML knows no such character."""
    number = int(match[1][1:], 16) if match[1].startswith("x") else int(match[1])
    allowed = number in {0x9, 0xA, 0xD} or 0x20 <= number <= 0xD7FF or 0xE000 <= number <= 0xFFFD  # noqa: PLR2004 - XML 1.0
    return match[0] if allowed or 0x10000 <= number <= 0x10FFFF else "\ufffd"  # noqa: PLR2004 - XML 1.0


def _records(root: Element) -> list[Element]:
    """The record itself, or those inside a list of them. InputError for anything else."""
    if local(root) in _ROOTS or local(root) == "anpr":
        return [root]
    inside = [element for element in root.iter() if local(element) in _ROOTS]
    if not inside:
        raise InputError(
            f"The XML is a {local(root)[:60]}, not an ANPR record (EventNotificationAlert or FTP): "
            "let the camera push ANPR events only.",
            code="xml_unknown",
        )
    return inside


def _unreadable(reason: Exception) -> InputError:
    return InputError(
        f"The XML cannot be read ({type(reason).__name__}): send the record again whole.", code="xml_unreadable"
    )
