"""The id under which a host keeps its queues and receipts: the same at every start on one machine."""

import platform
from pathlib import Path

from local.host.settings import HostSettings

_MAX_LENGTH = 32


def host_id(app: Path, settings: HostSettings) -> str:
    """Built from machine name and folder, as the real host does; AzureFunctionsWebHost__hostid overrides it."""
    override = settings.get("AzureFunctionsWebHost__hostid")
    if override:
        return override.lower()
    machine = "".join(char for char in platform.node() if char.isascii() and char.isalnum())
    return f"{machine[: _MAX_LENGTH - 12]}-{abs(_stable_hash(str(app)))}"[:_MAX_LENGTH].rstrip("-").lower()


def _stable_hash(text: str) -> int:
    """A 32-bit hash that does not change between runs."""
    value = 23
    for char in text:
        value = (value * 31 + ord(char)) & 0xFFFFFFFF
    return value - 2**32 if value >= 2**31 else value
