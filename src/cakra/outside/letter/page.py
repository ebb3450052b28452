"""Setting one letter: a message and its address become a PDF/A-2b sheet with tags and its own fonts."""

import hashlib
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import segno
import typst

from cakra.core.ports import Message
from cakra.outside.letter.geometry import Geometry, packaged_geometry
from cakra.outside.letter.office import ANY_AGENCY, Office, packaged_offices
from cakra.outside.letter.paper.addressing import Unprintable, breakable, checked_address
from cakra.outside.letter.paper.glyphs import REPLACED, Glyphs, every_text, plain_only, replaced_by, without

LETTER, PLAIN_LETTER, _FRAME = "letter_v2", "letter_text_v2", "frame_v2"
STANDARD: Final = "a-2b"
_MONTHS = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni",
        "Juli", "Agustus", "September", "Oktober", "November", "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
# Beside a name none of whose letters can be printed.
_OWNER = {"id": "pemilik kendaraan", "en": "vehicle owner"}
_STAMP = "CONTOH. "
_NEEDED = ("plat", "instansi", "pelanggaran", "waktu", "lokasi", "ref", "situs")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?")
_REFERENCE = re.compile(r"[0-9A-Z]{6,40}")
_QUOTED = re.compile(r"`[^`]*`")
_MOST_TRIES = 8
_QUIET_MODULES = 4  # ISO/IEC 18004


@dataclass(frozen=True, slots=True)
class SetLetter:
    """One letter as set. `replaced`: signs of it that no font of ours has stand as □."""

    reference: str
    pdf: bytes = field(repr=False)
    pages: int
    replaced: bool = False


@dataclass(slots=True)
class LetterPress:
    """Sets letters, one at a time; about 25 ms each. Not for several threads at once.

    `articles` gives the article of law for each offence as worded in a message. `demo` prints CONTOH across
    every page. `signed` says on paper that the PDF carries an electronic signature: only with a signer.
    """

    offices: Mapping[str, Office] = field(default_factory=packaged_offices)
    articles: Mapping[str, str] = field(default_factory=dict)
    geometry: Geometry = field(default_factory=packaged_geometry)
    demo: bool = False
    signed: bool = False
    zone: str = "Asia/Jakarta"
    _folder: tempfile.TemporaryDirectory[str] = field(init=False, repr=False)
    _compilers: Mapping[str, typst.Compiler] = field(init=False, repr=False)
    _glyphs: Glyphs = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cakra-letter-")
        for name in (_FRAME, LETTER, PLAIN_LETTER):
            text = resources.files("cakra.outside.letter").joinpath(f"{name}.typ").read_bytes()
            Path(self._folder.name, f"{name}.typ").write_bytes(text)
        # Bundled fonts only: the same letter on every machine.
        fonts = typst.Fonts(include_system_fonts=False)
        self._compilers = {
            name: typst.Compiler(str(Path(self._folder.name, f"{name}.typ")), root=self._folder.name, font_paths=fonts)
            for name in (LETTER, PLAIN_LETTER)
        }
        self._glyphs = Glyphs(Path(self._folder.name), fonts, STANDARD)

    def close(self) -> None:
        """Remove the working folder."""
        self._folder.cleanup()

    def set_letter(self, message: Message, at: datetime) -> SetLetter:
        """The letter of one message, dated `at`: the confirmation letter, or a plain one of its own wording.

        Raises Unprintable with what is missing or does not fit.
        """
        values = every_text(self._values(message, at), self._glyphs.printable)
        values["replaced"] = REPLACED in f"{values['name']}{values['lines']}"
        if not any(one.isalnum() for one in values["name"]):
            values["name"] = f"{values['name']} ({_OWNER[values['language']]})"
        name = LETTER if message.wording is None else PLAIN_LETTER
        picture = self._place_picture(message)
        values["photo"] = f"/{picture.name}" if picture else ""
        try:
            pdf = self._compiled(name, values, at)
        except typst.TypstError as problem:
            raise _unprintable(problem) from problem
        finally:
            if picture:
                picture.unlink()
        return SetLetter(message.link_suffix, pdf, count_pages(pdf), replaced=values["replaced"])

    def _compiled(self, name: str, values: dict[str, Any], at: datetime) -> bytes:
        """The PDF; signs that can be shown each alone but not together are replaced as they are found."""
        for _ in range(_MOST_TRIES):
            try:
                return self._typeset(name, values, at)
            except typst.TypstError as problem:
                missing = replaced_by(problem)
                if not missing:
                    raise
                values |= every_text(values, partial(without, missing)) | {"replaced": True}
        return self._typeset(name, every_text(values, plain_only), at)

    def _typeset(self, name: str, values: Mapping[str, Any], at: datetime) -> bytes:
        shown = {
            **values,
            "name": breakable(values["name"]),
            "lines": [breakable(one) for one in values["lines"]],
        }
        pdf = self._compilers[name].compile(
            format="pdf",
            sys_inputs={"letter": json.dumps(shown, ensure_ascii=False)},
            pdf_standards=[STANDARD],
            timestamp=at.replace(microsecond=0),
        )
        assert isinstance(pdf, bytes)
        return pdf

    def _values(self, message: Message, at: datetime) -> dict[str, Any]:
        said = message.variables
        if missing := [name for name in _NEEDED if not said.get(name)]:
            raise Unprintable(f"The letter needs {', '.join(missing)}.", code="content")
        address = checked_address(message.postal)
        link = official_link(said["situs"], message.link_suffix)
        office = self.offices.get(said["instansi"]) or self.offices.get(ANY_AGENCY)
        if office is None:
            raise Unprintable(
                f"No office is known for {said['instansi']}: add it to the letters' offices.", code="content"
            )
        words = _words(message)
        code = segno.make_qr(link, error="m", boost_error=False)
        return {
            "sheet": self.geometry.for_template(),
            "office": office.for_template(),
            "agency": said["instansi"],
            **words,
            "demo": self.demo,
            "signed": self.signed,
            "date": letter_date(at.astimezone(ZoneInfo(self.zone)).date(), words["language"]),
            "reference": said["ref"],
            "site": said["situs"],
            "link": link,
            "plate": said["plat"],
            "offences": [
                {"label": label, "article": self.articles.get(label, "")} for label in said["pelanggaran"].split("; ")
            ],
            "time": said["waktu"],
            "place": said["lokasi"],
            "name": address.name,
            "lines": address.lines,
            "postcode": address.postcode,
            "code": code.svg_inline(border=_QUIET_MODULES, omitsize=True),
        }

    def _place_picture(self, message: Message) -> Path | None:
        if message.picture is None:
            return None
        path = Path(self._folder.name, f"{hashlib.sha256(message.tag.encode()).hexdigest()}.jpg")
        path.write_bytes(message.picture.jpeg)
        return path


def _words(message: Message) -> dict[str, Any]:
    """Language, and the subject and paragraphs (lists of lines) of a plain letter."""
    if message.wording is None:  # the confirmation letter is Indonesian with a summary in English
        return {"language": "id"}
    parts = message.wording.text.removeprefix(_STAMP).strip().split("\n\n")
    return {
        "language": "en" if message.language == "en" else "id",
        "subject": message.wording.subject.removeprefix(_STAMP),  # the sheet is stamped already
        "text": [part.strip().split("\n") for part in parts if part.strip()],
    }


def official_link(site: str, reference: str) -> str:
    """What the QR code holds: upper case only, so that it stays in the denser alphanumeric mode."""
    if not _HOST.fullmatch(site):
        raise Unprintable("The official site must be a host name without path.", code="content")
    if not _REFERENCE.fullmatch(reference):
        raise Unprintable("The reference must be capital letters and digits.", code="content")
    return f"HTTPS://{site.upper()}/K/{reference}"


def letter_date(day: date, language: str = "id") -> str:
    """As on a letter: 21 November 2026."""
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


def count_pages(pdf: bytes) -> int:
    """Pages of a PDF of ours, which keeps its page objects uncompressed."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def _unprintable(problem: typst.TypstError) -> Unprintable:
    if "address_too_long" in problem.message:
        return Unprintable("The address is too long for the envelope's window.", code="address")
    if "could not be displayed" in problem.message:
        return Unprintable("The letter has characters that its fonts do not have.")
    if "image" in problem.message:
        return Unprintable("The picture is not a JPEG that can be printed.", code="picture")
    # What stands in backquotes may be a name or an address.
    return Unprintable(f"The letter cannot be set: {_QUOTED.sub('…', problem.message)}.", code="letter")
