"""Where a request comes from: only to count by it, as whoever is not behind a platform may claim anything."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers

IPV6_PREFIX = 64  # what one customer of a network has at least


def client_address(headers: Headers) -> str:
    """
    The address that the nearest proxy saw, of IPv6 its network; empty where it says none.

    App Service and the local host add the client's address to X-Forwarded-For as the last one, those before are
    what the client itself may have sent.
    """
    last = ",".join(headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    address = _parse(last) or _parse(last.rpartition(":")[0].strip("[]"))
    if address is None:
        return ""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address.packed, IPV6_PREFIX), strict=False))


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
