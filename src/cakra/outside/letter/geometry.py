"""Where things stand on the sheet: data in `geometry.toml`, checked once, used by the template and by tests."""

import tomllib
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

from cakra.core.errors import SetupError


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle on the page: millimetres from the upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    def grown(self, by: float) -> "Area":
        """The same rectangle, larger on every side."""
        return Area(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def meets(self, other: "Area") -> bool:
        """Whether the two share any ground."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def holds(self, other: "Area") -> bool:
        """Whether the other lies wholly inside."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom


@dataclass(frozen=True, slots=True)
class Window(Area):
    """The envelope's window; `clear` stays empty around it, text keeps `inset` inside it."""

    clear: float
    inset: float


@dataclass(frozen=True, slots=True)
class Geometry:
    """One sheet. All figures in millimetres."""

    page: Area
    edge: float
    body_left: float
    body_right: float
    body_top: float
    first_top: float
    body_bottom: float
    window: Window
    panel_x: float
    panel_y: float
    panel_width: float
    folds: tuple[float, ...]
    fold_x: float
    fold_length: float
    strip: Area
    code_size: float

    @property
    def clear_zone(self) -> Area:
        """Where nothing but the address may be printed."""
        return self.window.grown(self.window.clear)

    def for_template(self) -> dict[str, Any]:
        """The same figures, as the template reads them."""
        return asdict(self)


def read_geometry(text: str) -> Geometry:
    """A sheet from TOML. SetupError names the section, or what does not fit together."""
    try:
        document = tomllib.loads(text)
        page, body, panel, folds = (document[name] for name in ("page", "body", "panel", "folds"))
        geometry = Geometry(
            page=Area(0, 0, page["width"], page["height"]),
            edge=page["edge"],
            body_left=body["left"],
            body_right=body["right"],
            body_top=body["top"],
            first_top=body["first_top"],
            body_bottom=body["bottom"],
            window=Window(**document["window"]),
            panel_x=panel["x"],
            panel_y=panel["y"],
            panel_width=panel["width"],
            folds=tuple(folds["at"]),
            fold_x=folds["x"],
            fold_length=folds["length"],
            strip=Area(**document["strip"]),
            code_size=document["code"]["size"],
        )
    except (ValueError, RecursionError, KeyError, TypeError) as problem:
        raise SetupError(f"The letter's geometry cannot be read: {problem}.") from problem
    if problems := _problems(geometry):
        raise SetupError(f"The letter's geometry does not fit together: {'; '.join(problems)}.")
    return geometry


def _problems(sheet: Geometry) -> list[str]:
    printable = sheet.page.grown(-sheet.edge)
    checks = {
        "the window leaves the page": printable.holds(sheet.window),
        "the inset leaves no room in the window": 2 * sheet.window.inset < min(sheet.window.width, sheet.window.height),
        "the panel reaches into the window's clear zone": sheet.panel_x >= sheet.clear_zone.right,
        "the panel leaves the page": sheet.panel_x + sheet.panel_width <= printable.right,
        "the first page's text begins inside the window's clear zone": sheet.first_top >= sheet.clear_zone.bottom,
        "the machine strip meets the window": not sheet.strip.meets(sheet.window),
        "the machine strip meets the text": sheet.strip.right <= sheet.body_left,
        "a fold mark stands in the machine strip": sheet.fold_x + sheet.fold_length <= sheet.strip.x,
        "a fold is off the page": all(0 < fold < sheet.page.height for fold in sheet.folds),
        "the text area is empty": sheet.first_top + sheet.body_bottom < sheet.page.height
        and sheet.body_left + sheet.body_right < sheet.page.width,
    }
    return [problem for problem, holds in checks.items() if not holds]


def packaged_geometry() -> Geometry:
    """The sheet that comes with the product."""
    return read_geometry(resources.files("cakra.outside.letter").joinpath("geometry.toml").read_text("utf-8"))
