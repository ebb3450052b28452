"""`cakra registry import` and `cakra law check`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cakra.core.errors import SetupError
from cakra.core.law.book import LAW_FILES, PACKAGE, check_law
from cakra.journey.ownership.register import ImportSummary, import_register
from cakra.kit.console import err, out, progress_bar
from cakra.kit.resources import read_package_text
from cakra.kit.settings import Settings, load_settings
from cakra.wiring.world import open_world

EXIT_WRONG_ROWS = 1

registry = App(name="registry", help="Import the register of vehicles and owners.")
law = App(name="law", help="Check the law files.")


@registry.command(name="import")
def import_file(
    file: Annotated[Path, Parameter(help="The register, CSV or Parquet.")],
    *,
    source: Annotated[str, Parameter(help="Where the file comes from, kept with every row.")] = "manual",
    report: Annotated[Path | None, Parameter(help="Where wrong rows go; beside the file when left out.")] = None,
    synthetic: Annotated[
        bool, Parameter(help="The people in it are invented: no real provider will be called.")
    ] = False,
) -> None:
    """Bring the register up to date with a CSV or Parquet file of any size; all or nothing.

    Right rows are taken also when others are wrong; the exit status is then 1.
    """
    target = report or file.with_name(f"{file.stem}.wrong.csv")
    with progress_bar(f"Importing {file.name}") as progress:
        summary = asyncio.run(_import(load_settings(), file, source, target, progress, synthetic=synthetic))
    out.print(
        f"{summary.rows:,} rows: {summary.inserted:,} new, {summary.updated:,} changed, "
        f"{summary.unchanged:,} as before, {summary.wrong:,} wrong."
    )
    if summary.wrong:
        err.print(f"Wrong rows with line and reason: {target}")
        sys.exit(EXIT_WRONG_ROWS)


async def _import(
    settings: Settings, file: Path, source: str, report: Path, progress: object, *, synthetic: bool
) -> ImportSummary:
    async with open_world(settings, "cakra registry") as world:
        return await import_register(
            world.pool,
            world.sealer("register"),
            file,
            source=source,
            synthetic=synthetic,
            report=report,
            progress=progress,  # type: ignore[arg-type]  # the bar's callable
        )


@law.command
def check(
    folder: Annotated[Path | None, Parameter(help="Law files to check; the packaged ones when left out.")] = None,
) -> None:
    """Check the law files for gaps and contradictions."""
    try:
        texts = {
            name: (folder / Path(name).name).read_text(encoding="utf-8") if folder else read_package_text(PACKAGE, name)
            for name in LAW_FILES
        }
    except OSError as problem:
        raise SetupError(f"{problem.filename} cannot be read: {problem.strerror}.") from problem
    problems = check_law(texts)
    if problems:
        raise SetupError("The law files contradict themselves:\n- " + "\n- ".join(problems))
    out.print(f"{len(texts)} law files, no contradictions.")
