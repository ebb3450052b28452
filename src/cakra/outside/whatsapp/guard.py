"""A synthetic register must never reach a real phone: its provider has to be on this machine."""

import ipaddress
import socket

from pyreqwest.http import Url

from cakra.kit.errors import SetupError


def require_loopback(base_url: str) -> None:
    """Refuse a provider that is not on loopback; SetupError says why.

    The address is taken apart by the client's own parser, so that what is checked is what is called.
    A name counts only if every address it has is loopback.
    """
    if not is_on_loopback(base_url):
        raise SetupError(
            f"The register is synthetic, so the provider must be on loopback (127.0.0.0/8, ::1, localhost), "
            f"but its address is {base_url!r}. Point it at the sandbox, or import a real register."
        )


def is_on_loopback(base_url: str) -> bool:
    """Whether every address of the URL's host is loopback; SetupError when it is no URL."""
    try:
        host = Url(base_url).host_str
    except ValueError as reason:
        raise SetupError(f"The provider's address {base_url!r} is not a URL: {reason}.") from reason
    return host is not None and all(_is_loopback(address) for address in _addresses(host))


def _addresses(host: str) -> list[str]:
    """The addresses of a host; a name that does not resolve has one that is no address: itself."""
    bare = host.strip("[]")
    if bare == "localhost":
        return ["127.0.0.1"]
    try:
        return [str(ipaddress.ip_address(bare))]
    except ValueError:
        pass
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(bare, None)]
    except OSError:
        return [bare]


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
