"""Debian's pgBouncer before a test's own database: a private instance that ends with the test."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from children import free_port, until

PROGRAM = Path("/usr/sbin/pgbouncer")


@contextmanager
def pgbouncer(database_url: str, *, mode: str, ignored: str = "jit") -> Iterator[str]:
    """The address of the same database through a pooler in this mode; `ignored`: ignore_startup_parameters."""
    if not PROGRAM.exists():
        reason = f"REAL POOLER MISSING: {PROGRAM}; run `make test` as root, or install pgbouncer"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    told = urlsplit(database_url)
    password = Path(unquote(parse_qs(told.query)["passfile"][0])).read_text().strip().rpartition(":")[2]
    port, name = free_port(), told.path.lstrip("/")
    with tempfile.TemporaryDirectory(prefix="cakra-pooler-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        (home / "users.txt").write_text(f'"cakra" "{password}"\n')
        (home / "pgbouncer.ini").write_text(
            f"[databases]\n{name} = host=127.0.0.1 port={told.port} dbname={name} user=cakra password={password}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = plain\n"
            f"auth_file = {home}/users.txt\npool_mode = {mode}\nignore_startup_parameters = {ignored}\n"
            f"logfile =\npidfile =\nunix_socket_dir =\n"
        )
        command = [str(PROGRAM), str(home / "pgbouncer.ini")]
        if os.geteuid() == 0:  # it refuses to run as root
            account = pwd.getpwnam("nobody")
            for file in home.iterdir():
                shutil.chown(file, account.pw_uid)
            command[1:1] = ["-u", "nobody"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            until(lambda: _listens(port), 20, "a listening pgBouncer")
            yield f"postgresql://cakra:{password}@127.0.0.1:{port}/{name}"
        finally:
            process.terminate()
            process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
