"""`cakra db`: psql is told the address in public and the password in private."""

from urllib.parse import quote

from tests.cli.conftest import Shell

from cakra.cli.system.database import _without_password
from cakra.store.embedded import ensure_running


def test_the_shell_runs_what_it_is_told_on_the_embedded_database(embedded_shell: Shell) -> None:
    first = embedded_shell.lines("db", "migrate")
    assert first[0].startswith("0001 spine applied")
    assert embedded_shell.lines("db", "migrate") == ["Nothing to apply."]
    assert [line.split("\t")[2] for line in embedded_shell.lines("db", "status")[1:]] == ["applied"] * len(first)
    assert embedded_shell.lines("db", "shell", "-At", "-c", "select count(*) from camera") == ["0"]
    wrong = embedded_shell.run("db", "shell", "-v", "ON_ERROR_STOP=1", "-c", "select nonsense")
    assert wrong.returncode == 1
    assert 'column "nonsense" does not exist' in wrong.stderr


def test_the_password_reaches_psql_and_never_stands_on_its_command_line(embedded_shell: Shell) -> None:
    data = embedded_shell.folder / "var" / "postgresql"
    server = ensure_running(data)
    kept = (data / "pgpass").read_text().strip()
    password = kept.rpartition(":")[2]
    embedded_shell.environment["CAKRA_DATABASE__URL"] = (
        f"postgresql://cakra:{quote(password, safe='')}@127.0.0.1:{server.port}/cakra"
    )
    own_command_line = "\\! tr '\\0' '\\n' < /proc/$PPID/cmdline"
    told = embedded_shell.lines("db", "shell", "-At", "-c", "select current_user", "-c", own_command_line)
    assert told[0] == "cakra"
    assert any(word.endswith("/psql") for word in told)
    assert not [word for word in told if password in word or quote(password) in word]
    embedded_shell.environment["CAKRA_DATABASE__URL"] = server.url.replace("cakra@", "cakra:salah@").partition("?")[0]
    refused = embedded_shell.run("db", "shell", "-c", "select 1")
    assert refused.returncode == 2
    assert "password authentication failed" in refused.stderr


def test_only_the_password_is_taken_out_of_an_address() -> None:
    address, password = _without_password("postgresql://ana:p%3A%40ss@db.example:6543/cakra?sslmode=require")
    assert (address, password) == ("postgresql://ana@db.example:6543/cakra?sslmode=require", "p:@ss")
    address, password = _without_password("postgresql://db.example/cakra?password=x%26y&application_name=a")
    assert (address, password) == ("postgresql://db.example/cakra?application_name=a", "x&y")
    plain = "postgresql://cakra@127.0.0.1:5432/cakra?passfile=/var/lib/a%20b/pgpass"
    assert _without_password(plain) == (plain, None)
