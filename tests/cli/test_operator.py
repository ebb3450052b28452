"""An operator's first day: what is missing is said once, a terminal shows sentences, a command stops the database."""

import os
import pty
import select
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Shell
from tests.cli.test_doctor import execute, report

from cakra.kit.console import without_commands
from cakra.store.embedded import ensure_running, find_running
from officers import officer_sql


def at_a_terminal(shell: Shell, *arguments: str) -> str:
    """What a person sees: the command runs on a terminal of its own."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(shell.folder)
        os.execve(sys.executable, [sys.executable, "-m", "cakra", *arguments], shell.variables)
    said = b""
    while select.select([terminal], [], [], 120)[0]:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the child has ended
            break
        said += part
        if not part:
            break
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said.decode()
    return said.decode()


def test_the_doctor_names_a_database_that_is_not_migrated_once(shell: Shell, empty_database_url: str) -> None:
    shell.environment["CAKRA_DATABASE__URL"] = empty_database_url
    found = report(shell, code=2)
    of_the_database = {"migrations", "root key", "official senders", "templates", "canaries", "cameras", "register"}
    assert [name for name in of_the_database if not found[name]["ok"]] == ["migrations"]
    assert "cakra db migrate" in found["migrations"]["todo"]
    waiting = {name for name in of_the_database if "before the migration" in found[name]["found"]}
    assert waiting == of_the_database - {"migrations"}
    assert not [one for one in found.values() if "does not exist" in one["found"]]


def test_a_terminal_shows_no_json_and_a_pipe_shows_nothing_else(shell: Shell, empty_database_url: str) -> None:
    shell.environment["CAKRA_DATABASE__URL"] = empty_database_url
    seen = at_a_terminal(shell, "db", "migrate")
    assert "0001 spine applied" in seen
    assert '{"' not in seen
    piped = shell.run("jurisdiction", "add", "PMJ", "--name", "Contoh")
    assert piped.returncode == 0
    assert all(line.startswith("{") for line in piped.stderr.splitlines())


def test_what_a_stranger_wrote_does_not_steer_a_terminal(shell: Shell) -> None:
    execute(shell, officer_sql("ana", "auditor", name="Ana\x1b]0;judul\x07\x1b[2J\x9b31m\u202eterbalik"))
    seen = at_a_terminal(shell, "officer", "list")
    assert "Ana" in seen
    assert not {"\x07", "\x9b", "\u202e"} & set(seen)
    assert "\x1b]0" not in seen
    assert "\x1b[2J" not in seen
    assert "\x1b" not in "".join(shell.lines("officer", "list"))


@pytest.mark.parametrize("sign", ["\x1b", "\x00", "\x07", "\r", "\x7f", "\x9b", "\u202e", "\u2066"])
def test_signs_that_a_terminal_obeys_are_replaced(sign: str) -> None:
    assert without_commands(f"a{sign}b\tc\nd – é") == "a\ufffdb\tc\nd – é"


def test_the_embedded_database_is_stopped_by_a_command(embedded_shell: Shell) -> None:
    data = embedded_shell.folder / "var" / "postgresql"
    assert embedded_shell.lines("db", "stop") == [f"No database runs in {data}."]
    assert not data.exists()
    ensure_running(data)
    assert embedded_shell.lines("db", "stop") == [f"The database in {data} is stopped."]
    assert find_running(data) is None


def test_a_database_of_somebody_else_is_not_stopped(shell: Shell) -> None:
    assert "stop it where it runs" in shell.refusal("db", "stop")


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "password1234",
        "polisi123456",
        "qwertyuiop12",
        "123456789012",
        "bismillah2026",
        "budiman-budiman",
    ],
)
def test_a_password_that_anybody_would_guess_is_refused(shell: Shell, password: str) -> None:
    told = ("officer", "add", "budiman", "--name", "Budiman", "--role", "reviewer")
    done = shell.run(*told, stdin=password + "\n")
    assert done.returncode == 2
    assert "easily guessed" in done.stderr
    assert password not in done.stderr + done.stdout
    assert shell.run(*told, stdin="kopi mendung tangga ungu\n").returncode == 0


def test_the_runbook_names_the_command() -> None:
    runbook = Path(__file__).resolve().parents[2] / "docs/runbook/start-stop-upgrade.md"
    assert "cakra db stop" in runbook.read_text()
