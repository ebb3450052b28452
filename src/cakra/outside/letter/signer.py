"""Sealing a letter's PDF: the state's certified e-signature (BSrE) in production, a key of our own elsewhere."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

from cakra.core.errors import CakraError, SetupError
from cakra.kit.clock import now

if TYPE_CHECKING:
    from cakra.outside.letter.pades import LocalSigner

_VALID = timedelta(days=365)


class SigningFailed(CakraError):
    """A letter could not be signed now; it is not kept and may be sent again."""

    code = "signing"


class PdfSigner(Protocol):
    """Signs whole PDFs, PAdES baseline B-B or better. The state's service implements this over HTTP."""

    async def sign(self, pdf: bytes) -> bytes:
        """The same PDF with one more signature, appended. Raises SigningFailed."""


def read_signer(path: Path, passphrase: str) -> "LocalSigner":
    """The signer of a PKCS #12 file; SetupError says what is wrong with it."""
    from cakra.outside.letter.pades import LocalSigner

    try:
        return LocalSigner(path.read_bytes(), passphrase.encode() or None)
    except OSError as problem:
        raise SetupError(f"The letters' certificate {path} cannot be read: {problem}.") from problem


def self_made_signer(name: str) -> "LocalSigner":
    """A signer with a fresh key and a certificate that nobody else vouches for, valid for a year."""
    from cakra.outside.letter.pades import LocalSigner

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
        .not_valid_after(since + _VALID)
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
