"""`cakra plates train`: the plate recogniser's own training."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cakra.core.errors import SetupError
from cakra.kit.console import progress_bar, say

plates = App(name="plates", help="Train the plate recogniser on drawn plates.")


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
    try:
        from cakra.plates.training.school import train_recogniser  # noqa: PLC0415 - only this command needs PyTorch
    except ModuleNotFoundError as missing:
        if missing.name != "torch":
            raise
        message = "Training needs PyTorch, which is not installed. Run: pip install torch==2.13.0"
        raise SetupError(message) from missing
    with progress_bar("Learning plates") as progress:
        report = train_recogniser(folder.resolve(), samples, seed, progress)
    say(report.sentence)
    say(f"Model, card and report: {report.folder}")
