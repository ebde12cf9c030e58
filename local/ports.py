"""Which port each service listens on, and what to say if one is in use."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

ADDRESS = "127.0.0.1"
DEFAULTS = {"PORT": 7071, "SEARCH_PORT": 7072, "MODELS_PORT": 7073, "BLOB_PORT": 10000, "QUEUE_PORT": 10001}


class PortError(Exception):
    """A port cannot be used; the message says which one and what to do."""


@dataclass(frozen=True)
class ServicePorts:
    """The ports of the app and its services, all on 127.0.0.1."""

    app: int
    search: int
    models: int
    blobs: int
    queues: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The default ports, unless the environment sets others."""
        return cls(*(_parse_port(name, environment.get(name, "")) for name in DEFAULTS))


def _parse_port(name: str, value: str) -> int:
    if not value:
        return DEFAULTS[name]
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise PortError(f"{name}={value} is not a port: set a number from 1 to 65535")
    return int(value)


def check_free(name: str, port: int) -> None:
    """Raise PortError if something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            raise PortError(
                f"port {port} is in use: stop whatever listens there, or move ours with {name}={port + 1000} make run"
            ) from None
