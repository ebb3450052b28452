"""`cakra up` under `kill -9` of each of its parts, and its end."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import psutil
import pytest
from tests.cli.conftest import Running, Shell
from tests.system import free_port, until

from cakra.store.embedded import EmbeddedServer, ensure_running, find_running, stop

_direct = build_opener(ProxyHandler({}))
SECRETS = {"ACCESS_TOKEN": "token-contoh", "APP_SECRET": "rahasia-contoh", "VERIFY_TOKEN": "verifikasi-contoh"}


@pytest.fixture
def town(embedded_shell: Shell) -> Iterator[Shell]:
    """A simulated provider beside it, on free ports."""
    web, provider = free_port(), free_port()
    embedded_shell.environment.update(
        {
            "CAKRA_LOG_LEVEL": "info",
            "CAKRA_DEMO": "true",
            "CAKRA_WEB__PORT": str(web),
            "CAKRA_PORTAL__BASE_URL": f"http://127.0.0.1:{web}",
            "CAKRA_WHATSAPP__BASE_URL": f"http://127.0.0.1:{provider}",
            **{f"CAKRA_WHATSAPP__{name}": value for name, value in SECRETS.items()},
        }
    )
    with embedded_shell.running("sandbox") as peer:
        peer.until_said(f"http://127.0.0.1:{provider}/phone/")
        yield embedded_shell


def data(shell: Shell) -> Path:
    return shell.folder / "var" / "postgresql"


def child(up: Running, name: str) -> int | None:
    """The process id of `cakra NAME` under `up`."""
    for process in psutil.Process(up.process.pid).children():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.cmdline()[-1:] == [name]:
                return process.pid
        except psutil.NoSuchProcess:
            continue
    return None


def healthy(shell: Shell) -> bool:
    try:
        with _direct.open(shell.environment["CAKRA_PORTAL__BASE_URL"] + "/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (HTTPError, OSError):
        return False


def wait_until_up(shell: Shell, up: Running) -> None:
    def ready() -> bool:
        assert up.process.poll() is None, up.said
        return healthy(shell) and child(up, "worker") is not None

    until(ready, 120, "a served portal and a worker")


def test_what_is_killed_comes_back_and_sigterm_ends_all(town: Shell) -> None:
    with town.running("up") as up:
        wait_until_up(town, up)
        for name in ("web", "worker"):
            killed = child(up, name)
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            until(lambda name=name, killed=killed: child(up, name) not in {None, killed}, 60, f"another {name}")
        before = find_running(data(town))
        assert before is not None
        os.kill(before.pid, signal.SIGKILL)

        def returned() -> EmbeddedServer | None:
            found = find_running(data(town))
            return found if found is not None and found.pid != before.pid else None

        until(returned, 60, "another database")
        wait_until_up(town, up)
        left = [child(up, name) for name in ("web", "worker")]
        up.process.terminate()
        assert up.process.wait(90) == 0, up.said
    assert not [pid for pid in left if pid is not None and psutil.pid_exists(pid)]
    assert find_running(data(town)) is None
    assert "Traceback" not in up.said


def test_a_database_that_ran_before_is_left_running_after_ctrl_c(town: Shell) -> None:
    before = ensure_running(data(town))
    try:
        with town.running("up") as up:
            wait_until_up(town, up)
            up.process.send_signal(signal.SIGINT)
            assert up.process.wait(90) == 0, up.said
        after = find_running(data(town))
        assert after is not None
        assert after.pid == before.pid
    finally:
        stop(data(town))


def test_a_taken_port_is_named_and_nothing_is_left_running(town: Shell) -> None:
    taken = town.environment["CAKRA_WHATSAPP__BASE_URL"].rpartition(":")[2]
    town.environment["CAKRA_WEB__PORT"] = taken
    done = town.run("up")
    assert done.returncode == 2
    assert f"cakra: Cannot listen on 127.0.0.1:{taken}" in done.stderr
    assert "Traceback" not in done.stderr
    assert find_running(data(town)) is None
