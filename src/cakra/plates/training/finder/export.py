"""The finder as it ships."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cakra.plates.training.finder.network import FinderNetwork
from cakra.plates.training.shipping import Card, ship

_AXES = {0: "count", 2: "rows", 3: "columns"}


class _Shipped(nn.Module):
    """The network with its sigmoid inside, so that the finder gets scores of 0-1."""

    def __init__(self, network: FinderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hills, ways = self.network(pictures)
        return hills.sigmoid(), ways


def export_finder(network: FinderNetwork, folder: Path, figures: Mapping[str, Any]) -> None:
    """Write `plate-finder.onnx` and its card, which carries `figures`, into `folder`."""
    card = Card(
        task="Middles and corners of number plates in a grey picture",
        input="pictures float32 (n, 1, H, W), H and W multiples of 16, see cakra.plates.pixels.evened",
        output="hills float32 (n, 1, H/8, W/8) 0-1; ways float32 (n, 8, H/8, W/8): from a cell's middle to the "
        "corners x, y, from the top left clockwise, in units of 32 pixels",
        data="Synthetic streets only, drawn by cakra.plates.training.finder; no photograph was trained on",
        limits=[
            "A plate must be 24 to 170 pixels wide at one of the searched scales",
            "Signs with large letters are marked too; the recogniser must tell them from plates",
            "Plates turned by more than 25 degrees or cut by the picture's edge were not shown in training",
        ],
        figures=figures,
    )
    model = folder / "plate-finder.onnx"
    ship(_Shipped(network), model, card, shape=(1, 1, 256, 256), answers=["hills", "ways"], axes=_AXES)
