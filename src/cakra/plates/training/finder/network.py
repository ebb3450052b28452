"""The finder's network: where the middle of a plate is, and how far from there its four corners lie."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

STRIDE = 8
"""Pixels of the picture to a cell of the answer."""
REACH = 32.0
"""The network's unit for the way from a cell's middle to a corner, pixels."""


class FinderNetwork(nn.Module):
    """(batch, 1, H, W), H and W multiples of 16 → (batch, 1, H/8, W/8) logits, (batch, 8, H/8, W/8) corner ways.

    About 90,000 weights. The ways are x, y of the top left corner and on clockwise, in units of `REACH`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.near = nn.Sequential(
            *_seen(1, 12, 5, 2),
            *_seen(12, 20, 3, 2),
            *_seen(20, 32, 3, 2),
            *_seen(32, 32, 3),
        )
        self.far = nn.Sequential(
            *_seen(32, 48, 3, 2),
            *_seen(48, 48, 3),
            *_seen(48, 48, 3, spread=2),
            nn.Conv2d(48, 32, 1, bias=False),
            nn.BatchNorm2d(32),
        )
        self.joined = nn.Sequential(nn.ReLU(inplace=True), *_seen(32, 32, 3))
        self.middle = nn.Conv2d(32, 1, 1)
        self.ways = nn.Conv2d(32, 8, 1)
        assert self.middle.bias is not None
        nn.init.constant_(self.middle.bias, -4.6)  # one cell in a hundred, so that the first steps are no shock

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits that a cell is a plate's middle, and the ways to that plate's corners."""
        near = self.near(pictures)
        far = functional.interpolate(self.far(near), scale_factor=2.0, mode="nearest")
        joined = self.joined(near + far)
        return self.middle(joined), self.ways(joined)


def _seen(inward: int, outward: int, kernel: int, stride: int = 1, spread: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inward, outward, kernel, stride, kernel // 2 * spread, spread, bias=False),
        nn.BatchNorm2d(outward),
        nn.ReLU(inplace=True),
    ]
