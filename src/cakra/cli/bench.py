"""`cakra bench NAME`: a readable table, and with --json one JSON line at the end."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from cakra.cli.console import out, progress_bar, table
from cakra.plates.bench import bench_plates

bench = App(name="bench", help="Measure; speed is a ratio taken in one run.")
AsJson = Annotated[bool, Parameter(name="--json", help="End with one JSON line.")]


def add_commands(app: App) -> None:
    """Register the group."""
    app.command(bench)


@bench.command
def plates(
    data: Annotated[Path, Parameter(name="--data", help="Folder with labels.csv (file,plate,kind,meta).")],
    *,
    as_json: AsJson = False,
) -> None:
    """How well plates are read on any labelled folder."""
    with progress_bar("Reading plates") as progress:
        show("Plates", bench_plates(data, progress), as_json=as_json)


def show(title: str, figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Print figures as a table, and as one JSON line if asked."""
    rows = [[name, json.dumps(value, ensure_ascii=False)] for name, value in figures.items()]
    out.print(table(title, ["figure", "value"], rows))
    if as_json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
