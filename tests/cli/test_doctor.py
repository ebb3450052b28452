"""`cakra doctor`: what is wrong is named, with what to do; a sound installation passes."""

import asyncio
import json
import secrets
from typing import Any

import asyncpg
import pytest
from tests.cli.conftest import Shell
from tests.system import free_port

from cakra.kit.seal import Sealer
from cakra.store.embedded import find_running, stop
from official_kit import make_official, make_official_host

SECRETS = {"ACCESS_TOKEN": "token-contoh", "APP_SECRET": "rahasia-contoh", "VERIFY_TOKEN": "verifikasi-contoh"}
CHECKS = {"settings", "law", "models", "plates", "photographs", "disk", "sms", "provider"}
ASKED = {
    "database",
    "migrations",
    "clock",
    "root key",
    "official senders",
    "templates",
    "policies",
    "sms ladder",
    "register",
    "prices",
    "canaries",
    "cameras",
    "portal",
    "waiting",
    "lanes",
    "set aside",
    "inputs",
    "quarantine",
    "retention",
    "drop folder",
}


def report(shell: Shell, *, code: int) -> dict[str, dict[str, Any]]:
    done = shell.run("doctor", "--json")
    assert (done.returncode, done.stderr) == (code, ""), done.stderr
    return {one["check"]: one for one in json.loads(done.stdout)}


def execute(shell: Shell, query: str, *values: Any) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(shell.environment["CAKRA_DATABASE__URL"])
        try:
            await connection.execute(query, *values)
        finally:
            await connection.close()

    asyncio.run(run())


def add_camera(shell: Shell, root: bytes) -> None:
    execute(shell, "insert into jurisdiction values ('PMJ', 'Contoh', 'Asia/Jakarta', 0, 4)")
    execute(
        shell,
        "insert into camera (code, jurisdiction, name, place, road, zone, hmac_key)"
        " values ('JKT-1', 'PMJ', 'a', 'b', 'c', 'Asia/Jakarta', $1)",
        Sealer(root, "camera").seal(bytes(32), b"JKT-1"),
    )


def make_all_official(shell: Shell) -> None:
    """What the settings use when nothing is set: the default number, and the portal of this machine."""

    async def run() -> None:
        connection = await asyncpg.connect(shell.environment["CAKRA_DATABASE__URL"])
        try:
            await make_official(connection, "whatsapp", "+62 800 0000 0000")
            await make_official_host(connection, "127.0.0.1")
        finally:
            await connection.close()

    asyncio.run(run())


def test_a_sound_installation_passes_with_the_sandbox_running(shell: Shell) -> None:
    port = free_port()
    shell.environment["CAKRA_WHATSAPP__BASE_URL"] = f"http://127.0.0.1:{port}"
    shell.environment.update({f"CAKRA_WHATSAPP__{name}": value for name, value in SECRETS.items()})
    add_camera(shell, bytes.fromhex(shell.environment["CAKRA_KEYS__ROOT"]))
    make_all_official(shell)
    with shell.running("sandbox") as peer:
        peer.until_said(f"http://127.0.0.1:{port}/phone/")
        found = report(shell, code=0)
        assert found.keys() == CHECKS | ASKED
        assert not [one for one in found.values() if not one["ok"] or one["todo"]]
        lines = shell.lines("doctor")
        assert len(lines) == len(found)
        assert all(line.startswith("ok ") for line in lines)
        peer.process.terminate()
        assert peer.process.wait(30) == 0


def test_everything_that_is_wrong_is_named_at_once(shell: Shell, empty_database_url: str) -> None:
    blocked = shell.folder / "file"
    blocked.write_text("no folder")
    shell.environment["CAKRA_PHOTOS__URL"] = str(blocked / "photos")
    shell.environment["CAKRA_PORTAL__BASE_URL"] = "https://bit.ly"
    shell.environment["CAKRA_PLATES__CALIBRATION_FILE"] = "nowhere.json"
    shell.environment["CAKRA_DATABASE__URL"] = empty_database_url
    found = report(shell, code=2)
    wrong = {name for name, one in found.items() if not one["ok"]}
    assert wrong >= {"plates", "photographs", "provider", "migrations"}
    assert "nowhere.json cannot be read" in found["plates"]["found"]
    assert {"settings", "models", "database", "clock"}.isdisjoint(wrong)
    assert all(found[name]["todo"] for name in wrong)
    assert "0001_spine is pending" in found["migrations"]["found"]
    assert "ACCESS_TOKEN is empty" in found["provider"]["found"]


def test_another_root_key_and_a_far_provider_of_invented_people_are_found(shell: Shell) -> None:
    add_camera(shell, secrets.token_bytes(32))
    execute(shell, "insert into register_meta (synthetic) values (true)")
    shell.environment["CAKRA_WHATSAPP__BASE_URL"] = "https://graph.contoh.example"
    found = report(shell, code=2)
    assert "does not open" in found["root key"]["found"]
    assert "must be on loopback" in found["register"]["found"]


def test_settings_that_cannot_be_read_end_the_examination(shell: Shell) -> None:
    shell.environment["CAKRA_DATABASE__POOL"] = "many"
    found = report(shell, code=2)
    assert found.keys() == {"settings"}
    assert "database.pool" in found["settings"]["found"]


def test_an_embedded_database_is_examined_and_left_as_it_was(embedded_shell: Shell) -> None:
    data = embedded_shell.folder / "var" / "postgresql"
    found = report(embedded_shell, code=2)
    assert "There is no database" in found["database"]["found"]
    assert not data.exists()

    embedded_shell.lines("db", "migrate")
    stop(data)
    found = report(embedded_shell, code=2)
    assert found["database"]["ok"]
    assert "root.key is missing" in found["root key"]["found"]
    assert not (embedded_shell.folder / "var" / "root.key").exists()
    assert find_running(data) is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WHATSAPP__BASE_URL", "https://graph.contoh.example", "The sandbox stays on this machine"),
        ("PORTAL__BASE_URL", "https://konfirmasi.contoh.example", "The sandbox stays on this machine"),
        ("WHATSAPP__BASE_URL", "http://127.0.0.1", "needs http and a port"),
        ("WHATSAPP__APP_SECRET", "", "CAKRA_WHATSAPP__APP_SECRET is empty"),
    ],
)
def test_the_sandbox_stays_on_this_machine_and_has_secrets(tmp_path, name: str, value: str, words: str) -> None:
    shell = Shell(tmp_path, {f"CAKRA_WHATSAPP__{each}": secret for each, secret in SECRETS.items()})
    shell.environment[f"CAKRA_{name}"] = value
    assert words in shell.refusal("sandbox")


def test_a_case_that_the_machine_does_not_move_on_is_told(shell: Shell) -> None:
    execute(
        shell,
        "insert into case_file (cell, case_id, reference, jurisdiction, state, state_since, offences, occurred_at,"
        " received_at, camera, step, due_at) values (1, 1, 'R', 'PMJ', 'received', now() - interval '61 seconds',"
        " '{X}', now(), now(), 'CAM-1', 'screening', now() + interval '1 hour')",
    )
    found = report(shell, code=2)
    assert not found["waiting"]["ok"]
    assert "1 cases on the step screening" in found["waiting"]["found"]
