"""What a register file looks like to us, before it is imported: columns, masked rows, refusals, contacts."""

from collections.abc import Callable, Mapping, Sequence

from cakra.core.identifiers.phone import read_phone
from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.core.law.stnk import plate_colour_of, vehicle_kind_of
from cakra.core.tables.values import is_nothing
from cakra.journey.ownership.importing.summary import ImportSummary, share_lines
from cakra.journey.ownership.reading.columns import COLUMNS
from cakra.journey.ownership.reading.files import RegisterFile, first_rows
from cakra.journey.ownership.reading.rows import read_cells
from cakra.kit.console import say, say_table

_ROWS = 10
_MOST_REASONS = 20
_SHOWN = frozenset({"valid_from", "valid_to", "brand", "model", "colour", "year", "electric", "fuel"})
_LONGEST_SHOWN = 20
_UNKNOWN = {
    "kind_unknown": "a kind of vehicle that is not known",
    "plate_colour_unknown": "a plate colour that is not known",
    "electric_unknown": "no word on whether it is electric: its odd-even cases go to an officer",
}


def show_file(file: RegisterFile) -> None:
    """The columns as understood, and the first rows with nothing personal in clear."""
    found = {ours: file.header[place] for ours, place in file.layout.items()}
    rows = [[ours, found.get(ours, "–")] for ours in COLUMNS]
    say_table(f"Columns of {file.path.name}", ["ours", "heading"], rows)
    if file.ignored:
        say(f"Not used: {', '.join(file.ignored)}")
    if file.delimiter:
        say(f"Read as CSV, {file.encoding}, fields parted by {file.delimiter!r}.")
    masked = [_masked(read_cells(values, file.layout)) for values in first_rows(file, _ROWS)]
    say_table("The first rows, masked", list(file.layout), masked)


def show_outcome(summary: ImportSummary) -> None:
    """What would be refused and why, how many owners can be reached, and what would stop the import."""
    taken = summary.rows - summary.wrong
    say(f"{summary.rows:,} rows: {taken:,} would be taken, {summary.wrong:,} refused.")
    for reason, count in sorted(summary.reasons.items(), key=lambda one: -one[1])[:_MOST_REASONS]:
        say(f"  {count:,} refused: {reason}")
    say(
        f"{summary.inserted:,} new, {summary.updated:,} changed, {summary.unchanged:,} as before; "
        f"{summary.ended:,} spells without an end would end where the next begins."
    )
    say_notes(summary)
    if summary.held:
        for line in share_lines(summary.held, summary.last):
            say(f"Owners with {line}")
    for alarm in summary.alarms:
        say(f"This would stop the import: {alarm}")
    say("Nothing was changed.")


def say_notes(summary: ImportSummary) -> None:
    """What was taken but not understood."""
    for what, words in _UNKNOWN.items():
        if count := summary.counts.get(what, 0):
            say(f"{count:,} rows taken with {words}.")
    if count := (summary.held.taken if summary.held else 0) - summary.counts.get("address", 0):
        say(f"{count:,} rows taken with no address that a letter could go to.")


def _masked(cells: Mapping[str, str]) -> Sequence[str]:
    return [_mask(name, text) for name, text in cells.items()]


def _mask(name: str, text: str) -> str:
    if is_nothing(text):
        return "(nothing)"
    if name in _READ:
        return _READ[name](text)
    shown = name in _SHOWN and len(text) <= _LONGEST_SHOWN and not _like_a_number(text)
    return text if shown else _bullets(text)


def _mask_plate(text: str) -> str:
    try:
        return parse_plate(text).masked
    except PlateError:
        return _bullets(text)


def _mask_phone(text: str) -> str:
    problem = read_phone(text).problem
    return f"{_bullets(text)} ({problem.value if problem else 'usable'})"


_READ: Mapping[str, Callable[[str], str]] = {
    "plate": _mask_plate,
    "phone": _mask_phone,
    "vehicle_kind": lambda text: vehicle_kind_of(text).value,
    "plate_colour": lambda text: plate_colour_of(text).value,
}


def _like_a_number(text: str) -> bool:
    """A number so long could be somebody's: the columns may have slipped."""
    return sum(sign.isdigit() for sign in text) > len("20200301") and not text[:4].isdigit()


def _bullets(text: str) -> str:
    shown = "".join("•" if sign.isalnum() else sign for sign in text[:_LONGEST_SHOWN])
    return shown if len(text) <= _LONGEST_SHOWN else f"{shown}…"
