"""What commands print: tables and progress on a terminal, plain lines elsewhere."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

# Control characters, also those of ISO 6429 above 0x7F, and marks that reorder a line: a text from outside must not
# move the cursor, colour, overwrite or turn round what stands on somebody's terminal. Tabs and line ends stay.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
out = Console()
err = Console(stderr=True)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on a terminal (nothing elsewhere); call the result with (done, total or None)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task(title, total=None)

        def advance(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table ready to print; cells are shown as they are, brackets included."""
    made = Table(*columns, title=title, title_justify="left", show_edge=False)
    for row in rows:
        made.add_row(*(Text(without_commands(cell)) for cell in row))
    return made


def without_commands(text: str) -> str:
    """The text with every character that a terminal would obey replaced by a sign (U+FFFD)."""
    return _COMMANDS.sub("\ufffd", text)


def say(text: str) -> None:
    """One line on standard output, never wrapped or coloured: fit to be copied or piped."""
    sys.stdout.write(f"{without_commands(text)}\n")


def say_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; elsewhere a line of names and a line a row, cells parted by tabs."""
    if out.is_terminal:
        out.print(table(title, columns, rows))
        return
    for row in (columns, *rows):
        say("\t".join(" ".join(cell.split()) for cell in row))
