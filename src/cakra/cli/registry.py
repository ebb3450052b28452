"""`cakra registry import` and `cakra law check`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.preview import say_notes, show_file, show_outcome
from cakra.core.errors import SetupError
from cakra.core.law.book import LAW_FILES, PACKAGE, check_law
from cakra.journey.ownership.importing.register import ImportOrder, judge, run_import
from cakra.journey.ownership.importing.summary import ImportSummary
from cakra.journey.ownership.reading.files import Choices, RegisterFile, open_register
from cakra.kit.clock import now
from cakra.kit.console import err, out, progress_bar, say
from cakra.kit.resources import read_package_text
from cakra.kit.settings import Settings, load_settings
from cakra.wiring.policies import KINDS, check_packaged
from cakra.wiring.world import law_book, open_world

EXIT_WRONG_ROWS = 1

registry = App(name="registry", help="Import the register of vehicles and owners.")
law = App(name="law", help="Check the law files.")


_Column = Annotated[
    tuple[str, ...],
    Parameter(negative="", help='Which heading is a column of ours: phone="NO TELP"; again for more.'),
]
_IgnoreColumn = Annotated[
    tuple[str, ...], Parameter(negative="", help="A heading that looks like one of ours and is not; again for more.")
]
_AllowFewer = Annotated[
    bool,
    Parameter(
        name=("--allow-fewer-contacts", "--allow-fewer-phones"),
        negative="",
        help="Import also when far fewer owners have a phone, e-mail or number than in the last import.",
    ),
]


@registry.command(name="import")
def import_file(
    file: Annotated[Path, Parameter(help="The register, CSV or Parquet.")],
    *,
    source: Annotated[str, Parameter(help="Where the file comes from, kept with every row.")] = "manual",
    report: Annotated[Path | None, Parameter(help="Where wrong rows go; beside the file when left out.")] = None,
    synthetic: Annotated[
        bool, Parameter(help="The people in it are invented: no real provider will be called.")
    ] = False,
    dry_run: Annotated[
        bool,
        Parameter(negative="", help="Show the columns, ten masked rows and what would be refused; change nothing."),
    ] = False,
    column: _Column = (),
    ignore_column: _IgnoreColumn = (),
    allow_fewer_contacts: _AllowFewer = False,
) -> None:
    """Bring the register up to date with a CSV or Parquet file of any size; all or nothing.

    Right rows are taken also when others are wrong; the exit status is then 1.
    """
    target = report or file.with_name(f"{file.stem}.wrong.csv")
    opened = open_register(file, Choices(column, ignore_column))
    if dry_run:
        show_file(opened)
    with progress_bar(f"{'Reading' if dry_run else 'Importing'} {file.name}") as progress:
        order = ImportOrder(source, synthetic, target, progress, allow_fewer=allow_fewer_contacts, dry_run=dry_run)
        summary = asyncio.run(_import(load_settings(), opened, order))
    if dry_run:
        show_outcome(summary)
        return
    _tell(summary)


def _tell(summary: ImportSummary) -> None:
    say(
        f"{summary.rows:,} rows: {summary.inserted:,} new, {summary.updated:,} changed, "
        f"{summary.unchanged:,} as before, {summary.wrong:,} wrong."
    )
    if summary.ignored_columns:
        say(f"Columns not used: {', '.join(summary.ignored_columns)}")
    if summary.ended:
        say(
            f"{summary.ended:,} spells of earlier owners had no end and now end where the next begins: {summary.report}"
        )
    say_notes(summary)
    if summary.wrong:
        err.print(f"Wrong rows with line and reason: {summary.report}")
        sys.exit(EXIT_WRONG_ROWS)


async def _import(settings: Settings, file: RegisterFile, order: ImportOrder) -> ImportSummary:
    async with open_world(settings, "cakra registry") as world:
        summary = await run_import(world.pool, world.sealer("register"), file, order)
    return summary if order.dry_run else judge(file, summary)


@law.command
def check(
    folder: Annotated[Path | None, Parameter(help="Law files to check; the packaged ones when left out.")] = None,
) -> None:
    """Check the law files and the packaged policies for gaps and contradictions."""
    try:
        texts = {
            name: (folder / Path(name).name).read_text(encoding="utf-8") if folder else read_package_text(PACKAGE, name)
            for name in LAW_FILES
        }
        problems = check_law(texts) + check_packaged(law_book(), now().date(), folder)
    except OSError as problem:
        raise SetupError(f"{problem.filename} cannot be read: {problem.strerror}.") from problem
    if problems:
        raise SetupError("The law files contradict themselves:\n- " + "\n- ".join(problems))
    out.print(f"{len(texts)} law files and {len(KINDS)} policies, no contradictions.")
