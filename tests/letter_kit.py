"""Letters for tests: a message with address and photograph, and a private OpenSSH server as the print house."""

import contextlib
import getpass
import hashlib
import io
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID
from PIL import Image, ImageDraw

from cakra.core.ports import Message, Picture, PostalAddress
from cakra.kit.clock import now
from cakra.kit.ids import new_reference, show_reference
from cakra.outside.letter import PrintHouse
from cakra.outside.letter.pades import LocalSigner

AGENCY = "Direktorat Lalu Lintas Contoh"
SITE = "etle.contoh.example"
OFFENCE, ARTICLE = "Melanggar ganjil-genap", "Pasal 287 ayat (1) jo. Pasal 106 ayat (4) huruf a"
ADDRESS = PostalAddress(
    "Siti Rahayu",
    ("Jl. Kebon Kacang XXIX No. 12 RT 004 RW 007", "Kel. Kebon Kacang, Kec. Tanah Abang", "Kota Jakarta Pusat"),
    "10240",
)
SSHD = Path("/usr/sbin/sshd")


def photo(seed: int = 0, size: tuple[int, int] = (800, 600)) -> Picture:
    image = Image.new("RGB", size, (80 + seed % 100, 110, 150))
    draw = ImageDraw.Draw(image)
    for step in range(0, size[0], 40):
        draw.rectangle((step, (step * 7 + seed * 13) % size[1], step + 30, size[1]), fill=(step % 255, 90, seed % 255))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return Picture(hashlib.sha256(out.getvalue()).digest(), out.getvalue())


def letter(tag: str, *, reference: str = "", postal: PostalAddress | None = ADDRESS, **said: str) -> Message:
    reference = reference or new_reference(1)
    variables = {
        "plat": "B 1234 XYZ",
        "instansi": AGENCY,
        "pelanggaran": OFFENCE,
        "waktu": "21 Nov 2026 08.01 WIB",
        "lokasi": "Jl. M.H. Thamrin",
        "ref": show_reference(reference),
        "situs": SITE,
        **said,
    }
    return Message(tag, "", "etle_konfirmasi_v1", "id", variables, reference, photo(len(tag)), postal=postal)


@dataclass
class SshPeer:
    """A running OpenSSH server; `drop` is the folder that clients put files in."""

    port: int
    home: Path
    process: subprocess.Popen[bytes]

    @property
    def drop(self) -> Path:
        return self.home / "drop"

    def house(self, *, known_hosts: Path | None = None, port: int | None = None) -> PrintHouse:
        return PrintHouse(
            "127.0.0.1",
            port or self.port,
            getpass.getuser(),
            self.home / "client",
            known_hosts or self.home / "known_hosts",
            str(self.drop),
            timeout_s=20,
        )

    def known_as(self, public_key: Path, name: str = "other_hosts") -> Path:
        """A known_hosts file that expects this key of our server."""
        file = self.home / name
        kind, key, *_ = public_key.read_text().split()
        file.write_text(f"[127.0.0.1]:{self.port} {kind} {key}\n")
        return file

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def require_openssh() -> None:
    """Skip loudly without OpenSSH's server; on CI that is a failure."""
    if not SSHD.is_file():
        _missing("openssh-server")


def require_poppler() -> None:
    """Likewise for the tools that read PDFs back."""
    if not shutil.which("pdftotext"):
        _missing("poppler-utils")


def _missing(package: str) -> None:
    told = f"Debian's {package} is missing: apt-get install {package} (make test does, as root)"
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)


@contextlib.contextmanager
def running_sshd(*, read_only: bool = False) -> Iterator[SshPeer]:
    """OpenSSH with keys, configuration and port of its own; nothing of the machine's is read or changed."""
    home = Path(tempfile.mkdtemp(prefix="cakra-sshd-"))
    try:
        (home / "drop").mkdir()
        make_key(home / "host")
        make_key(home / "client")
        (home / "authorized").write_bytes((home / "client.pub").read_bytes())
        if os.geteuid() == 0:
            # Run by root, sshd wants this folder for its unprivileged half.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        config = home / "config"
        config.write_text(
            f"ListenAddress 127.0.0.1:{port}\nHostKey {home}/host\nAuthorizedKeysFile {home}/authorized\n"
            f"Subsystem sftp internal-sftp{' -R' if read_only else ''}\nPidFile none\nStrictModes no\nUsePAM no\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
        )
        with (home / "log").open("wb") as log:
            process = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=log, stdin=subprocess.DEVNULL)
        peer = SshPeer(port, home, process)
        try:
            _until_listening(peer)
            peer.known_as(home / "host.pub", "known_hosts")
            yield peer
        finally:
            if process.poll() is None:
                peer.stop()
    finally:
        shutil.rmtree(home)


def make_key(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)


def _until_listening(peer: SshPeer) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and peer.process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", peer.port), timeout=1) as line:
            if line.recv(4) == b"SSH-":
                return
        time.sleep(0.05)
    pytest.fail(f"sshd did not start: {(peer.home / 'log').read_text()}")


def self_made_signer(name: str) -> LocalSigner:
    """A signer with a fresh key and a certificate that nobody else vouches for, valid for a year."""
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    since = now() - timedelta(minutes=5)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    return LocalSigner(serialize_key_and_certificates(name.encode(), key, certificate, None, NoEncryption()))
