"""An e-mail account, a message and a DKIM key as the tests of e-mail use them."""

import base64
import hashlib
import io
from functools import cache
from typing import Any

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from PIL import Image

from cakra.core.ports import Message, Picture, Wording
from cakra.outside.email import BounceTokens, DkimSigner, EmailAccount

KEY = bytes(range(32))
ENVELOPE_DOMAIN, SIGNING_DOMAIN, SELECTOR = "notif.etle.example", "etle.example", "s2026"
TOKENS = BounceTokens(KEY, ENVELOPE_DOMAIN)
TAG = "n:3:1726354789012345678:2"
TEXT = "CONTOH. Kendaraan B 1234 XYZ terekam kamera – Jl MH Thamrin.\n\n.titik di awal baris\nFrom depan\n"
HTML = '<p>Kendaraan “B 1234 XYZ”</p>\n<img src="cid:picture" alt="">\n' + "<p>panjang " * 40 + "</p>\n"


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(key: Any = None) -> bytes:
    return (key or private_key()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signer() -> DkimSigner:
    return DkimSigner(SIGNING_DOMAIN, SELECTOR, pem())


def dkim_is_valid(raw: bytes) -> bool:
    """What dkimpy, which is not ours, says; the DNS is this function's."""
    public = private_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    asked = f"{SELECTOR}._domainkey.{SIGNING_DOMAIN}.".encode()

    def lookup(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout
        return record if name == asked else None

    return bool(dkim.verify(raw, dnsfunc=lookup))


def account(port: int, **changes: Any) -> EmailAccount:
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "from_address": "notis@etle.example",
        "from_name": "ETLE – Contoh",
        "envelope_domain": ENVELOPE_DOMAIN,
        "token_key": KEY,
        "dkim": signer(),
        "connections": 4,
        "timeout_s": 10.0,
    }
    return EmailAccount(**(settings | changes))


@cache
def picture() -> Picture:
    out = io.BytesIO()
    Image.effect_noise((320, 240), 80).save(out, "JPEG")
    return Picture(hashlib.sha256(out.getvalue()).digest(), out.getvalue())


def message(recipient: str = "ibu@pemilik.example", **changes: Any) -> Message:
    settings = {
        "tag": TAG,
        "recipient": recipient,
        "template": "etle_konfirmasi_v1",
        "language": "id",
        "variables": {},
        "link_suffix": "7K2M9QX4B3",
        "picture": picture(),
        "wording": Wording("Konfirmasi kendaraan – nomor 7K2M9QX4B3", TEXT, HTML),
    }
    return Message(**(settings | changes))
