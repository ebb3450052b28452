"""`cakra official` and `cakra template`: an administrator registers, retires, publishes; wrong input is named."""

import asyncio
import json
import stat
import subprocess
from pathlib import Path

import asyncpg
import pytest
from tests.cli.conftest import Shell
from tests.system import free_port

from cakra.journey.notice.rules import parse_templates
from cakra.journey.staff.officers import hash_password
from officers import officer_sql

PASSWORD = "kata sandi contoh"
NUMBER, HOST = "+62 812-3000-4000", "konfirmasi.etle.example"
SENDER = ("official", "register", "whatsapp", NUMBER, "--name", "ETLE", "--purpose", "Konfirmasi", "--reason", "ST/1")
SITE = ("official", "register", "host", HOST, "--purpose", "Portal", "--reason", "ST/1")
SHIPPED = Path(__file__).parents[2] / "src/cakra/journey/notice/templates.toml"


def execute(shell: Shell, query: str) -> object:
    async def run() -> object:
        connection = await asyncpg.connect(shell.environment["CAKRA_DATABASE__URL"])
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(run())


@pytest.fixture
def led(shell: Shell) -> Shell:
    """With an administrator, a reviewer, and a signing key."""
    password = hash_password(PASSWORD)
    for name, role in (("admin", "administrator"), ("reza", "reviewer")):
        execute(shell, officer_sql(name, role, hashed=password))
    key = shell.folder / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(key)], check=True)
    key.chmod(0o600)
    shell.environment["CAKRA_SENDERS__SIGNING_KEY"] = str(key)
    return shell


def by_admin(shell: Shell, *arguments: str) -> list[str]:
    return shell.lines(*arguments, "--as", "admin", stdin=f"{PASSWORD}\n")


def official(shell: Shell, *more: str) -> list[str]:
    told = json.loads(shell.lines("official", "list", "--json", *more)[0])
    return [one["name"] for one in told["official"]]


def test_from_the_first_number_to_its_end(led: Shell) -> None:
    [said] = by_admin(led, *SENDER)
    assert "version 1. Publication 1 is signed" in said
    by_admin(led, *SITE, "--from", "2026-01-01")
    assert official(led) == [NUMBER, HOST]
    assert official(led, "--at", "2026-03-03") == [HOST]
    assert "already; retire it first" in led.refusal(*SENDER, "--as", "admin", stdin=f"{PASSWORD}\n")
    [said] = by_admin(led, "official", "retire", "whatsapp", "+6281230004000", "--reason", "bocor")
    assert "version 3. Publication 3" in said
    assert official(led) == [HOST]
    told = "\n".join(led.lines("official", "history"))
    assert "bocor" in told
    assert told.index("retire") < told.index("register")
    assert "Publication 4 (version 3)" in led.lines("official", "publish")[0]
    assert "official-senders.json" not in told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*SENDER, "--as", "reza"), "reza holds no grant"),
        ((*SENDER, "--as", "siapa"), "User name or password"),
        (("official", "register", "whatsapp", "+62 21 5234077", *SENDER[4:], "--as", "admin"), "landline"),
        (("official", "register", "host", "127.0.0.1", *SITE[4:], "--as", "admin"), "write only the name"),
        ((*SITE, "--from", "2026-13-01", "--as", "admin"), "no day or instant"),
        ((*SITE, "--from", "2026-03-03T07:00", "--as", "admin"), "no time zone"),
        (("official", "retire", "sms", "ETLE", "--reason", "x", "--as", "admin"), "not registered as official"),
        (("official", "revoke-key", "0000", "--reason", "x", "--as", "admin"), "No key '0000'"),
        (("official", "rotate-key", "--as", "admin"), "yours to change"),
        (("official", "register", "pigeon", "x", *SENDER[4:], "--as", "admin"), "pigeon"),
    ],
)
def test_wrong_input_is_named_and_changes_nothing(led: Shell, arguments: tuple[str, ...], says: str) -> None:
    assert says in led.refusal(*arguments, stdin=f"{PASSWORD}\n")
    assert execute(led, "select count(*) from official_change") == 0


def test_a_key_that_cannot_sign_is_refused(led: Shell) -> None:
    key = led.folder / "key.pem"
    key.chmod(0o644)
    assert "chmod 600" in led.refusal("official", "publish")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed448", "-out", str(key)], check=True)
    key.chmod(0o600)
    assert "another kind than Ed25519" in led.refusal("official", "publish")
    key.write_text("no key")
    assert "holds no private key" in led.refusal("official", "publish")
    key.unlink()
    assert "openssl genpkey" in led.refusal("official", "publish")
    del led.environment["CAKRA_SENDERS__SIGNING_KEY"]
    assert "There is no signing key here" in led.refusal("official", "publish")
    [said] = by_admin(led, *SITE)
    assert "run `cakra official publish` where it is" in said


def test_beside_an_embedded_database_a_key_is_made_kept_and_rotated(embedded_shell: Shell) -> None:
    embedded_shell.lines("db", "migrate")
    embedded_shell.lines("officer", "add", "admin", "--name", "A", "--role", "administrator", stdin=f"{PASSWORD}\n")
    by_admin(embedded_shell, *SITE)
    kept = embedded_shell.folder / "var" / "official-senders.key.pem"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    before = kept.read_bytes()
    [said] = by_admin(embedded_shell, "official", "rotate-key")
    assert "Publication 2 is signed" in said
    assert kept.read_bytes() != before
    aside = Path(said.split("lies in ")[1].split(". Pub")[0])
    assert aside.read_bytes() == before
    listed = "\n".join(embedded_shell.lines("official", "keys"))
    assert listed.count(":") >= 4  # two keys, each with its instant


def test_the_first_start_prints_the_commands_that_are_missing(led: Shell) -> None:
    led.environment.update({"CAKRA_PORTAL__BASE_URL": f"https://{HOST}", "CAKRA_WHATSAPP__DISPLAY_NUMBER": NUMBER})
    led.environment["CAKRA_WEB__PORT"] = str(free_port())
    said = led.refusal("up")
    assert f'cakra official register whatsapp "{NUMBER}"' in said
    assert f'cakra official register host "{HOST}"' in said
    said = led.refusal("worker")
    assert f'cakra official register host "{HOST}"' in said


def test_the_doctor_finds_a_sender_outside_its_validity(led: Shell) -> None:
    led.environment.update({"CAKRA_PORTAL__BASE_URL": f"https://{HOST}", "CAKRA_WHATSAPP__DISPLAY_NUMBER": NUMBER})
    by_admin(led, *SITE)
    by_admin(led, *SENDER, "--from", "2126-01-01")

    def found() -> dict[str, object]:
        told = json.loads(led.run("doctor", "--json").stdout)
        return next(one for one in told if one["check"] == "official senders")

    assert found()["ok"] is False
    assert "is official only from 2125-12-31 17:00 UTC" in str(found()["found"])
    execute(led, "update official_sender set valid_from = now()")
    assert found() == {
        "check": "official senders",
        "ok": True,
        "found": "1 senders and 1 hosts in force, version 2",
        "todo": "",
    }


def test_a_wording_is_held_against_the_official_hosts(led: Shell) -> None:
    file = led.folder / "wording.toml"
    shipped = SHIPPED.read_text(encoding="utf-8")
    file.write_text(shipped.replace("{{situs}}", HOST), encoding="utf-8")
    done = led.run("template", "check", str(file))
    assert done.returncode == 2
    assert done.stdout.count(f"names {HOST}, which is not an official host") == shipped.count("{{situs}}")
    by_admin(led, *SITE)
    [said] = led.lines("template", "check", str(file))
    assert f"{len(parse_templates(shipped))} wordings may be used; they name no host but {HOST}" in said

    file.write_text(
        shipped.replace("{{situs}}", "bit.ly/x").replace("Ini permintaan", "Ini tilang", 1), encoding="utf-8"
    )
    done = led.run("template", "check", str(file))
    assert done.returncode == 2
    assert done.stdout.count("names bit.ly") == shipped.count("{{situs}}")
    assert "a confirmation request is not a tilang" in done.stdout
    assert "breaks the lint in" in done.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[template]", "cannot be read"),
        ("", "cannot be read"),
        ("template = []", "holds no wording"),
        ('[[template]]\nname = "a"\nbody = "b"', "cannot be read"),
        (None, "cannot be read"),
        (b"\xff\xfe", "not UTF-8"),
        (
            SHIPPED.read_text(encoding="utf-8").replace('button = "View and confirm"', "button = 5"),
            "in quotation marks",
        ),
    ],
)
def test_a_file_that_is_no_wording_is_refused(shell: Shell, text: str | bytes | None, says: str) -> None:
    file = shell.folder / "wording.toml"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert says in shell.refusal("template", "check", str(file))
