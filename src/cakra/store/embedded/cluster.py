"""Making a cluster, its password, its settings and who may enter."""

import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from cakra.core.errors import SetupError, StorageFull, StoreError
from cakra.store.embedded.account import Account
from cakra.store.embedded.binaries import MAJOR
from cakra.store.embedded.home import Home, open_log, plain_errors, write_private

NEW_CLUSTER_BYTES = 160 * 1024 * 1024  # files of an empty cluster and its first write-ahead log
# The kernel's limit for the address of a unix socket, less "/.s.PGSQL.65535" and the final zero.
SOCKET_FOLDER_BYTES = 107 - 16
OURS = frozenset(
    ("cluster_name", "config_file", "data_directory", "hba_file", "ident_file", "listen_addresses", "port")
)
# For a small machine that must not lose what it acknowledged. No statement reaches the log: statements and
# the details of errors carry people's names and numbers.
SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


def check_version(cluster: Path) -> None:
    """Refuse a cluster of another PostgreSQL. Raises SetupError or StoreError."""
    try:
        found = (cluster / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise StoreError(
            f"{cluster} holds no readable database ({error.strerror}); restore it from a copy, "
            "or name another data folder."
        ) from error
    if found != str(MAJOR):
        raise SetupError(
            f"The database files in {cluster} were made by PostgreSQL {found}, this release has {MAJOR}; "
            f"dump them with the release that made them, or name another data folder."
        )


def make_cluster(home: Home, account: Account, programs: Path) -> None:
    """Create the cluster with role and database `cakra`; after a crash half-way the next call starts over."""
    free = shutil.disk_usage(home.place).free
    if free < NEW_CLUSTER_BYTES:
        raise StorageFull(
            f"{home.place} has {free >> 20} MB free and a new database needs {NEW_CLUSTER_BYTES >> 20} MB; "
            "free some space and start again."
        )
    # A name of its own: the initdb of a launcher that was killed may still be writing into an older one.
    fresh = home.place / f"new-{secrets.token_hex(4)}"
    with plain_errors(home.place):
        for unfinished in home.place.glob("new-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if account.lent:
            shutil.chown(fresh, account.uid, account.gid)
    locale: list[str | Path] = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "-E", "UTF8"]
    command = [programs / "initdb", "-U", "postgres", "-A", "reject", *locale, "--no-instructions", "-D", fresh]
    _run(command, home, account, doing="make a new database")
    password = _password(home)
    _single_user(
        fresh,
        home,
        account,
        programs,
        f"CREATE ROLE cakra LOGIN CREATEDB PASSWORD '{password}'",
        "CREATE ROLE cakra_application NOLOGIN",
        "CREATE ROLE cakra_reader NOLOGIN",
        "GRANT cakra_application, cakra_reader TO cakra",
        "GRANT pg_monitor, pg_checkpoint, pg_signal_backend TO cakra",
        "CREATE DATABASE cakra OWNER cakra",
    )
    with plain_errors(home.place):
        fresh.rename(home.cluster)


def mend_password(home: Home, account: Account, programs: Path) -> None:
    """Give role `cakra` a new password when the file with the old one is gone; the server must not run."""
    if not home.passfile.exists():
        _single_user(home.cluster, home, account, programs, f"ALTER ROLE cakra PASSWORD '{_password(home)}'")


def configure(home: Home, account: Account, port: int, settings: Mapping[str, str]) -> None:
    """Write settings and access rules; loopback and a socket only, never without a password."""
    wrong = sorted(name for name in settings if name in OURS or not re.fullmatch(r"[a-z_.]+", name))
    if wrong:
        raise SetupError(f"The database setting {wrong[0]!r} cannot be chosen here; leave it out.")
    place = home.place
    short = len(str(home.cluster).encode()) <= SOCKET_FOLDER_BYTES
    ours = {
        "data_directory": str(home.cluster),
        "hba_file": str(place / "pg_hba.conf"),
        "ident_file": str(place / "pg_ident.conf"),
        "cluster_name": title(home),
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": '"' + str(home.cluster).replace('"', '""') + '"' if short else "",
        "unix_socket_permissions": "0700",
    }
    lines = [f"{name} = '{_quoted(value)}'" for name, value in {**SETTINGS, **settings, **ours}.items()]
    texts = {
        "postgresql.conf": "# Written at every start; changes made here are lost.\n" + "\n".join(lines) + "\n",
        "pg_hba.conf": "local all postgres peer map=owner\n"
        "local all cakra scram-sha-256\n"
        "host all cakra 127.0.0.1/32 scram-sha-256\n",
        "pg_ident.conf": f'owner "{account.name}" postgres\nowner root postgres\n',
    }
    with plain_errors(place):
        for name, text in texts.items():
            write_private(place / name, text, like=place)


def title(home: Home) -> str:
    """The name that every process of this cluster's server carries in the process list."""
    return f"cakra-{home.place.stat().st_ino:x}-{home.place.stat().st_dev:x}"


def explain(said: str, home: Home, doing: str) -> StoreError | SetupError:
    """What PostgreSQL said as one sentence of ours."""
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return StorageFull(f"The disk that holds {home.place} is full; free some space and start again.")
    lines = [line for line in said.splitlines() if re.search(r"FATAL|PANIC|[Ee]rror:|ERROR", line)]
    # The first complaint is the cause, what follows is clearing up.
    cause = re.sub(
        r"^.*?(FATAL|PANIC|ERROR|error):\s*", "", (lines or said.splitlines()[-1:] or ["it said nothing"])[0]
    )
    if "parameter" in cause or "configuration file" in cause:
        return SetupError(f"PostgreSQL refused a setting: {said.strip().splitlines()[0]}; mend it and start again.")
    if "Permission denied" in cause:
        return SetupError(f"PostgreSQL may not use its files ({cause}); give {home.place} back to its account.")
    return StoreError(f"PostgreSQL could not {doing}: {cause} (all it said is in {home.log_file}).")


def _password(home: Home) -> str:
    """The password out of its file, made first when there is none."""
    with plain_errors(home.data_dir):
        if not home.passfile.exists():
            write_private(home.passfile, f"*:*:*:cakra:{secrets.token_urlsafe(32)}\n")
            home.give_to_owner(home.passfile)
        return home.passfile.read_text().strip().rpartition(":")[2]


def _single_user(cluster: Path, home: Home, account: Account, programs: Path, *statements: str) -> None:
    """Run statements, one a line, on a cluster that no server holds; an error in one ends the run."""
    command: list[str | Path] = [programs / "postgres", "--single", "-D", cluster, "-c", "exit_on_error=on", "postgres"]
    _run(command, home, account, doing="set up its database", stdin="".join(f"{line}\n" for line in statements))


def _run(command: Sequence[str | Path], home: Home, account: Account, *, doing: str, stdin: str = "") -> None:
    try:
        done = account.run(command, stdin=stdin)
    except OSError as error:
        raise StoreError(f"{command[0]} could not be run as {account.name}: {error}.") from error
    if done.returncode:
        said = done.stdout + done.stderr
        with plain_errors(home.data_dir), open_log(home) as log_file:
            log_file.write(said.encode())
        raise explain(said, home, doing)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
