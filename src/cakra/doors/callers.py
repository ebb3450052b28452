"""Where a request comes from, as attempts are counted: the network address that its sender cannot choose."""

from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

_HOST_BITS = 64


def caller_of(request: Request) -> str:
    """The address as the server believes it; of IPv6 the /64, which one household holds whole."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped.compressed if address.ipv4_mapped else str(int(address) >> _HOST_BITS)
    return address.compressed
