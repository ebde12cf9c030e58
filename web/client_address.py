"""Where a request comes from: only to count by it, as whoever is not behind a platform may claim anything."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers

IPV6_PREFIX = 64  # what one customer of a network has at least


def client_address(headers: Headers) -> str:
    """
    The address that the nearest proxy saw, of IPv6 its network; empty where it says none.

    It is the last one in X-Forwarded-For; those before are what the client itself may have sent. App Service's front
    end adds the one that it saw, with its port, behind those: headers of a request through Front Door, as pull request
    496 of sergiodxa/remix-utils prints them, end with that of `client-ip`, which the front end overwrites by
    Things_You_Should_Know/headers.md of Azure/app-service-linux-docs. The Functions host then replaces the header by
    where it was asked from itself, as the local one does: it passes requests to its worker with the default transforms
    of YARP (ScriptInvocationRequestTransformer in Azure/azure-functions-host, whose issue 11254 prints the outcome: one
    address, again that of `client-ip`). Both ways the last one cannot be made up. Behind Front Door or a proxy of one's
    own it is the proxy's, and all who come that way are counted as one.
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
