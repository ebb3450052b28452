"""A table of moves as a picture: states from top to bottom, moves onward at the right, moves back at the left."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from html import escape

from cakra.core.states.moves import Mover, Stage

ROW, TOP, BOX, WIDTH = 40, 64, 132, 720
LEFT = 190
FILL = {
    Mover.MACHINE: "#dbe7f5",
    Mover.PROVIDER: "#d5ebe8",
    Mover.OFFICER: "#fbe3c8",
    Mover.OWNER: "#d9efd9",
    Mover.COURT: "#eadff3",
    Mover.TREASURY: "#f5efc9",
    Mover.BANK: "#f3dede",
    Mover.NOBODY: "#e6e6e6",
}
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1d2733}.s{font-size:11px;fill:#55606e}"
    "path{fill:none;stroke:#6b7a8c;stroke-width:1.2}path.w{stroke:#c0392b;stroke-dasharray:3 3}"
)


def state_picture(
    title: str,
    table: Mapping[StrEnum, Stage],
    moves: Collection[tuple[StrEnum, StrEnum]],
    dashed: tuple[StrEnum, str] | None = None,
) -> str:
    """An SVG drawn from a table and its moves. `dashed`: a state whose moves are drawn apart, and what they are."""
    states = list(table)
    row = {state: number for number, state in enumerate(states)}
    height = TOP + ROW * len(states) + 24
    apart = None if dashed is None else dashed[0]
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
            f' aria-label="{escape(title)} and the moves between them">'
        ),
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        (
            '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
            '<path d="M0 0L8 4L0 8z" style="fill:#6b7a8c;stroke:none"/></marker></defs>'
        ),
        *_legend(table, "" if dashed is None else f" Dashed: {dashed[1]}."),
        *(_arc(row[origin], row[target], dashed=target is apart) for origin, target in moves),
        *(_box(table[state], state, row[state]) for state in states),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _legend(table: Mapping[StrEnum, Stage], more: str) -> Sequence[str]:
    parts = []
    for number, mover in enumerate(mover for mover in Mover if any(s.mover is mover for s in table.values())):
        x = 20 + number * 105
        parts.append(f'<rect x="{x}" y="14" width="14" height="14" rx="3" fill="{FILL[mover]}" stroke="#9aa5b1"/>')
        parts.append(f'<text x="{x + 20}" y="26">{mover}</text>')
    parts.append(f'<text class="s" x="20" y="48">Colour: who has the next action.{more}</text>')
    return parts


def _middle(row: int) -> int:
    return TOP + row * ROW + 14


def _arc(origin: int, target: int, *, dashed: bool) -> str:
    onward = target >= origin
    edge = LEFT + BOX if onward else LEFT
    bulge = min(40 + 24 * (abs(target - origin) - 1), 430 if onward else 290) if target != origin else 30
    control = edge + bulge if onward else edge - bulge
    start, end = _middle(origin) + (5 if onward else -5), _middle(target) + (-5 if onward else 5)
    tip = edge + 2 if onward else edge - 2
    kind = ' class="w"' if dashed else ""
    return f'<path{kind} marker-end="url(#a)" d="M{edge} {start}C{control} {start} {control} {end} {tip} {end}"/>'


def _box(stage: Stage, state: StrEnum, row: int) -> str:
    y, final = TOP + row * ROW, not stage.leaves_to
    border = "#55606e" if final else "#9aa5b1"
    return (
        f'<rect x="{LEFT}" y="{y}" width="{BOX}" height="28" rx="6" fill="{FILL[stage.mover]}" stroke="{border}"'
        f' stroke-width="{2 if final else 1}"/>'
        f'<text x="{LEFT + BOX // 2}" y="{y + 18}" text-anchor="middle">{escape(state)}</text>'
    )
