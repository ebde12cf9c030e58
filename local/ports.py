"""Which port each service listens on, and what to say if some are in use."""

import shlex
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

ADDRESS = "127.0.0.1"
STEP = 1000  # how far a port is moved that is in use
# Variables that a command keeps when its ports are moved.
OTHERS = ("ADDRESS", "STATE", "SAMPLES", "MODELS", "FUNCTION_KEYS")
DEFAULTS = {"PORT": 7071, "SEARCH_PORT": 7072, "MODELS_PORT": 7073, "BLOB_PORT": 10000, "QUEUE_PORT": 10001}


class PortError(Exception):
    """A port cannot be used; the message says which ones and what to do."""


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


def check_free(ports: Mapping[str, int], environment: Mapping[str, str]) -> None:
    """Raise PortError if something listens on any of these ports already; it says how to move all of those."""
    used = {name: port for name, port in ports.items() if not _is_free(port)}
    if not used:
        return
    kept = {name: environment[name] for name in (*OTHERS, *DEFAULTS) if environment.get(name)}
    moved = {name: str(_free_port(port)) for name, port in used.items()}
    command = " ".join(f"{name}={shlex.quote(value)}" for name, value in (kept | moved).items())
    raise PortError(f"{_listed(used)} in use: stop whatever listens there, or move ours with {command} make run")


def _listed(used: Mapping[str, int]) -> str:
    *others, last = (f"{port} ({name})" for name, port in used.items())
    return f"ports {', '.join(others)} and {last} are" if others else f"port {last} is"


def _free_port(port: int) -> int:
    """A free port in steps above one that is in use."""
    return next((each for each in range(port + STEP, 65536, STEP) if _is_free(each)), port + STEP)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True
