"""Debian's Postfix as a private instance: own configuration, queue and ports, nothing of the system's touched.

One process group with two faces: the mail server beside us, and (on another port, under another name) the
mail server of a recipient's domain, so that bounces are made by the real thing.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from whatsapp_peer import until

PROGRAM, MASTER = Path("/usr/sbin/postfix"), Path("/usr/lib/postfix/sbin/master")
DOMAIN, OWNERS, ELSEWHERE, SINK = "notif.etle.example", "pemilik.example", "tujuan.example", "buang.example"

_SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{far_port} inet n - n - - smtpd
  -o myhostname=mx.tujuan.example
  -o smtpd_relay_restrictions=permit_mynetworks,reject
  -o smtpd_recipient_restrictions=check_recipient_access,texthash:{home}/etc/far_access,permit
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/maillog
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.etle.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
default_database_type = texthash
recipient_delimiter = +
virtual_mailbox_domains = {domain} {owners}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = texthash:{home}/etc/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
transport_maps = texthash:{home}/etc/transport
smtpd_recipient_restrictions = check_recipient_access texthash:{home}/etc/access
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_discard_ehlo_keywords = {hidden}
smtpd_tls_security_level = {tls}
smtpd_tls_chain_files = {chain}
smtp_tls_security_level = none
smtp_dns_support_level = disabled
smtp_host_lookup = native
delay_warning_time = {warning}
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
maximal_queue_lifetime = {lifetime}
bounce_queue_lifetime = {lifetime}
smtpd_tls_received_header = yes
message_size_limit = 2000000
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
"""


@dataclass
class Postfix:
    """A running instance."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def bounces(self) -> Path:
        """The Maildir of our return addresses."""
        return self.home / "mail" / "bounce"

    def delivered(self, box: str = "ibu") -> list[bytes]:
        """Messages in an owner's mailbox."""
        return [path.read_bytes() for path in sorted((self.home / "mail" / box / "new").iterdir())]

    def log(self) -> str:
        return (self.home / "maillog").read_text()


def require_postfix() -> None:
    """Postfix needs root; where it cannot run the tests say so loudly, and fail on CI."""
    reason = "" if PROGRAM.exists() else "Debian's postfix is not installed (tools/setup tests)"
    reason = reason or ("" if os.geteuid() == 0 else "Postfix can only be started by root")
    if reason and os.environ.get("CI"):
        pytest.fail(f"REAL MAIL SERVER MISSING: {reason}")
    if reason:
        pytest.skip(f"REAL MAIL SERVER MISSING, its tests are left out: {reason}")


@contextmanager
def postfix(*, tls_chain: Path | None = None, hidden: str = "", lifetime: str = "1d") -> Iterator[Postfix]:
    """A running Postfix; every process of it has ended afterwards.

    Recipients: `ibu@` the owners' domain has a mailbox, anybody else there has none; `nanti@` is greylisted,
    `kebijakan@` refused by policy; elsewhere `hilang@` is unknown, `curiga@` refused by policy, `penuh@` is put
    off for ever, everybody else is taken; the sink's domain swallows all.
    """
    require_postfix()
    home = Path(tempfile.mkdtemp(prefix="cakra-postfix-"))
    try:
        home.chmod(0o755)
        port = _lay_out(home, tls_chain, hidden, lifetime)
        with (home / "console").open("wb") as console:
            # `check` makes the queue's folders; the master runs as our child, leading a session of its own.
            subprocess.run([PROGRAM, "-c", home / "etc", "check"], stdout=console, stderr=console, check=True)
            process = subprocess.Popen([MASTER, "-c", home / "etc", "-s"], stdout=console, stderr=console)
        try:
            until(lambda: _greets(port) or process.poll() is not None, 60)
            assert process.poll() is None, (home / "console").read_text()
            yield Postfix(home, port, process)
        finally:
            _end(process)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _lay_out(home: Path, tls_chain: Path | None, hidden: str, lifetime: str) -> int:
    mail, etc, data = home / "mail", home / "etc", home / "data"
    for folder in (etc, data, mail, home / "queue"):
        folder.mkdir()
    shutil.chown(data, "postfix")
    user = pwd.getpwnam("postfix")
    for box in ("ibu", "bounce"):
        for folder in (mail / box, *(mail / box / part for part in ("new", "cur", "tmp"))):
            folder.mkdir()
            os.chown(folder, user.pw_uid, user.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as near, socket.create_server(("127.0.0.1", 0)) as far:
        port, far_port = near.getsockname()[1], far.getsockname()[1]
    chain = tls_chain or ""
    (etc / "master.cf").write_text(_SERVICES.format(port=port, far_port=far_port, home=home))
    (etc / "main.cf").write_text(
        _MAIN.format(
            home=home,
            domain=DOMAIN,
            owners=OWNERS,
            uid=user.pw_uid,
            gid=user.pw_gid,
            hidden=hidden,
            tls="may" if tls_chain else "none",
            chain=chain,
            lifetime=lifetime,
            warning="1s" if lifetime != "1d" else "0h",
        )
    )
    (etc / "boxes").write_text(f"ibu@{OWNERS} ibu/\nbounce@{DOMAIN} bounce/\n")
    (etc / "transport").write_text(f"{ELSEWHERE} smtp:[127.0.0.1]:{far_port}\n{SINK} discard:\n")
    (etc / "access").write_text(
        f"nanti@{OWNERS} 450 4.7.1 Greylisted, come again\nkebijakan@{OWNERS} 554 5.7.1 Blocked by policy\n"
    )
    (etc / "far_access").write_text(
        f"hilang@{ELSEWHERE} 550 5.1.1 No such mailbox\ncuriga@{ELSEWHERE} 550 5.7.1 Poor reputation\n"
        f"penuh@{ELSEWHERE} 452 4.2.2 Mailbox full\n{ELSEWHERE} DISCARD taken\n"
    )
    return int(port)


def _greets(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as talk:
        return talk.recv(100).startswith(b"220")
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop the master, which stops its children; then see that none of its session is left."""
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)
    gone, alive = psutil.wait_procs(children, timeout=20)
    alive = [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    for one in alive:
        one.kill()
    assert not alive, f"Postfix left processes after {len(gone)} ended: {alive}"
