"""The reference is written from the code, whole, and committed as written."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.architecture.source import ROOT

from cakra.core.states.journey import TABLE, allowed_moves
from cakra.core.states.moves import moves_of_table
from cakra.core.states.notice import NOTICE_TABLE
from cakra.core.states.payment import PAYMENT_TABLE, REFUND_TABLE
from cakra.doors.officer.words import STATES
from cakra.doors.words import read_catalogue
from cakra.journey.timeline.sentences import EVENTS

FOLDER = ROOT / "docs" / "reference"
# Written once for all tests of this file, also when several processes share the run.
pytestmark = pytest.mark.xdist_group("reference")
DRAWN = {
    "states.svg": (TABLE, list(allowed_moves())),
    "notice.svg": (NOTICE_TABLE, list(moves_of_table(NOTICE_TABLE))),
    "payment.svg": (PAYMENT_TABLE, list(moves_of_table(PAYMENT_TABLE))),
    "refund.svg": (REFUND_TABLE, list(moves_of_table(REFUND_TABLE))),
}
PAGES = ("settings.md", "states.md", "commands.md", "errors.md", "events.md", *DRAWN)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference as the code would have it now."""
    folder = tmp_path_factory.mktemp("reference")
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "reference", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_what_the_code_says(fresh: Path, name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == (fresh / name).read_text("utf-8"), "run `make reference` and commit"


def test_there_are_no_other_pages(fresh: Path) -> None:
    assert {path.name for path in fresh.iterdir()} == set(PAGES)
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def told_in(page: Path) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", page.read_text("utf-8"), re.MULTILINE))


def test_every_event_has_words_in_both_languages_and_every_word_an_event(fresh: Path) -> None:
    assert told_in(fresh / "events.md") == EVENTS.keys()
    english = read_catalogue("cakra.doors.officer")
    assert not [key for key, words in STATES.items() if words not in english]


def test_every_state_is_on_its_page(fresh: Path) -> None:
    assert told_in(fresh / "states.md") == {str(state) for table, _ in DRAWN.values() for state in table}


@pytest.mark.parametrize("name", DRAWN)
def test_every_state_and_every_move_is_in_its_picture(fresh: Path, name: str) -> None:
    table, moves = DRAWN[name]
    drawn = ET.parse(fresh / name)
    texts = {element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {str(state) for state in table} <= texts
    arrows = [path for path in drawn.iter("{http://www.w3.org/2000/svg}path") if path.get("marker-end")]
    assert len(arrows) == len(moves)


def documents() -> list[Path]:
    """Every page written for people."""
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_every_local_link_of_the_documents_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in documents()
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not re.match(r"\w+:", target) and not (page.parent / target).exists()
    ]
    assert not broken


def test_every_path_that_the_documents_name_exists() -> None:
    """`src/…`, `tests/…`, `docs/…` and `tools/…` in code marks."""
    missing = [
        f"{page.relative_to(ROOT)}: {path}"
        for page in documents()
        for path in re.findall(r"`((?:src|tests|docs|tools)/[\w./-]+)`", page.read_text("utf-8"))
        if not (ROOT / path).exists()
    ]
    assert not missing
