"""Teaching the recogniser to read: what it costs to misread, and how much of what it never saw it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch.nn import functional

from cakra.plates.training.course import Course, Subject, train
from cakra.plates.training.examination import read_whole
from cakra.plates.training.network import PlateNetwork
from cakra.plates.training.pupil import LearningPace, network_pictures
from cakra.plates.training.samples import Samples
from cakra.plates.training.supply import Batch, drawn, plates

_PACE = LearningPace(steepest=2e-3, warm_up=300, cooling=0.35, averaged=0.999)
_HINTING = 60_000  # samples over which the places of the characters are told, ever more softly
_BATCH, _HELD_OUT = 64, 1024
_TOLD_EVERY, _SAVED_EVERY = 50, 400
_VALIDATION_SEED = 7_919
HISTORY = "history.jsonl"


def teach(samples: int, seed: int, folder: Path, told: Callable[[int], None]) -> PlateNetwork:
    """Train until `samples` in `folder`; see `train`.

    `exact` in the history is the share of held-out synthetic plates read whole, without grammar.
    """
    saved_every = min(_SAVED_EVERY, max(1, samples // _BATCH // 8))  # never more than an eighth of the whole
    course = Course(samples, seed, _BATCH, min(_TOLD_EVERY, saved_every), saved_every)
    held_out = drawn(Samples(_VALIDATION_SEED), _HELD_OUT)
    reading = Subject(
        checkpoint="checkpoint.pt",
        history=HISTORY,
        unit="samples",
        figures=("exact",),
        new=_new,
        pace=_PACE,
        open_stream=plates,
        choose=_fresh,
        loss=_loss,
        measure=lambda network: (exact_share(network, held_out),),
    )
    return train(reading, course, folder, told)


def exact_share(network: PlateNetwork, batch: Batch) -> float:
    """The share of a batch read whole by the likeliest symbol of each frame; no grammar."""
    network.eval()
    device = next(network.parameters()).device
    with torch.no_grad():
        parts = network_pictures(batch.pictures, device).split(128)
        paths = torch.cat([network(part).argmax(-1).cpu() for part in parts])
    return float(read_whole(paths.numpy(), batch).mean())


def _new() -> PlateNetwork:
    return PlateNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # its stubs lack it


def _fresh(batches: Iterator[Batch], _step: int) -> Batch:
    """Drawing a plate costs next to nothing: every batch is new."""
    return next(batches)


def _loss(batch: Batch, seen: int, logits: torch.Tensor) -> torch.Tensor:
    """CTC; at first also the characters at their known places, which spares the long search for an alignment."""
    log_probabilities = logits.float().log_softmax(-1)
    device = log_probabilities.device
    targets = torch.tensor([label for labels in batch.labels for label in labels], device=device)
    lengths = torch.tensor([len(labels) for labels in batch.labels], device=device)
    frames = torch.full((len(batch.labels),), log_probabilities.shape[1], device=device)
    loss = functional.ctc_loss(
        log_probabilities.permute(1, 0, 2), targets, frames, lengths, reduction="none", zero_infinity=True
    )
    total = (loss / lengths.clamp(min=4)).mean()
    hint = max(0.0, 1.0 - seen / _HINTING)
    if hint > 0:
        rows = torch.tensor([row for row, places in enumerate(batch.frames) for _ in places], device=device)
        columns = torch.tensor([place for places in batch.frames for place in places], device=device)
        total = total + hint * functional.nll_loss(log_probabilities[rows, columns], targets)
    return total
