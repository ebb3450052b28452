"""`cakra bench NAME`: a readable table, and with --json one JSON line at the end."""

import asyncio
import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from cakra.bench.delivery import bench_delivery
from cakra.bench.faults import bench_faults
from cakra.bench.growth import LEVELS, bench_growth, growth_table
from cakra.bench.pipeline import bench_pipeline
from cakra.bench.screening import bench_screening
from cakra.core.errors import InputError
from cakra.kit.console import out, progress_bar, say, say_table, table
from cakra.kit.settings import load_settings
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.terms import DecisionTerms, terms_under
from cakra.plates.measuring.bench import measure_plates
from cakra.plates.measuring.report import check_folder, write_report
from cakra.plates.measuring.tables import tables
from cakra.wiring.cameras import plate_terms, stated_certainty

bench = App(
    name="bench", help="Measure how well plates are read and how fast cases move; speed is a ratio taken in one run."
)
AsJson = Annotated[bool, Parameter(name="--json", help="End with one JSON line.")]


@bench.command
def plates(
    data: Annotated[Path, Parameter(name="--data", help="Folder with labels.csv (file,plate,kind,meta).")],
    *,
    report: Annotated[
        Path | None, Parameter(help="Write a page of all that was held back; outside every working copy.")
    ] = None,
    robustness: Annotated[bool, Parameter(negative=(), help="Also damage the plates and measure again.")] = False,
    plates_damaged: Annotated[int, Parameter(help="How many plates are damaged, evenly chosen.")] = 40,
    calibration: Annotated[Path | None, Parameter(help="Decide by this calibration, not the configured one.")] = None,
    thresholds: Annotated[
        Path | None, Parameter(help="Decide by this file of the kind `thresholds`, not the packaged one.")
    ] = None,
    before: Annotated[Path | None, Parameter(help="figures.json of an earlier report, drawn beside this one.")] = None,
    as_json: AsJson = False,
) -> None:
    """How well plates are read on any labelled folder."""
    folder = None if report is None else check_folder(report)
    earlier = None if before is None else _earlier(before)
    terms = _terms(calibration, thresholds)
    with progress_bar("Reading plates") as progress:
        measured = measure_plates(data, progress, terms, robustness=plates_damaged if robustness else 0)
    for one in tables(measured.figures):
        say_table(one.title, one.columns, one.rows)
    if folder is not None:
        say(f"Report: {write_report(folder, measured, earlier)}")
    if as_json:
        sys.stdout.write(json.dumps(measured.figures, ensure_ascii=False) + "\n")


def _terms(calibration: Path | None, thresholds: Path | None) -> DecisionTerms:
    """What would decide: the configured calibration and the packaged thresholds, or those that are named."""
    settings, certainty = load_settings(), stated_certainty(thresholds)
    if calibration is None:
        return plate_terms(settings, certainty)
    return terms_under(load_calibration(calibration), certainty)


def _earlier(path: Path) -> dict[str, Any]:
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"The earlier figures {path} cannot be read: {error}.") from error
    if not isinstance(figures, dict):
        raise InputError(f"The earlier figures {path} are not those of a plate benchmark.")
    return figures


@bench.command
def pipeline(
    *,
    cases: Annotated[int, Parameter(help="Cases of the throughput run.")] = 20_000,
    register: Annotated[int, Parameter(help="Vehicles in the synthetic register.")] = 5_000_000,
    seconds: Annotated[float, Parameter(help="How long each rate is fed.")] = 15.0,
    folder: Annotated[Path, Parameter(help="Where the benchmark keeps its database.")] = Path("var/bench"),
    as_json: AsJson = False,
) -> None:
    """Cases a second from accepted by us to accepted by the provider, without photographs."""
    with progress_bar("Seeding the register") as progress:
        figures = asyncio.run(bench_pipeline(folder.resolve(), cases, register, seconds, progress))
    show("Pipeline", figures, as_json=as_json)


@bench.command
def screening(
    *,
    register: Annotated[int, Parameter(help="Vehicles in the synthetic register.")] = 20_000,
    seconds: Annotated[float, Parameter(help="How long 11 events a second are fed.")] = 20.0,
    folder: Annotated[Path, Parameter(help="Where the benchmark keeps its database.")] = Path("var/bench-screening"),
    as_json: AsJson = False,
) -> None:
    """The cost of looking at photographs, and the whole way with them at 11 events a second."""
    with progress_bar("Seeding the register") as progress:
        figures = asyncio.run(bench_screening(folder.resolve(), register, seconds, progress))
    show("Screening", figures, as_json=as_json)


@bench.command
def delivery(
    *,
    cases: Annotated[int, Parameter(help="Messages of the throughput run on WhatsApp and SMS.")] = 5_000,
    rounds: Annotated[int, Parameter(help="How often a pause is measured.")] = 10,
    seconds: Annotated[float, Parameter(help="How long each share of failures is fed.")] = 10.0,
    folder: Annotated[Path, Parameter(help="Where the benchmark keeps its database.")] = Path("var/bench-delivery"),
    as_json: AsJson = False,
) -> None:
    """Hand-overs a second on each channel beside the bare client, the ladder's speed, and how soon a pause holds."""
    with progress_bar("Seeding the register") as progress:
        figures = asyncio.run(bench_delivery(folder.resolve(), cases, rounds, seconds, progress))
    show("Delivery", figures, as_json=as_json)


@bench.command
def faults(
    *,
    cases: Annotated[int, Parameter(help="Cases that go through the storm.")] = 2_000,
    kills: Annotated[int, Parameter(help="How often a process is killed.")] = 30,
    seed: Annotated[int | None, Parameter(help="Draws the faults; none: another one each time.")] = None,
    folder: Annotated[Path, Parameter(help="Where the benchmark keeps its database.")] = Path("var/bench-faults"),
    as_json: AsJson = False,
) -> None:
    """Cases through providers that misbehave and processes that are killed: what was lost, doubled or stuck."""
    drawn = secrets.randbelow(10**6) if seed is None else seed
    with progress_bar("Feeding cases") as progress:
        figures = asyncio.run(bench_faults(folder.resolve(), cases, kills, drawn, progress))
    show("Faults", figures, as_json=as_json)
    if any(figures[name] for name in ("lost", "doubled", "stuck", "broken_chains", "unexplained")):
        sys.exit(1)


@bench.command
def growth(
    *,
    stored: Annotated[
        list[str] | None, Parameter(help="Levels to measure (0, 1e5, 1e6, 1e7); none: all but 1e7.")
    ] = None,
    cases: Annotated[int, Parameter(help="Cases fed at each level.")] = 5_000,
    register: Annotated[int, Parameter(help="Vehicles in the synthetic register.")] = 50_000,
    folder: Annotated[Path, Parameter(help="Where stored cases are kept: 7 GB a million, twice that in a run.")] = Path(
        "var/bench-growth"
    ),
    as_json: AsJson = False,
) -> None:
    """What a case costs, and how long portal and console wait, with many cases stored."""
    levels = stored or [level for level in LEVELS if level != "1e7"]
    if unknown := [level for level in levels if level not in LEVELS]:
        raise InputError(f"There is no level {unknown[0]!r}; choose among {', '.join(LEVELS)}.")
    if cases < 1:
        raise InputError("At least one case must be fed.")
    with progress_bar("Storing cases") as progress:
        figures = bench_growth(folder.resolve(), levels, cases, register, progress)
    columns = [
        "stored",
        "cases/s",
        "PostgreSQL ms",
        "worker ms",
        "portal p99 ms",
        "console p99 ms",
        "reads whole tables",
    ]
    out.print(table("Growth", columns, growth_table(figures)))
    ratios = {name: value for name, value in figures["cost_ratio"].items() if value is not None}
    say(f"PostgreSQL's CPU a case against an empty database: {ratios}.")
    if as_json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")


def show(title: str, figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Print figures as a table, and as one JSON line if asked."""
    rows = [[name, json.dumps(value, ensure_ascii=False)] for name, value in figures.items()]
    out.print(table(title, ["figure", "value"], rows))
    if as_json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
