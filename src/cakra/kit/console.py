"""What commands print: tables and progress on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

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
        made.add_row(*(Text(cell) for cell in row))
    return made


def say(text: str) -> None:
    """One line on standard output, never wrapped or coloured: fit to be copied or piped."""
    sys.stdout.write(f"{text}\n")


def say_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; elsewhere a line of names and a line a row, cells parted by tabs."""
    if out.is_terminal:
        out.print(table(title, columns, rows))
        return
    for row in (columns, *rows):
        say("\t".join(" ".join(cell.split()) for cell in row))
