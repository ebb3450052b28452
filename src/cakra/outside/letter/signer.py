"""Sealing a letter's PDF: the state's certified e-signature (BSrE) in production, a key of our own elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cakra.core.errors import CakraError, SetupError

if TYPE_CHECKING:
    from cakra.outside.letter.pades import LocalSigner


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
