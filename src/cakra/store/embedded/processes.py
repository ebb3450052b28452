"""The server's processes as the operating system sees them; a process id in a file alone proves nothing."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass

import psutil

from cakra.core.errors import StoreError
from cakra.kit.logs import get_logger
from cakra.store.embedded.cluster import title
from cakra.store.embedded.home import Home

# After its postmaster was killed a child ends by itself, unless it is deep in work; then it is told to.
ORPHAN_PATIENCE_S = 2.0
ORPHAN_LIMIT_S = 20.0
# Lines of postmaster.pid; the state comes last and is there once all others are.
PID_LINE, PORT_LINE, STATE_LINE = 0, 3, 7
log = get_logger(__name__)


@dataclass(frozen=True)
class Postmaster:
    """What `postmaster.pid` says of a server that is really there."""

    pid: int
    port: int
    ready: bool


def read_postmaster(home: Home) -> Postmaster | None:
    """The server that runs on this cluster; None when there is none, whatever a left-over file claims."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = (home.cluster / "postmaster.pid").read_text().splitlines()
        pid = int(lines[PID_LINE])
        if is_postmaster(pid, home):
            written = len(lines) > STATE_LINE
            ready = written and lines[STATE_LINE].strip() == "ready"
            return Postmaster(pid, int(lines[PORT_LINE]) if written else 0, ready)
    return None


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is dead and merely not collected by its parent does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def is_postmaster(pid: int, home: Home) -> bool:
    """Whether this process runs, and was started on this cluster under the cluster's own account."""
    try:
        process = psutil.Process(pid)
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.uids().real == home.cluster.stat().st_uid
            and f"config_file={home.place / 'postgresql.conf'}" in process.cmdline()
        )
    except (psutil.Error, FileNotFoundError):  # the process, or the cluster, is not there
        return False


def find_starting(home: Home) -> int | None:
    """A postmaster that has not written its file yet: its launcher was killed in that moment."""
    if not home.cluster.is_dir():
        return None
    return next((pid for pid in psutil.pids() if is_postmaster(pid, home)), None)


def wait_gone(pid: int, seconds: float) -> bool:
    """Wait until the process has ended; False when it still runs after that time."""
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def clear_away_dead_server(home: Home) -> None:
    """After a crash: wait for the dead postmaster's children, end those that stay, drop the stale pid and lock files.

    The caller holds the folder's lock and knows that no postmaster runs. Raises StoreError when a child
    cannot be ended: starting beside it would damage the data, and PostgreSQL would refuse to.
    """
    begun = time.monotonic()
    told: set[int] = set()
    while children := _children(home):
        waited = time.monotonic() - begun
        if waited > ORPHAN_LIMIT_S:
            raise StoreError(
                f"Processes {', '.join(map(str, children))} are left over from a killed server and do not "
                "end; end them (kill -9) and start again."
            )
        for pid in children:
            if waited > ORPHAN_PATIENCE_S and pid not in told:
                told.add(pid)
                log.warning("orphan_ended", pid=pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    # The socket's lock names the dead postmaster too: PostgreSQL believes it as long as nobody collected that process.
    for left in home.cluster.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):
        (home.cluster / "postmaster.pid").unlink()
        log.info("stale_pid_file_removed", data_dir=str(home.data_dir))


def _children(home: Home) -> list[int]:
    """Server processes that carry this cluster's title and its account."""
    wanted, owner = f"postgres: {title(home)}: ", home.cluster.stat().st_uid
    found = []
    for process in psutil.process_iter(["cmdline", "uids", "status"]):
        seen = process.info
        if (
            seen["cmdline"]
            and seen["cmdline"][0].startswith(wanted)
            and seen["uids"].real == owner
            and seen["status"] != psutil.STATUS_ZOMBIE
        ):
            found.append(process.pid)
    return found
