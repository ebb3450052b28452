"""Imports go one way. The contracts are in pyproject.toml; here they are held, and shown to be able to break."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.architecture.source import PACKAGE, ROOT

# A line for a module, and the contract that it breaks.
VIOLATIONS = [
    ("core/money.py", "import cakra.store.sql", "Rooms import one way"),
    ("kit/clock.py", "import cakra.core.money", "Rooms import one way"),
    ("core/states/case.py", "import cakra.core.law.book", "The rooms of core import one way"),
    ("core/money.py", "import secrets", "core is pure"),
    ("journey/notice/rules.py", "import cakra.journey.intake.rules", "No stage of the journey imports another"),
    ("delivery/senders/pace.py", "import cakra.delivery.sending.sends", "The rooms of delivery import one way"),
    ("delivery/costs/books.py", "import cakra.delivery.proof.proofs", "The rooms of delivery import one way"),
    ("doors/callbacks/routes.py", "import cakra.doors.cameras.body", "No door imports another"),
    ("engine/lane.py", "import cakra.outside.whatsapp", "The world outside is known to wiring alone"),
    ("sandbox/cameras/client.py", "import cakra.store.sql", "The sandbox knows core and kit only"),
    ("newroom/__init__.py", "", "a new room must be given its place"),
]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the tree `root`/src with the contracts of `root`/pyproject.toml."""
    program = "from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its contracts."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copytree(PACKAGE, root / "src" / "cakra", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.mark.parametrize(("module", "line", "contract"), VIOLATIONS, ids=[f"{one[0]}: {one[1]}" for one in VIOLATIONS])
def test_a_forbidden_import_breaks_its_contract(copied: Path, module: str, line: str, contract: str) -> None:
    path = copied / "src" / "cakra" / module
    before = path.read_text("utf-8") if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{line}\n", "utf-8")
    try:
        done = lint_imports(copied)
    finally:
        if before is None:
            shutil.rmtree(path.parent)
        else:
            path.write_text(before, "utf-8")
    assert done.returncode != 0, done.stdout
    if module.startswith("newroom"):
        assert "newroom" in done.stdout + done.stderr
    else:
        broken = [text for text in done.stdout.splitlines() if text.endswith("BROKEN")]
        assert any(text.startswith(contract) for text in broken), done.stdout + done.stderr
