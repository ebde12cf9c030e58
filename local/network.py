"""The app for a home network: where it listens, what that needs of its settings, and the address to open on a phone."""

import socket
from collections.abc import Mapping

from local.ports import ADDRESS, PortError

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - what somebody asks for with ADDRESS
NO_ROUTE = "192.0.2.1"  # an address of documentation; nothing is sent there
ASKS_FOR_KEYS = {"key", "platform"}


def listening_address(environment: Mapping[str, str]) -> str:
    """The address that the app listens on; the stand-ins stay on this machine."""
    address = environment.get("ADDRESS") or ADDRESS
    if address not in {ADDRESS, EVERY_ADDRESS}:
        raise PortError(f"ADDRESS={address}: use {EVERY_ADDRESS} for your network, or {ADDRESS} for this machine alone")
    return address


def is_open(address: str) -> bool:
    """Whether others can reach what listens there."""
    return address != ADDRESS


def network_settings(address: str, settings: Mapping[str, str]) -> dict[str, str]:
    """
    What the settings need beside theirs to serve others: pictures through the app, its address as a host, and keys.

    Storage listens on this machine alone, so that pictures pass through the app; and whoever is in the network could
    read and delete everything, if no key were asked for.
    """
    if not is_open(address):
        return {}
    hosts = [settings.get("ALLOWED_HOSTS", ""), address_in_network(), socket.gethostname().lower()]
    needed = {"PICTURES": "proxy", "ALLOWED_HOSTS": ", ".join(filter(None, hosts))}
    return needed if settings.get("HTTP_AUTH") in ASKS_FOR_KEYS else needed | {"HTTP_AUTH": "key"}


def address_in_network() -> str:
    """The address of this machine that others use: the one of the default route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((NO_ROUTE, 9))
        except OSError:
            return ADDRESS
        return str(probe.getsockname()[0])


def network_advice(address: str, port: int, key: str) -> str:
    """Lines for whoever opens the page elsewhere; empty where nobody can."""
    if not is_open(address):
        return ""
    url = f"http://{address_in_network()}:{port}/"
    link = f"{url}?code={key}" if key else url
    return (
        f"\n  in the network  {link}"
        "\n                  (whoever has this key may do everything; others: .venv/bin/python -m web keys make NAME)"
    )
