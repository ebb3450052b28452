"""Where a request comes from, as attempts are counted: the network address that its sender cannot choose."""

from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

_HOUSEHOLD_BITS, _SITE_BITS = 64, 80  # what is left of 128 behind a /64 and a /48


def caller_of(request: Request) -> str:
    """The address as the server believes it; of IPv6 the /64, which one household holds whole."""
    return _caller(request, _HOUSEHOLD_BITS)


def network_of(request: Request) -> str:
    """The same, but of IPv6 the /48: whoever rents a server holds one whole, 65,536 times a /64."""
    return _caller(request, _SITE_BITS)


def _caller(request: Request, bits: int) -> str:
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped.compressed if address.ipv4_mapped else str(int(address) >> bits)
    return address.compressed
