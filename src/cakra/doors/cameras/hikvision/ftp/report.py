"""What lies in a drop folder and will not be taken by itself; for `cakra doctor`, read only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cakra.doors.cameras.hikvision.ftp.folder import DropFolder, Spot, printable


@dataclass(frozen=True, slots=True)
class DropReport:
    """Records that wait; names of folders and files that want a person; files that were there `before` already."""

    records: int
    unknown: tuple[str, ...]
    unread: tuple[str, ...]
    odd: tuple[str, ...]
    late: int
    before: datetime


def look_at_drop(root: Path, cameras: Collection[str], before: datetime) -> DropReport:
    """`cameras`: the codes that are known. OSError when the folder cannot be opened."""
    if not root.is_dir():
        raise NotADirectoryError(20, "there is no such folder")
    listing = DropFolder(root).look()
    records = [spot for spot in listing.files if spot.suffix == ".xml"]
    unknown = {_top(spot) for spot in listing.files if spot.folders and not _is_known(spot, cameras)}
    late = sum(changed / 1e9 < before.timestamp() for _, changed in listing.files.values())
    return DropReport(
        len(records),
        tuple(sorted(unknown)),
        tuple(listing.unread),
        tuple(spot.shown for spot, _ in listing.odd),
        late,
        before,
    )


def _top(spot: Spot) -> str:
    return printable("/".join(spot.folders[:2]))


def _is_known(spot: Spot, cameras: Collection[str]) -> bool:
    """Whether a folder on the way is a camera's, or the name begins with a camera's code."""
    parts = printable(spot.stem).split("_")
    return any(folder in cameras for folder in spot.folders) or any(
        "_".join(parts[:length]) in cameras for length in range(1, len(parts) + 1)
    )
