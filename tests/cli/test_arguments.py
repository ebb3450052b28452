"""Help for every command; whatever goes wrong is one sentence and a non-zero exit."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import asyncpg
import pytest
from cyclopts import App
from tests.cli.conftest import Shell

from cakra.cli import build_app
from cakra.cli.edges import leave
from cakra.core.errors import InputError, StorageFull, StoreError


@pytest.fixture
def bare(tmp_path) -> Shell:
    """Without a database."""
    return Shell(tmp_path)


def commands(app: App, chain: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], App]]:
    """Every command with the words that call it."""
    yield chain, app
    for name in app:
        if not name.startswith("-"):
            yield from commands(app[name], (*chain, name))


def test_every_command_has_a_complete_sentence_and_every_option_an_explanation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = list(commands(build_app()))
    assert len(found) > 30
    for chain, app in found:
        assert app.help, chain
        assert app.help.split("\n\n")[0].strip().endswith("."), (chain, app.help)
        if not list(commands(app))[1:]:
            silent = [one.name for one in app.assemble_argument_collection() if not one.parameter.help]
            assert not silent, f"cakra {' '.join(chain)}: no help for {silent}"


def test_help_needs_no_settings_that_can_be_read(bare: Shell) -> None:
    bare.environment["CAKRA_DATABASE__POOL"] = "many"
    done = bare.run("camera", "import", "--help")
    assert done.returncode == 0
    assert "offence_map" in done.stdout
    assert "Setting database.pool" in bare.refusal("camera", "list")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nonsense",), 'Unknown command "nonsense"'),
        (("worker", "--bogus"), "Unknown option: --bogus. See `cakra worker --help`."),
        (("web", "extra"), "Nothing was expected after these words: extra."),
        (("camera", "push-url"), "See `cakra camera push-url --help`."),
        (("bench", "pipeline", "--cases", "many"), "--cases"),
        (("bench", "growth", "--stored", "many"), "There is no level 'many'; choose among 0, 1e5, 1e6, 1e7."),
        (("bench", "growth", "--cases", "0"), "At least one case must be fed."),
        (("worker", "--steps", "dancing"), "Unknown steps dancing"),
        (("officer", "list"), "Setting log_level"),
    ],
)
def test_a_wrong_argument_is_one_line(bare: Shell, arguments: tuple[str, ...], words: str) -> None:
    if words.startswith("Setting"):
        bare.environment["CAKRA_LOG_LEVEL"] = "loud"
    told = bare.refusal(*arguments)
    assert words in told
    assert "\n" not in told


def test_a_database_that_is_not_there_is_one_line(bare: Shell) -> None:
    bare.environment["CAKRA_DATABASE__URL"] = "postgresql://cakra:sangat-rahasia@127.0.0.1:1/cakra"
    told = bare.refusal("db", "status", code=3)
    assert "Nothing answers for the database 'cakra' at 127.0.0.1:1" in told
    assert "sangat-rahasia" not in told


def test_a_database_that_was_not_migrated_is_one_line(shell: Shell, empty_database_url: str) -> None:
    shell.environment["CAKRA_DATABASE__URL"] = empty_database_url
    assert shell.refusal("camera", "list") == "The database lacks what this release needs; run `cakra db migrate`."


def test_ctrl_c_ends_a_command_with_130(shell: Shell) -> None:
    pipe = shell.folder / "cameras.csv"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "cakra", "camera", "import", pipe],
        cwd=shell.folder,
        env=shell.variables,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    with pipe.open("w"):  # opens when the command reads
        for _ in range(12):  # the interpreter may lose one that comes while it opens the file: people press again
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
                break
    assert process.returncode == 130
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize(
    ("problem", "code", "sentence"),
    [
        (InputError("Mend it."), 2, "Mend it."),
        (StoreError("Not now."), 3, "Not now."),
        (
            ExceptionGroup("tasks", [OSError(5, "I/O error"), ExceptionGroup("more", [StorageFull("Full.")])]),
            3,
            "Full.",
        ),
        (FileNotFoundError(2, "No such file or directory", "list.csv"), 2, "list.csv: No such file or directory."),
        (OSError(28, "No space left on device"), 3, "No space left on device."),
        (TimeoutError(), 3, "No answer came in time; is the database, or what it waits for, busy? Try again."),
        (asyncpg.InterfaceError("connection is closed"), 3, "The connection to the database was lost;"),
        (asyncpg.DiskFullError("could not extend file"), 3, "The database's disk is full;"),
    ],
)
def test_known_troubles_become_a_sentence(
    problem: Exception, code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave(problem) == code
    told = capsys.readouterr().err
    assert told.startswith(f"cakra: {sentence}")
    assert told.count("\n") == 1


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        leave(ZeroDivisionError())
    assert leave(BaseExceptionGroup("tasks", [ValueError("a bug"), KeyboardInterrupt()])) == 130
