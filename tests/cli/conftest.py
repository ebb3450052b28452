"""`cakra` as a person runs it: a process in a folder of its own, told by CAKRA_* variables."""

import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.system import until

from cakra.store.embedded import erase
from zygote import Forked, run_cakra


@dataclass(frozen=True)
class Shell:
    """Runs `cakra …`; `environment` holds its settings."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CAKRA_", "PYTEST_"))}
        return clean | {"CAKRA_LOG_LEVEL": "warning"} | self.environment

    def run(self, *arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """To its end, whatever its exit code."""
        return run_cakra(arguments, folder=self.folder, variables=self.variables, stdin=stdin)

    def lines(self, *arguments: str | Path, stdin: str = "") -> list[str]:
        """What it printed; it must succeed and complain of nothing."""
        done = self.run(*arguments, stdin=stdin)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout.splitlines()

    def refusal(self, *arguments: str | Path, code: int = 2, stdin: str = "") -> str:
        """What it said when it refused: our sentence, no traceback."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == code, (done.returncode, done.stderr)
        assert done.stderr.startswith("cakra: "), done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr.removeprefix("cakra: ").rstrip("\n")

    @contextmanager
    def running(self, *arguments: str) -> Iterator["Running"]:
        """In the background; killed at the end if it still runs."""
        log = self.folder / f"{arguments[0]}.log"
        process = Forked("cakra", arguments, folder=self.folder, variables=self.variables, out=log, err=log)
        try:
            yield Running(process, log)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@dataclass(frozen=True)
class Running:
    """A command in the background; `said` is all it wrote."""

    process: Forked
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def until_said(self, words: str, seconds: float = 60.0) -> None:
        """Wait for its words; fails at once when it has ended."""

        def told() -> bool:
            found = words in self.said
            assert found or self.process.poll() is None, self.said
            return found

        until(told, seconds, repr(words))


@pytest.fixture
def shell(tmp_path: Path, database_url: str) -> Shell:
    """On this test's own migrated database."""
    return Shell(
        tmp_path,
        {
            "CAKRA_DATABASE__URL": database_url,
            "CAKRA_KEYS__ROOT": secrets.token_hex(32),
            "CAKRA_PHOTOS__URL": str(tmp_path / "photos"),
        },
    )


@pytest.fixture
def embedded_shell() -> Iterator[Shell]:
    """With an embedded database in the command's own folder, erased afterwards."""
    with tempfile.TemporaryDirectory(prefix="cakra-cli-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root the server runs under another account
        try:
            yield Shell(folder)
        finally:
            erase(folder / "var" / "postgresql")
