"""The network: small enough for a busy core, wide enough to tell a struck O from an 8."""

from __future__ import annotations

import torch
from torch import nn

from cakra.plates.texts.ctc import SYMBOLS


class PlateNetwork(nn.Module):
    """(batch, 1, HEIGHT, WIDTH) → (batch, FRAMES, SYMBOLS) logits; about a million weights."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_seen(1, 24, 5, (2, 2)),  # 24 × 88
            *_seen(24, 48, 3, (2, 1)),  # 12 × 88
            *_seen(48, 64, 3),
            *_seen(64, 96, 3, (2, 2)),  # 6 × 44
            *_seen(96, 96, 3),
            *_seen(96, 128, 3, (2, 1)),  # 3 × 44
            *_seen(128, 128, 3),
            nn.Conv2d(128, 192, 3, padding=(0, 1), bias=False),  # 1 × 44
            nn.BatchNorm2d(192),
            nn.ReLU(inplace=True),
            *_along(192, 160),
            *_along(160, 160),
            nn.Dropout(0.1),
            nn.Conv2d(160, SYMBOLS, 1),
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits of every column."""
        answer: torch.Tensor = self.body(pictures)
        return answer.squeeze(2).permute(0, 2, 1)


def _seen(inward: int, outward: int, kernel: int, stride: tuple[int, int] = (1, 1)) -> list[nn.Module]:
    return [
        nn.Conv2d(inward, outward, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outward),
        nn.ReLU(inplace=True),
    ]


def _along(inward: int, outward: int) -> list[nn.Module]:
    """What the neighbours say, three columns to each side."""
    return [
        nn.Conv2d(inward, outward, (1, 7), padding=(0, 3), bias=False),
        nn.BatchNorm2d(outward),
        nn.ReLU(inplace=True),
    ]
