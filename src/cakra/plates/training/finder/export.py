"""From a trained finder to the file that ships: ONNX, its hash, and the card that says what it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cakra.plates.training.finder.network import FinderNetwork

MODEL, CARD = "plate-finder.onnx", "plate-finder.json"
_OPSET = 17
_AXES = {0: "count", 2: "rows", 3: "columns"}


class _Shipped(nn.Module):
    """The network with its sigmoid inside, so that the finder gets scores of 0-1."""

    def __init__(self, network: FinderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hills, ways = self.network(pictures)
        return hills.sigmoid(), ways


def export_finder(network: FinderNetwork, folder: Path, figures: dict[str, Any]) -> Path:
    """Write model and card into `folder`; the card carries `figures` and the model's SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / MODEL
    torch.onnx.export(
        _Shipped(network).eval(),
        (torch.zeros(1, 1, 256, 256),),
        str(model),
        input_names=["pictures"],
        output_names=["hills", "ways"],
        dynamic_axes={"pictures": _AXES, "hills": _AXES, "ways": _AXES},
        opset_version=_OPSET,
        dynamo=False,
    )
    content = model.read_bytes()
    card = {
        "name": MODEL,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "task": "Middles and corners of number plates in a grey picture",
        "input": "pictures float32 (n, 1, H, W), H and W multiples of 16, see cakra.plates.finder.network_input",
        "output": "hills float32 (n, 1, H/8, W/8) 0-1; ways float32 (n, 8, H/8, W/8): from a cell's middle to the "
        "corners x, y, from the top left clockwise, in units of 32 pixels",
        "weights": sum(weight.numel() for weight in network.parameters()),
        "data": "Synthetic streets only, drawn by cakra.plates.training.finder; no photograph was trained on",
        "limits": [
            "A plate must be 24 to 170 pixels wide at one of the searched scales",
            "Signs with large letters are marked too; the recogniser must tell them from plates",
            "Plates turned by more than 25 degrees or cut by the picture's edge were not shown in training",
        ],
        "figures": figures,
    }
    (folder / CARD).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return model
