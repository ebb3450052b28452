"""From a trained network to the file that ships: ONNX, its hash, and the card that says what it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

_OPSET = 17


@dataclass(frozen=True, slots=True)
class Card:
    """What a model is, for whoever finds the file. `input`, `output`: shapes and units."""

    task: str
    input: str
    output: str
    data: str
    limits: Sequence[str]
    figures: Mapping[str, Any]


def ship(
    network: nn.Module,
    model: Path,
    card: Card,
    *,
    shape: Sequence[int],
    answers: Sequence[str],
    axes: Mapping[int, str],
) -> None:
    """Write `model` and beside it, as .json, its card with the model's SHA-256.

    The network takes `pictures` of `shape` and gives `answers`; on their `axes` other sizes are allowed too.
    """
    model.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network.eval(),
        (torch.zeros(*shape),),
        str(model),
        input_names=["pictures"],
        output_names=list(answers),
        dynamic_axes={name: dict(axes) for name in ("pictures", *answers)},
        opset_version=_OPSET,
        dynamo=False,
    )
    content = model.read_bytes()
    told = {
        "name": model.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "task": card.task,
        "input": card.input,
        "output": card.output,
        "weights": sum(weight.numel() for weight in network.parameters()),
        "data": card.data,
        "limits": card.limits,
        "figures": card.figures,
    }
    model.with_suffix(".json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
