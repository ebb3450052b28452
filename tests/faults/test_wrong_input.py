"""Commands with wrong input or a wrong surrounding: one clear line, no traceback, a non-zero exit, nothing lost.

What cameras, photographs, the full disk, the register's rows and single arguments get wrong is shown in
their own rooms and in tests/cli.
"""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from cakra.sandbox.register import generate
from children import free_port
from zygote import run_cakra

KEY = "0f" * 32
HEADER = (
    "plate,valid_from,vehicle_kind,brand,model,colour,year,plate_colour,chassis,owner_name,owner_number,address,phone"
)


@pytest.fixture
def surrounding(tmp_path, database_url):
    """A sound installation on a migrated database; a test spoils one thing."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
    return clean | {
        "CAKRA_DATABASE__URL": database_url,
        "CAKRA_KEYS__ROOT": KEY,
        "CAKRA_PHOTOS__URL": str(tmp_path / "photos"),
        "CAKRA_WEB__PORT": str(free_port()),
        "COLUMNS": "200",
    }


def cakra(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; one that does not end by itself fails the test."""
    return run_cakra(arguments, folder=folder, variables=environment)


def fresh_cakra(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """As an operator runs it, with the variables of the interpreter too."""
    return subprocess.run(
        [sys.executable, "-m", "cakra", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence; log lines carry no `cakra:`."""
    assert done.returncode not in {0, 1}, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("cakra: ")]
    assert len(told) == 1, done.stderr
    return told[0]


def run_sql(url: str, statement: str):
    async def run():
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    return asyncio.run(run())


def test_a_taken_port(tmp_path, surrounding):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = refusal(cakra(tmp_path, surrounding | {"CAKRA_WEB__PORT": str(port)}, "web"))
    assert f"127.0.0.1:{port}" in sentence
    assert "CAKRA_WEB__PORT" in sentence


@pytest.mark.parametrize("command", ["web", "worker"])
def test_a_database_where_nothing_answers(tmp_path, surrounding, command):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgresql://cakra:geheim@127.0.0.1:{nobody.getsockname()[1]}/cakra"
        sentence = refusal(cakra(tmp_path, surrounding | {"CAKRA_DATABASE__URL": url}, command))
    assert "CAKRA_DATABASE_URL" in sentence
    assert "geheim" not in sentence


@pytest.mark.parametrize("url", ["mysql://u:p@127.0.0.1/x", "postgresql://u:p@127.0.0.1:notaport/x"])
def test_an_address_that_is_none(tmp_path, surrounding, url):
    assert "postgresql://" in refusal(cakra(tmp_path, surrounding | {"CAKRA_DATABASE__URL": url}, "worker"))


def test_a_database_of_another_name(tmp_path, surrounding, database_url):
    changed = {"CAKRA_DATABASE__URL": urlsplit(database_url)._replace(path="/no_such_database").geturl()}
    assert "no_such_database" in refusal(cakra(tmp_path, surrounding | changed, "worker"))


def test_a_missing_model_file_stops_the_worker_before_the_first_case(tmp_path, surrounding):
    package = tmp_path / "elsewhere" / "rapidocr"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    paths = [str(package.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    changed = {"PYTHONPATH": os.pathsep.join(paths), "CAKRA_DEMO": "true"}
    sentence = refusal(fresh_cakra(tmp_path, surrounding | changed, "worker", "--steps", "screening"))
    assert "PP-OCRv6" in sentence
    assert "is missing" in sentence


@pytest.mark.parametrize("command", ["worker", "up"])
def test_a_synthetic_register_with_a_provider_that_is_not_on_loopback(tmp_path, surrounding, database_url, command):
    run_sql(database_url, "insert into register_meta (synthetic) values (true)")
    changed = {"CAKRA_WHATSAPP__BASE_URL": "https://192.0.2.1", "CAKRA_WHATSAPP__TIMEOUT_S": "2"}
    sentence = refusal(cakra(tmp_path, surrounding | changed, command))
    assert "synthetic" in sentence
    assert "192.0.2.1" in sentence


def test_a_demonstration_never_meets_a_real_provider_either(tmp_path, surrounding):
    changed = {"CAKRA_WHATSAPP__BASE_URL": "https://192.0.2.1", "CAKRA_DEMO": "true"}
    assert "192.0.2.1" in refusal(cakra(tmp_path, surrounding | changed, "worker"))


@pytest.mark.parametrize(
    ("command", "setting", "says"),
    [
        ("db status", "CAKRA_NONSENSE=1", "CAKRA_NONSENSE"),
        ("db status", "CAKRA_WEB__NONSENSE=1", "nonsense"),
        ("db status", "CAKRA_WORKER__BATCH=0", "batch"),
        ("db status", "CAKRA_CONFIG=nowhere.toml", "nowhere.toml"),
        ("worker", "CAKRA_KEYS__ROOT=abc", "CAKRA_KEYS__ROOT"),
        ("worker", "CAKRA_PHOTOS__URL=ftp://photos", "ftp://photos"),
    ],
)
def test_a_setting_that_is_unknown_or_wrong(tmp_path, surrounding, command, setting, says):
    name, _, value = setting.partition("=")
    assert says in refusal(cakra(tmp_path, surrounding | {name: value}, *command.split()))


def test_an_unknown_step(tmp_path, surrounding):
    assert "sweeping" in refusal(cakra(tmp_path, surrounding, "worker", "--steps", "sweeping"))


def test_a_register_that_is_not_there(tmp_path, surrounding):
    assert "nowhere.csv" in refusal(cakra(tmp_path, surrounding, "registry", "import", "nowhere.csv"))


def test_a_register_without_the_columns(tmp_path, surrounding):
    (tmp_path / "odd.csv").write_text("name,colour\nA,B\n")
    assert "odd.csv" in refusal(cakra(tmp_path, surrounding, "registry", "import", "odd.csv"))


def test_a_register_in_which_every_row_is_wrong(tmp_path, surrounding, database_url):
    (tmp_path / "bad.csv").write_text(f"{HEADER}\n" + "???,soon,hovercraft,,,,,,,,,,\n" * 3)
    sentence = refusal(cakra(tmp_path, surrounding, "registry", "import", "bad.csv", "--synthetic"))
    assert "bad.wrong.csv" in sentence
    assert (tmp_path / "bad.wrong.csv").read_text().count("\n") >= 3
    assert run_sql(database_url, "select * from registration") == []


def test_a_register_with_some_wrong_rows_keeps_the_right_ones_and_tells(tmp_path, surrounding, database_url):
    path = generate(50, 3, tmp_path / "some.csv").path
    lines = path.read_text().splitlines()
    lines[5] = lines[5].replace(lines[5].split(",")[0], "NOPLATE")
    path.write_text("\n".join(lines) + "\n")
    done = cakra(tmp_path, surrounding, "registry", "import", "some.csv", "--synthetic")
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "1 wrong" in done.stdout
    assert "some.wrong.csv" in done.stderr.replace("\n", "")
    report = (tmp_path / "some.wrong.csv").read_text()
    assert "NOPLATE" in report
    assert "6" in report
    assert run_sql(database_url, "select count(*) from registration")[0][0] == 49
