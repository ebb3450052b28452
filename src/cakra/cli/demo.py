"""`cakra demo`: the whole system with a synthetic city."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cakra.demo.run import erase_demo, run_demo

_FOLDER = Path("var/demo")


def add_commands(app: App) -> None:
    """Register the command."""
    app.command(demo)


def demo(
    *,
    once: Annotated[bool, Parameter(help="End by itself; the last line is the summary as JSON.")] = False,
    erase: Annotated[bool, Parameter(help="Remove what earlier demonstrations left, and do nothing else.")] = False,
    folder: Annotated[Path, Parameter(help="Where the demonstration keeps its data.")] = _FOLDER,
) -> None:
    """Run everything with invented people: cameras, provider, phones, portal, console. Loopback only."""
    if erase:
        erase_demo(folder)
    else:
        run_demo(folder, once=once)
