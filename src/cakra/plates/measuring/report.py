"""A page for people: every photograph that was not accepted or not read right, with what the machine saw.

The photographs show people and places; the folder must lie outside every working copy, so that none is committed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import count
from pathlib import Path
from typing import Any

import cv2
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from cakra.core.errors import InputError
from cakra.core.geometry import Box
from cakra.plates.finder import PlateFinder, rectified
from cakra.plates.measuring.bench import Measured
from cakra.plates.measuring.charts import reliability_chart, robustness_chart
from cakra.plates.measuring.measure import Tried
from cakra.plates.measuring.samples import read_picture
from cakra.plates.measuring.tables import tables
from cakra.plates.measuring.wording import why, would_change
from cakra.plates.pixels import Picture
from cakra.plates.straighten import levelled, number_line

_PAGE, _FIGURES, _PICTURES = "index.html", "figures.json", "pictures"
_SHOWN_WIDTH, _SCENE_WIDTH = 380, 380
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 78)
_GROUPS = (
    ("wrong", "Accepted wrongly", "A claim that the photograph does not show was accepted. There must be none."),
    ("misread", "Read wrong", "What was read first is not what stands on the plate."),
    ("unread", "Not read", "No plate was found, or nothing on it could be read."),
    ("held", "Read right, sent to an officer", "The reading is right, but not certain enough to be taken."),
)


@dataclass(frozen=True, slots=True)
class _Card:
    """One photograph as the page shows it; pictures are paths below the folder, None where there is none."""

    number: int
    tried: Tried
    given: bool
    scene: str | None
    crop: str | None
    level: str | None
    truth: Markup
    read: Markup
    why: str
    would_change: str


def check_folder(folder: Path) -> Path:
    """The folder, absolute; InputError when the report must not or cannot go there."""
    place = folder.resolve()
    copy = next((one for one in (place, *place.parents) if (one / ".git").exists()), None)
    if copy is not None:
        message = (
            f"The report shows photographs of people and must not be committed: {place} lies in the working copy "
            f"{copy}. Choose a folder outside, for example {Path.home() / 'plates-report'}."
        )
        raise InputError(message)
    if place.exists() and not place.is_dir():
        raise InputError(f"The report needs a folder, but {place} is a file.")
    if place.is_dir() and any(place.iterdir()) and not (place / _FIGURES).is_file():
        raise InputError(f"{place} holds other files and no earlier report; choose an empty or a new folder.")
    return place


def write_report(folder: Path, measured: Measured, before: Mapping[str, Any] | None = None) -> Path:
    """Write the page with its pictures, and return its path. `before`: figures of an earlier run, to compare.

    Raises InputError like `check_folder`, and when the folder cannot be written.
    """
    place = check_folder(folder)
    try:
        (place / _PICTURES).mkdir(parents=True, exist_ok=True)
        for old in (place / _PICTURES).glob("*.jpg"):
            old.unlink()
        cards = _cards(place, measured)
        (place / _PAGE).write_text(_page(measured, cards, before), encoding="utf-8")
        (place / _FIGURES).write_text(json.dumps(measured.figures, ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError as error:
        raise InputError(f"The report cannot be written to {place}: {error}.") from error
    return place / _PAGE


def _group(one: Tried) -> str | None:
    """Which part of the page shows it; None: all went well."""
    if one.wrongly_accepted:
        return "wrong"
    if one.reading.text is None:
        return "unread"
    if not one.exact:
        return "misread"
    return None if one.accepted else "held"


def _cards(place: Path, measured: Measured) -> dict[str, list[_Card]]:
    numbers, finder = count(1), PlateFinder()
    cards: dict[str, list[_Card]] = {key: [] for key, _, _ in _GROUPS}
    for given, several in ((True, measured.tried), (False, measured.found)):
        for one in several:
            group = _group(one)
            if group is not None:
                cards[group].append(_card(place, measured, one, next(numbers), finder, given=given))
    return cards


def _card(place: Path, measured: Measured, one: Tried, number: int, finder: PlateFinder, *, given: bool) -> _Card:
    picture = read_picture(measured.data / one.sample.file)
    box = one.reading.box
    crop = None if box is None else picture[box.y1 : box.y2, box.x1 : box.x2]
    truth, read = _compared(one.sample.plate.text, one.read)
    whole = one.sample.kind != "crop" and (box is None or not given)
    return _Card(
        number=number,
        tried=one,
        given=given,
        scene=_saved(place, f"{number:03d}-scene.jpg", picture, _SCENE_WIDTH) if whole else None,
        crop=None if crop is None else _saved(place, f"{number:03d}-crop.jpg", crop, _SHOWN_WIDTH),
        level=None
        if box is None
        else _saved(place, f"{number:03d}-level.jpg", _level(picture, box, finder), _SHOWN_WIDTH),
        truth=truth,
        read=read,
        why=why(one),
        would_change=would_change(one),
    )


def _level(picture: Picture, box: Box, finder: PlateFinder) -> Picture:
    """The plate laid flat by its corners; where they are not plain, its number line levelled."""
    quad = finder.corners_in(picture, box)
    return rectified(picture, quad) if quad else number_line(levelled(picture[box.y1 : box.y2, box.x1 : box.x2]))


def _saved(place: Path, name: str, picture: Picture, width: int) -> str:
    """Enlarged or reduced to that width; small pictures keep their pixels visible."""
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    grows = picture.shape[1] < width
    shown = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC if grows else cv2.INTER_AREA)
    (place / _PICTURES / name).write_bytes(cv2.imencode(".jpg", shown, _JPEG)[1].tobytes())
    return f"{_PICTURES}/{name}"


def _compared(truth: str, read: str) -> tuple[Markup, Markup]:
    """Both spellings, what differs marked."""
    sides: tuple[list[Markup], list[Markup]] = ([], [])
    for kind, start, end, begin, stop in SequenceMatcher(None, truth, read, autojunk=False).get_opcodes():
        for side, part in zip(sides, (truth[start:end], read[begin:stop]), strict=True):
            side.append(Markup("{}").format(part) if kind == "equal" else Markup("<mark>{}</mark>").format(part))
    return Markup("").join(sides[0]), Markup("").join(sides[1])


def _page(measured: Measured, cards: Mapping[str, Sequence[_Card]], before: Mapping[str, Any] | None) -> str:
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    figures = measured.figures
    damages = figures.get("robustness", {}).get("damages")
    earlier = (before or {}).get("robustness", {}).get("damages")
    return pages.get_template("report.html").render(
        figures=figures,
        data=measured.data.resolve().name,
        tables=list(tables(figures)),
        reliability=Markup(reliability_chart(figures["reliability"])),  # noqa: S704 - our own SVG, its texts escaped
        robustness=Markup(robustness_chart(damages, earlier)) if damages else None,  # noqa: S704 - likewise
        earlier=earlier is not None,
        groups=[(key, title, told, cards[key]) for key, title, told in _GROUPS],
    )
