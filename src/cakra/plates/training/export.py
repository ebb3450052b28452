"""From a trained network to the file that ships: ONNX, its hash, and the card that says what it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cakra.plates.own import HEIGHT, WIDTH
from cakra.plates.training.network import PlateNetwork

MODEL, CARD = "plate-recogniser.onnx", "plate-recogniser.json"
_OPSET = 17


class _Shipped(nn.Module):
    """The network with its softmax inside, so that the reader gets probabilities."""

    def __init__(self, network: PlateNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.network(pictures).softmax(-1)


def export(network: PlateNetwork, folder: Path, figures: dict[str, Any]) -> Path:
    """Write model and card into `folder`; the card carries `figures` and the model's SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / MODEL
    torch.onnx.export(
        _Shipped(network).eval(),
        (torch.zeros(1, 1, HEIGHT, WIDTH),),
        str(model),
        input_names=["pictures"],
        output_names=["probabilities"],
        dynamic_axes={"pictures": {0: "count"}, "probabilities": {0: "count"}},
        opset_version=_OPSET,
        dynamo=False,
    )
    content = model.read_bytes()
    card = {
        "name": MODEL,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "task": "Characters of an Indonesian number plate from a grey crop of its box (CTC)",
        "input": f"pictures float32 (n, 1, {HEIGHT}, {WIDTH}), see cakra.plates.own.network_input",
        "output": "probabilities float32 (n, 44, 37): blank, A-Z, 0-9",
        "weights": sum(weight.numel() for weight in network.parameters()),
        "data": "Synthetic plates only, drawn by cakra.plates.training; no photograph was trained on",
        "limits": [
            "A plain O and a Q whose tail cannot be seen are the same picture; the register must tell them apart",
            "Plates below 16 pixels in height are guesses",
            "The shapes of the glyphs were drawn after looking at street photographs of Java; other presses exist",
        ],
        "figures": figures,
    }
    (folder / CARD).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return model
