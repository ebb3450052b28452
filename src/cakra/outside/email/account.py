"""One official e-mail sender and how its mail server is reached."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cakra.kit.errors import SetupError
from cakra.outside.email.addresses import is_domain, wire_address
from cakra.outside.email.dkim import DkimSigner
from cakra.outside.loopback import is_loopback_host

Tls = Literal["none", "offered", "required", "implicit"]
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class EmailAccount:
    """One official address and the mail server that takes its messages.

    `tls`: `offered` starts TLS when the server offers it, without looking at its certificate; `required` sends
    nothing without TLS and a certificate that fits; `implicit` is the same from the first byte (port 465).
    `token_key` (32 bytes) authenticates return addresses; a bounce is believed only if it carries our token.
    """

    host: str
    port: int
    from_address: str
    from_name: str
    envelope_domain: str
    token_key: bytes = field(repr=False)
    tls: Tls = "offered"
    ca_file: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    dkim: DkimSigner | None = field(default=None, repr=False)
    connections: int = 8
    timeout_s: float = 30.0

    @property
    def from_domain(self) -> str:
        """The domain people see, which DMARC aligns signatures with."""
        return self.from_address.rpartition("@")[2].lower()

    @property
    def checks_certificate(self) -> bool:
        """Whether the server must prove who it is."""
        return self.tls in {"required", "implicit"}


def check_account(account: EmailAccount) -> None:
    """SetupError names what is wrong with an account and what to do."""
    if wire_address(account.from_address) != account.from_address:
        raise SetupError(
            f"The e-mail sender {account.from_address!r} is not a plain address such as notis@etle.example."
        )
    if any(character in account.from_name for character in "\r\n"):
        raise SetupError("The e-mail sender's name must be one line.")
    if not is_domain(account.envelope_domain):
        raise SetupError(
            f"The envelope domain {account.envelope_domain!r} is not a domain; bounces come back to it, "
            f"for example notif.etle.example."
        )
    if len(account.token_key) != _KEY_BYTES:
        raise SetupError("The key of return addresses must have 32 bytes; derive it from the root key.")
    if account.user and not account.checks_certificate and not is_loopback_host(account.host):
        raise SetupError(
            f"A password would go to {account.host!r}, which has not proved who it is: set the e-mail setting "
            f"`tls` to `required` or `implicit`."
        )
    domain = account.dkim.domain if account.dkim else account.from_domain
    if account.from_domain != domain and not account.from_domain.endswith("." + domain):
        raise SetupError(
            f"The DKIM domain {domain!r} is neither the sender's domain {account.from_domain!r} nor above it, "
            f"so receivers would not count the signature (DMARC alignment)."
        )


def tls_context(account: EmailAccount) -> ssl.SSLContext | None:
    """What a connection is encrypted with; None for never. SetupError when the certificate file is unreadable."""
    if account.tls == "none":
        return None
    try:
        context = ssl.create_default_context(cafile=account.ca_file)
    except OSError as problem:  # ssl.SSLError is one
        raise SetupError(f"The certificate file {account.ca_file} cannot be read as PEM: {problem}.") from problem
    if not account.checks_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
