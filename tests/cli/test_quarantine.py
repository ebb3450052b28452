"""`cakra quarantine`: listed, shown masked, tried again, dropped; each in the name of somebody who may."""

import secrets

import pytest
from tests.cli.conftest import Shell
from tests.cli.test_camera import in_pool, rows

from cakra.doors.cameras import camera_doors
from cakra.kit.seal import Sealer
from cakra.kit.settings import Intake
from cakra.outside.photos import open_photo_store
from camera_kit import add_camera, client_of, event, multipart, photograph, signed
from console_kit import HASHED, PASSWORD
from officers import put_officer

SARI = ("--as", "sari")


@pytest.fixture
def kept(shell: Shell) -> list[int]:
    """Two signed events whose offence nobody knew, from a camera with this installation's keys."""
    root = bytes.fromhex(shell.environment["CAKRA_KEYS__ROOT"])

    async def send(pool):
        await add_camera(pool)
        key = secrets.token_bytes(32)
        await pool.execute("update camera set hmac_key = $1", Sealer(root, "camera").seal(key, b"CAM-1"))
        for name, role in (("sari", "supervisor"), ("rina", "reviewer")):
            await put_officer(pool, name, role, hashed=HASHED)
        store = open_photo_store(shell.environment["CAKRA_PHOTOS__URL"])
        doors = camera_doors(pool, store, root_key=root, settings=Intake(), offences=frozenset({"LAIN"}))
        async with client_of(doors) as client:
            for number in range(2):
                body, kind = multipart(event(f"E{number}", plate={"text": "B4321QQQ"}), [photograph(number)])
                await client.post("/v1/events", content=body, headers=signed(body, kind, key=key))

    in_pool(shell, send)
    return [row["quarantine_id"] for row in rows(shell, "select quarantine_id from quarantine order by 1")]


def test_it_is_listed_shown_released_and_dropped(shell: Shell, kept: list[int]) -> None:
    listed = shell.lines("quarantine", "list")
    assert len(listed) == 3
    assert "offence_unknown" in listed[1]
    shown = "\n".join(shell.lines("quarantine", "show", str(kept[0]), *SARI, stdin=PASSWORD + "\n"))
    assert "GANJIL_GENAP" in shown
    assert "4321" not in shown
    told = shell.lines("quarantine", "release", str(kept[0]), *SARI, stdin=PASSWORD + "\n")
    assert told == [f"{kept[0]} was taken: A new case was opened."]
    assert [row["offence"] for row in rows(shell, "select offence from camera_event")] == ["GANJIL_GENAP"]
    assert "already" in shell.refusal("quarantine", "release", str(kept[0]), *SARI, stdin=PASSWORD + "\n")
    drop = ("quarantine", "drop", str(kept[1]), "--reason", "kamera uji")
    assert "no grant in force" in shell.refusal(*drop, "--as", "rina", stdin=PASSWORD + "\n")
    assert "is wrong" in shell.refusal(*drop, *SARI, stdin="salah\n")
    assert shell.lines(*drop, *SARI, stdin=PASSWORD + "\n") == [f"{kept[1]} was dropped."]
    assert len(shell.lines("quarantine", "list")) == 1
    assert len(shell.lines("quarantine", "list", "--all")) == 3
    made = rows(shell, "select action, outcome, reason from quarantine_action order by action_id")
    assert [tuple(row) for row in made] == [
        ("show", "shown", ""),
        ("release", "opened", ""),
        ("drop", "dropped", "kamera uji"),
    ]


def test_what_is_not_there_says_so(shell: Shell, kept: list[int]) -> None:
    assert "Nothing 12 is in quarantine" in shell.refusal("quarantine", "show", "12", *SARI, stdin=PASSWORD + "\n")


def test_cameras_list_says_when_each_was_last_heard(shell: Shell, kept: list[int]) -> None:
    heading, line = shell.lines("camera", "list")
    assert heading.endswith("last heard")
    assert line.split("\t")[-1].startswith("20")
