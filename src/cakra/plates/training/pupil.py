"""A network in training: its optimiser, its running average and its checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)
_CLIP, _DECAY = 5.0, 0.02


@dataclass(frozen=True, slots=True)
class LearningPace:
    """How fast to learn: at `steepest` after `warm_up` steps, sinking over the last share `cooling` of the course.

    `averaged`: what the running average keeps of itself at a step.
    """

    steepest: float
    warm_up: int
    cooling: float
    averaged: float

    def rate(self, step: int, done: float) -> float:
        """The learning rate when the share `done` of the course lies behind."""
        return self.steepest * min(1.0, (step + 1) / self.warm_up, max(0.002, (1 - done) / self.cooling))


class Pupil(Generic[Network]):
    """`network` learns, `average` follows it; on a GPU if there is one, from the checkpoint `file` if it exists."""

    def __init__(self, new: Callable[[], Network], pace: LearningPace, file: Path) -> None:
        self._pace, self._file = pace, file
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network, self.average = new().to(self._device), new().to(self._device)
        self._optimiser = torch.optim.AdamW(self.network.parameters(), lr=pace.steepest, weight_decay=_DECAY)
        self.step, self._loss = 0, float("nan")
        if self._file.exists():
            self._load()
        else:
            self.average.load_state_dict(self.network.state_dict())

    def learn(self, pictures: npt.NDArray[np.float16], loss_of: Callable[[Any], torch.Tensor], done: float) -> float:
        """One step on (n, height, width); `loss_of` takes the network's answer. Returns the running loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._pace.rate(self.step, done)
        self.network.train()
        with torch.autocast(self._device.type, torch.bfloat16):
            answer = self.network(network_pictures(pictures, self._device))
        loss = loss_of(answer)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self._optimiser.step()
        self.step += 1
        self._follow()
        now = float(loss.detach())
        self._loss = now if self._loss != self._loss else 0.98 * self._loss + 0.02 * now  # NaN at first
        return self._loss

    def save(self) -> None:
        """All that a later run needs, written whole or not at all."""
        state: dict[str, Any] = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "loss": self._loss,
        }
        fresh = self._file.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self._file)

    def _load(self) -> None:
        state = torch.load(self._file, map_location=self._device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self._loss = state["step"], state["loss"]

    @torch.no_grad()
    def _follow(self) -> None:
        """The average of the last hundreds of steps reads better than any single one."""
        kept = min(self._pace.averaged, (self.step + 1) / (self.step + 20))
        for mine, theirs in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1 - kept)
            else:
                mine.copy_(theirs)


def network_pictures(pictures: npt.NDArray[np.float16], device: torch.device) -> torch.Tensor:
    """Pictures (n, height, width) as the networks want them: (n, 1, height, width) float32."""
    return torch.from_numpy(pictures.astype(np.float32))[:, None].to(device, memory_format=torch.channels_last)
