"""A synthetic register must never reach a real person: its providers have to be on this machine.

Shared by all providers, so that each address is judged by the same rule.
"""

import ipaddress
import socket

from pyreqwest.http import Url

from cakra.kit.errors import SetupError


def require_loopback(base_url: str) -> None:
    """Refuse a provider that is not on loopback; SetupError says why.

    The address is taken apart by the HTTP client's own parser, so that what is checked is what is called.
    A name counts only if every address it has is loopback.
    """
    if not is_on_loopback(base_url):
        raise _refusal(base_url)


def require_loopback_host(host: str) -> None:
    """The same for a provider that is named by host alone (e-mail, SMS); SetupError says why."""
    if not is_loopback_host(host):
        raise _refusal(host)


def is_on_loopback(base_url: str) -> bool:
    """Whether every address of the URL's host is loopback; SetupError when it is no URL."""
    try:
        host = Url(base_url).host_str
    except ValueError as reason:
        raise SetupError(f"The provider's address {base_url!r} is not a URL: {reason}.") from reason
    return host is not None and is_loopback_host(host)


def is_loopback_host(host: str) -> bool:
    """Whether every address of a host name or literal address is loopback; no name at all is not."""
    return bool(host) and all(_is_loopback(address) for address in _addresses(host))


def _refusal(address: str) -> SetupError:
    return SetupError(
        f"The register is synthetic, so the provider must be on loopback (127.0.0.0/8, ::1, localhost), "
        f"but its address is {address!r}. Point it at the sandbox, or import a real register."
    )


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
    except (OSError, UnicodeError):  # UnicodeError: a label that is too long for a name
        return [bare]


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
