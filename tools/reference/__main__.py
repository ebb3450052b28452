"""Write docs/reference/ from the code: `python tools/reference [FOLDER]`; a test compares the two."""

import sys
from pathlib import Path

from code_words import error_codes, told_keys
from pages import commands_page, errors_page, events_page, settings_page, states_page
from state_picture import state_picture

from cakra.core.states.journey import TABLE, State, allowed_moves
from cakra.core.states.moves import moves_of_table
from cakra.core.states.notice import NOTICE_TABLE
from cakra.core.states.payment import PAYMENT_TABLE, REFUND_TABLE

ROOT = Path(__file__).resolve().parents[2]


def write_reference(folder: Path) -> None:
    """Write every page into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    source = ROOT / "src" / "cakra"
    pages = {
        "settings.md": settings_page(),
        "states.md": states_page(),
        "states.svg": state_picture("States of a case", TABLE, list(allowed_moves()), (State.WITHDRAWN, "withdrawal")),
        **{
            f"{name}.svg": state_picture(f"States of a {name}", table, list(moves_of_table(table)))
            for name, table in {"notice": NOTICE_TABLE, "payment": PAYMENT_TABLE, "refund": REFUND_TABLE}.items()
        },
        "commands.md": commands_page(),
        "errors.md": errors_page(error_codes(source)),
        "events.md": events_page(told_keys(source)),
    }
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "reference")
