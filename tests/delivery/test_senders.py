"""A sender that the provider stopped: nothing is claimed, nothing is lost, a named person lets it go on."""

import asyncio
import os

import pytest

from cakra.core.access.rights import NotAllowed
from cakra.core.errors import InputError, NotFound
from cakra.core.states.journey import State
from cakra.delivery.senders import list_senders, release_sender
from camera_kit import ROOT_KEY
from console_kit import HASHED, PASSWORD
from dispatch_kit import status
from officers import put_officer
from zygote import run_cakra

BLOCKED, BILLING = 368, 131042
REASON = "Billing was settled with the provider"


@pytest.fixture
async def officers(pool):
    for username, role, active in (
        ("komandan", "commander", True),
        ("peninjau", "reviewer", True),
        ("lama", "supervisor", False),
    ):
        await put_officer(pool, username, role, active=active, hashed=HASHED)


async def stopped(ground):
    """A sender stopped by the answer to one notice, with another one waiting."""
    first = await ground.queue()
    ground.peer.faults(answer_code=BLOCKED)
    await ground.send()
    ground.peer.faults(answer_code=None)
    return first, await ground.queue()


async def test_a_stopped_sender_claims_nothing_and_loses_nothing(ground):
    first, second = await stopped(ground)
    notice, attempt = await ground.notice(first), await ground.attempt(first)
    assert (notice["state"], notice["step"]) == ("queued", "dispatch")
    assert (attempt["state"], attempt["action"]) == ("refused", "stop_sender")
    assert (await ground.case(first)).state is State.NOTIFYING
    await ground.pass_time(first, "dispatch")
    assert await ground.claim() == []
    (line,) = await list_senders(ground.pool)
    assert (line.channel, line.sender, line.stopped, line.waiting) == ("whatsapp", ground.sender.name, True, 2)
    assert line.reason.startswith(str(BLOCKED))
    assert len(await ground.attempts(second)) == 0


async def test_other_senders_go_on(ground, pool):
    await stopped(ground)
    await pool.execute("update sender_state set sender = 'another number'")
    assert len(await ground.claim()) == 1


async def test_a_released_sender_sends_what_waited_at_once(ground, officers):
    first, second = await stopped(ground)
    await release_sender(ground.pool, "whatsapp", ground.sender.name, by="komandan", reason=REASON)
    (line,) = await list_senders(ground.pool)
    assert (line.stopped, line.reason) == (False, f"released by komandan: {REASON}")
    assert len(await ground.send()) == 2
    assert [(await ground.notice(one))["state"] for one in (first, second)] == ["accepted", "accepted"]


async def test_a_late_failure_of_the_account_stops_its_sender_once(ground, officers):
    first, second = await ground.queue(), await ground.queue()
    await ground.send()
    await ground.tell(status(first.tag(), "failed", code=BILLING))
    (line,) = await list_senders(ground.pool)
    assert (line.sender, line.stopped) == (ground.sender.name, True)
    await ground.queue()
    assert await ground.claim() == []
    await release_sender(ground.pool, "whatsapp", ground.sender.name, by="komandan", reason=REASON)
    await ground.tell(status(first.tag(), "failed", code=BILLING))
    assert len(await ground.claim()) == 1, "the same word again does not stop it again"
    assert (await ground.case(second)).state is State.NOTIFYING


@pytest.mark.parametrize(
    ("told", "kind", "words"),
    [
        ({"by": "peninjau"}, NotAllowed, "peninjau holds no grant"),
        ({"by": "lama"}, NotAllowed, "lama holds no grant"),
        ({"by": "nobody"}, NotAllowed, "nobody holds no grant"),
        ({"reason": "  "}, InputError, "reason"),
        ({"reason": "x" * 301}, InputError, "reason"),
        ({"sender": "+62 1"}, NotFound, "No whatsapp sender"),
        ({"channel": "email"}, NotFound, "No email sender"),
    ],
)
async def test_only_a_leading_officer_with_a_reason_releases(ground, officers, told, kind, words):
    await stopped(ground)
    asked = {"channel": "whatsapp", "sender": ground.sender.name, "by": "komandan", "reason": REASON} | told
    with pytest.raises(kind, match=words):
        await release_sender(ground.pool, asked["channel"], asked["sender"], by=asked["by"], reason=asked["reason"])
    (line,) = await list_senders(ground.pool)
    assert line.stopped
    assert await ground.claim() == []


async def cakra(database_url, folder, *arguments, stdin=""):
    """One command of ours as a process; (exit status, standard output, standard error)."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
    told = clean | {"CAKRA_DATABASE__URL": database_url, "CAKRA_KEYS__ROOT": ROOT_KEY.hex(), "COLUMNS": "200"}
    done = await asyncio.to_thread(run_cakra, arguments, folder=folder, variables=told, stdin=stdin)
    return done.returncode, done.stdout, done.stderr


async def test_the_command_shows_and_releases(ground, officers, database_url, tmp_path):
    await stopped(ground)
    name = ground.sender.name
    code, shown, _ = await cakra(database_url, tmp_path, "sender", "list")
    assert code == 0
    assert name in shown
    assert "stopped" in shown
    release = ("sender", "release", name, "--reason", REASON, "--as")
    code, _, refused = await cakra(database_url, tmp_path, *release, "komandan", stdin="salah\n")
    assert (code, "password of komandan is wrong" in refused) == (2, True)
    code, _, refused = await cakra(database_url, tmp_path, *release, "peninjau", stdin=f"{PASSWORD}\n")
    assert code == 2
    assert "peninjau holds no grant" in refused
    assert "Traceback" not in refused
    kept = await ground.pool.fetch("select what, username, asked, act from staff_refusal order by refusal_id")
    assert [tuple(row) for row in kept] == [
        ("sign_in", "komandan", "cakra sender release", None),
        ("not_allowed", "peninjau", "cakra sender release", "release_senders"),
    ]
    code, said, log = await cakra(database_url, tmp_path, *release, "komandan", stdin=f"{PASSWORD}\n")
    assert (code, "goes on" in said) == (0, True)
    assert "sender_released" in log
    assert "komandan" in log
    assert len(await ground.send()) == 2
