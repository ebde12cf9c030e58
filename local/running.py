"""A note of each library that runs here, so that commands in another terminal work on the same one."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from local.ports import DEFAULTS, ServicePorts

RUNNING = Path(__file__).parent.parent / ".local" / "running"  # shared/local_settings.py reads them


def announce(ports: ServicePorts, addresses: Mapping[str, str], state: Path, folder: Path = RUNNING) -> Path:
    """Write down where a library's services listen; the file is to be removed when they stop."""
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / f"{ports.app}.json"
    content = {"state": str(state.resolve()), "ports": ports_by_name(ports), "settings": dict(addresses)}
    draft = note.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(note)
    return note


def ports_by_name(ports: ServicePorts) -> dict[str, int]:
    """The ports by the environment variables that move them."""
    return dict(zip(DEFAULTS, (ports.app, ports.search, ports.models, ports.blobs, ports.queues), strict=True))
