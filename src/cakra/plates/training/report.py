"""The report of a training: how it learned, and how the finished network reads, on one page."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from string import Template

import cv2
import numpy as np
import numpy.typing as npt

from cakra.plates.own import HEIGHT, WIDTH
from cakra.plates.training.examination import Mark
from cakra.plates.training.samples import Samples
from cakra.plates.training.teach import HISTORY

_SHEET_SEED, _ACROSS, _DOWN = 11, 5, 8
_WIDE, _TALL = 640, 200
_PAGE = Template("""<!doctype html><html lang="en"><meta charset="utf-8"><title>Training of the plate recogniser</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2a3a}
td,th{padding:.3rem .8rem;text-align:left}td+td{text-align:right;font-variant-numeric:tabular-nums}
tr:nth-child(even){background:#f2f5f8}img{max-width:100%}path{fill:none;stroke-width:2}</style>
<h1>Training of the plate recogniser</h1>
<p>$samples drawn plates seen. Whole plates read on held-out drawn plates, without grammar:</p>
<table><tr><th>Condition<th>Plates<th>Read whole</tr>$rows</table>
<h2>How it learned</h2>
<svg viewBox="0 0 $wide $tall" role="img" aria-label="Loss falling, share read whole rising">
<path stroke="#b4452c" d="$loss"/><path stroke="#1f6f8b" d="$exact"/></svg>
<p><b style="color:#b4452c">Loss</b> falls, <b style="color:#1f6f8b">share read whole</b> rises.</p>
<h2>What it was shown</h2><img src="samples.png" alt="A sheet of drawn plates as the network sees them"></html>
""")


def write_report(folder: Path, marks: Sequence[Mark]) -> Path:
    """Write `report.html` and `samples.png` into `folder` from its history; returns the page."""
    lines = [json.loads(line) for line in (folder / HISTORY).read_text("utf-8").splitlines()]
    last = lines[-1]["samples"] or 1
    cv2.imwrite(str(folder / "samples.png"), sample_sheet())
    most = max(line["loss"] for line in lines)
    page = _PAGE.substitute(
        samples=f"{last:,}",
        wide=_WIDE,
        tall=_TALL,
        rows="".join(
            f"<tr><td>{html.escape(mark.condition)}<td>{mark.plates}<td>{mark.exact:.1%}</tr>" for mark in marks
        ),
        loss=_curve([(line["samples"] / last, line["loss"] / most) for line in lines]),
        exact=_curve([(line["samples"] / last, line["exact"]) for line in lines if line["exact"] is not None]),
    )
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def sample_sheet(seed: int = _SHEET_SEED, across: int = _ACROSS, down: int = _DOWN) -> npt.NDArray[np.uint8]:
    """Drawn plates as the network sees them, side by side: 8-bit grey."""
    stream = Samples(seed)
    drawn = [np.clip(stream.draw().picture * 50 + 128, 0, 255).astype(np.uint8) for _ in range(across * down)]
    framed = [np.pad(one, 2, constant_values=255) for one in drawn]
    rows = [np.concatenate(framed[row * across : (row + 1) * across], axis=1) for row in range(down)]
    sheet = np.concatenate(rows, axis=0)
    assert sheet.shape == (down * (HEIGHT + 4), across * (WIDTH + 4))
    return sheet


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """An SVG path of points in 0-1, the second upwards."""
    return "M" + " L".join(f"{x * _WIDE:.1f},{(1 - y) * (_TALL - 4) + 2:.1f}" for x, y in points)
