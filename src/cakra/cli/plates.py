"""`cakra plates train` and `calibrate`: the plate recogniser's training, and how far it is believed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cakra.core.errors import InputError, SetupError
from cakra.kit.console import progress_bar, say, say_table
from cakra.plates.decision.terms import assumptions_of, harm_of
from cakra.plates.fitting.calibrate import Fitted, calibrate_drawn, calibrate_folder
from cakra.wiring.cameras import stated_certainty

plates = App(name="plates", help="Train and calibrate the reader of number plates.")


@contextmanager
def _needing_pytorch() -> Iterator[None]:
    """Round the import of a training; SetupError when PyTorch is not there."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name != "torch":
            raise
        message = "Training needs PyTorch, which is not installed. Run: pip install -r requirements-train.txt"
        raise SetupError(message) from missing


@plates.command
def train(
    *,
    samples: Annotated[int, Parameter(help="Drawn plates to learn from; a resumed training may be lengthened.")] = (
        700_000
    ),
    seed: Annotated[int, Parameter(help="Another seed draws other plates.")] = 1,
    folder: Annotated[Path, Parameter(help="Checkpoint, history and the finished model; resumes what is there.")] = (
        Path("var/training")
    ),
) -> None:
    """Train on synthetic plates and write model, card and report; Ctrl-C loses at most 400 steps."""
    with _needing_pytorch():
        from cakra.plates.training.school import train_recogniser  # noqa: PLC0415 - only this command needs PyTorch
    with progress_bar("Learning plates") as progress:
        report = train_recogniser(folder.resolve(), samples, seed, progress)
    say(report.sentence)
    say(f"Model, card and report: {report.folder}")


@plates.command
def train_finder(
    *,
    scenes: Annotated[int, Parameter(help="Drawn streets to learn from; a resumed training may be lengthened.")] = (
        200_000
    ),
    seed: Annotated[int, Parameter(help="Another seed draws other streets.")] = 1,
    folder: Annotated[Path, Parameter(help="Checkpoint, history and the finished model; resumes what is there.")] = (
        Path("var/training-finder")
    ),
) -> None:
    """Train the plate finder on synthetic streets and write model and card; Ctrl-C loses at most 100 steps."""
    with _needing_pytorch():
        from cakra.plates.training.finder import school  # noqa: PLC0415 - only this command needs PyTorch
    with progress_bar("Learning streets") as progress:
        found = school.train_finder(folder.resolve(), scenes, seed, progress)
    if found is not None:
        say(f"{found:.1%} of the plates in held-out drawn streets are marked.")
    say(f"Model and card: {folder.resolve()}")


@plates.command
def calibrate(
    data: Annotated[Path | None, Parameter(help="Folder with labels.csv (file,plate,kind,meta).")] = None,
    *,
    out: Annotated[Path, Parameter(help="Where the calibration is written; name it in plates.calibration_file.")] = (
        Path("var/plate-calibration.json")
    ),
    drawn: Annotated[int, Parameter(help="Without a folder: fit on so many drawn plates, as the one that ships.")] = 0,
    thresholds: Annotated[
        Path | None, Parameter(help="A file of the kind `thresholds`; the packaged one when left out.")
    ] = None,
    seed: Annotated[int, Parameter(help="Another seed draws other plates.")] = 20_261_122,
) -> None:
    """Fit the plate decision to labelled frames: weights, temperatures, wrong claims; then the thresholds follow."""
    if (data is None) == (drawn == 0):
        raise InputError("Name the folder of labelled frames, or --drawn with a number of plates; not both.")
    certainty = stated_certainty(thresholds)
    assumed, harm = assumptions_of(certainty), harm_of(certainty)
    if out.is_dir() or not out.parent.is_dir():
        raise InputError(f"{out} cannot be written: name a file in a folder that exists.")
    with progress_bar("Reading plates") as progress:
        if data is None:
            fitted = calibrate_drawn(seed, drawn, progress, assumed)
        else:
            fitted = calibrate_folder(data, progress, assumed, harm)
    out.write_text(fitted.calibration.written(), encoding="utf-8")
    _tell(fitted)
    say(f"Written to {out}. Set plates.calibration_file to it; before that, compare with cakra bench plates.")


def _tell(fitted: Fitted) -> None:
    made = fitted.calibration
    rows = [
        ["fitted on", made.fitted_on],
        ["plates", str(made.plates)],
        ["expected calibration error, readers as they are", f"{made.error_before:.4f}"],
        ["expected calibration error, held out after fitting", f"{made.error_after:.4f}"],
    ]
    for kind, one in fitted.terms.bounds().items():
        rows += [
            [f"{kind}: accept from (log Bayes factor)", f"{one.threshold:.2f}"],
            [f"{kind}: accept from (probability of the claim)", f"{fitted.terms.needed(kind):.6f}"],
            [f"{kind}: wrong notices by the tail model", f"{one.modelled:.1e}"],
            [f"{kind}: wrong notices that {one.plates} plates alone can exclude", f"{one.carried:.1e}"],
        ]
    say_table("Plate calibration", ["figure", "value"], rows)
