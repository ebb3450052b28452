"""PAdES signatures with a key at hand, by pyHanko."""

import asyncio
import io
import secrets
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest, SignatureObject

from cakra.core.errors import SetupError
from cakra.kit.clock import now
from cakra.outside.letter.signer import PdfSigner, SigningFailed

# Hex digits for the signature. Left to itself the library signs twice, once only to learn this figure.
_RESERVED = 8192
_DIGEST_BYTES = 32


class LocalSigner(PdfSigner):
    """PAdES B-B with a key at hand (PKCS #12): for tests and demonstrations, no certified signature.

    What the library writes about a signature is the same for every letter but for the digest and the signature's own
    bytes, and building it anew was most of the cost: it is built once, and those two are put in their places.
    """

    def __init__(self, pkcs12_data: bytes, passphrase: bytes | None = None) -> None:
        signer = SimpleSigner.load_pkcs12_data(pkcs12_data, other_certs=[], passphrase=passphrase)
        if signer is None:
            raise SetupError("The letters' signing key is not a PKCS #12 file that opens with this passphrase.")
        key, *_ = load_key_and_certificates(pkcs12_data, passphrase)
        if not isinstance(key, EllipticCurvePrivateKey | RSAPrivateKey):
            raise SetupError("The letters' signing key is neither an elliptic curve's nor RSA.")
        self._key = key
        self._certificate = bytes(signer.signing_cert.dump())
        self._digest = secrets.token_bytes(_DIGEST_BYTES)
        with ThreadPoolExecutor(1) as aside:  # it asks for a loop of its own
            signing = signer.async_sign(self._digest, "sha256", use_pades=True)
            example = aside.submit(asyncio.run, signing).result()
        self._example: bytes = example.dump()
        (info,) = example["content"]["signer_infos"]
        self._signature = info["signature"].native
        self._attributes = info["signed_attrs"].untag().dump()

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        return self._certificate

    async def sign(self, pdf: bytes) -> bytes:
        """Append an invisible signature; the page stays as printed."""
        return await asyncio.to_thread(self._sign, pdf)

    def _sign(self, pdf: bytes) -> bytes:
        try:
            prepared, out = _prepared(pdf)
            prepared.fill_with_cms(out, self._statement(prepared.document_digest))
        except (PdfError, SigningError, ValueError) as problem:
            raise SigningFailed(f"The letter could not be signed: {problem}.") from problem
        return out.getvalue()

    def _statement(self, digest: bytes) -> bytes:
        """The example with another digest and the signature over it."""
        said = self._attributes.replace(self._digest, digest)
        signature = self._signed(said)
        # A signature on a curve is a byte or two longer or shorter; one as long as the example's leaves every length
        # around it right, and takes three tries on average.
        while len(signature) != len(self._signature):
            signature = self._signed(said)
        return self._example.replace(self._digest, digest).replace(self._signature, signature)

    def _signed(self, said: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(said, PKCS1v15(), hashes.SHA256())
        return self._key.sign(said, ECDSA(hashes.SHA256()))


def _prepared(pdf: bytes) -> tuple[PreparedByteRangeDigest, io.BytesIO]:
    """The PDF with room for a signature at its end, and the digest of all around that room."""
    steps = PdfCMSEmbedder().write_cms(
        field_name="Tanda_Tangan_Elektronik", writer=IncrementalPdfFileWriter(io.BytesIO(pdf))
    )
    next(steps)
    room = SignatureObject(subfilter=SigSeedSubFilter.PADES, timestamp=now(), bytes_reserved=_RESERVED)
    steps.send(SigObjSetup(sig_placeholder=room))
    prepared, out = steps.send(SigIOSetup(md_algorithm="sha256", output=io.BytesIO()))
    return prepared, out
