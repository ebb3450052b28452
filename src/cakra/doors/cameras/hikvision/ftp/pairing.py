"""Which pictures of a folder belong to which record. Pure.

A picture belongs to the record whose name it carries on, the longest such. Pictures of general names
(`licensePlatePicture.jpg`) are overwritten by each record that comes: they belong to nobody for certain.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from cakra.doors.cameras.hikvision.ftp.folder import Spot

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})
_NUMBERED = re.compile(r"[_-]\d{1,3}(?:[_-].*)?", re.ASCII)
_OWN_FOLDER = re.compile(r"\d{14,17}", re.ASCII)
_OWN_NAME = re.compile(r"\d{8}", re.ASCII)  # a time or a number: a name that is used once


@dataclass(frozen=True, slots=True)
class Drop:
    """A record in the folder and the pictures that carry its name on.

    `unsure`: some of them may be of a record that has not come yet (`X_1.jpg` beside `X.jpg`).
    """

    xml: Spot
    pictures: tuple[Spot, ...] = ()
    unsure: bool = False


def pair(files: Iterable[Spot]) -> list[Drop]:
    """Every record with its own pictures, folder by folder."""
    folders: dict[tuple[str, ...], list[Spot]] = {}
    for spot in sorted(files):
        folders.setdefault(spot.folders, []).append(spot)
    return [drop for spots in folders.values() for drop in _pair_folder(spots)]


def _pair_folder(spots: Sequence[Spot]) -> list[Drop]:
    records = {spot.stem: spot for spot in spots if spot.suffix == ".xml"}
    own: dict[str, list[Spot]] = {stem: [] for stem in records}
    for spot in spots:
        if spot.suffix in PICTURES and (stem := _owner(spot.stem, records)) is not None:
            own[stem].append(spot)
    return [Drop(xml, tuple(own[stem]), _is_unsure(stem, own[stem])) for stem, xml in records.items()]


def _owner(picture: str, records: Collection[str]) -> str | None:
    """The longest record's name that the picture's begins with; it goes on with a mark, or not at all."""
    for end in range(len(picture), 0, -1):
        if picture[:end] in records and (end == len(picture) or picture[end] in "_-. "):
            return picture[:end]
    return None


def _is_unsure(stem: str, pictures: Sequence[Spot]) -> bool:
    """Whether a numbered picture stands beside one of the record's very name: the number may be another record's."""
    names = [spot.stem for spot in pictures]
    return stem in names and any(_NUMBERED.fullmatch(name[len(stem) :]) for name in names if name != stem)


def listed(drop: Drop, names: Collection[str], files: Collection[Spot]) -> tuple[Spot, ...]:
    """The pictures that a record's list names and that lie beside it."""
    plain = {PurePosixPath(name.replace("\\", "/")).name for name in names} - {"", ".", ".."}
    spots = (Spot(drop.xml.folders, name) for name in sorted(plain))
    return tuple(spot for spot in spots if spot.suffix in PICTURES and spot in files)


def is_general(spot: Spot, xml: Spot) -> bool:
    """Whether other records may use this name too: without a number of its own, in a folder not the record's own."""
    if _OWN_NAME.search(spot.stem):
        return False
    return not (xml.folders and xml.folders[-1] in {xml.stem, *_OWN_FOLDER.findall(xml.stem)})
