"""The recogniser as it ships."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cakra.plates.own import HEIGHT, WIDTH
from cakra.plates.training.network import PlateNetwork
from cakra.plates.training.shipping import Card, ship


class _Shipped(nn.Module):
    """The network with its softmax inside, so that the reader gets probabilities."""

    def __init__(self, network: PlateNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.network(pictures).softmax(-1)


def export(network: PlateNetwork, folder: Path, figures: Mapping[str, Any]) -> None:
    """Write `plate-recogniser.onnx` and its card, which carries `figures`, into `folder`."""
    card = Card(
        task="Characters of an Indonesian number plate from a grey crop of its box (CTC)",
        input=f"pictures float32 (n, 1, {HEIGHT}, {WIDTH}), see cakra.plates.own.network_input",
        output="probabilities float32 (n, 44, 37): blank, A-Z, 0-9",
        data="Synthetic plates only, drawn by cakra.plates.training; no photograph was trained on",
        limits=[
            "A plain O and a Q whose tail cannot be seen are the same picture; the register must tell them apart",
            "Plates below 16 pixels in height are guesses",
            "The shapes of the glyphs were drawn after looking at street photographs of Java; other presses exist",
        ],
        figures=figures,
    )
    model = folder / "plate-recogniser.onnx"
    ship(_Shipped(network), model, card, shape=(1, 1, HEIGHT, WIDTH), answers=["probabilities"], axes={0: "count"})
