"""
The settings of a laptop, for commands that run outside the Functions host.

They work on the library that `make run` has started: it notes its ports in `.local/running`, and `PORT`, the other
ports or `STATE` choose one of several.
"""

import json
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.errors import SettingsError

LOCAL_SETTINGS = Path(__file__).parent.parent / "local.settings.json"
PORTS = ("PORT", "SEARCH_PORT", "MODELS_PORT", "BLOB_PORT", "QUEUE_PORT")
ADDRESS, SECONDS = "127.0.0.1", 1.0


@dataclass(frozen=True)
class RunningLibrary:
    """What `make run` notes: the folder of its data, its ports by variable, and the settings that they move."""

    state: Path
    ports: Mapping[str, int]
    settings: Mapping[str, str]

    def __str__(self) -> str:
        return f"http://{ADDRESS}:{self.ports['PORT']} ({_short(self.state)})"

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether it has the ports and the folder that are set, if any are."""
        if state := environment.get("STATE"):
            return self.state == Path(state).resolve() and self._has_ports(environment)
        return self._has_ports(environment)

    def _has_ports(self, environment: Mapping[str, str]) -> bool:
        return all(environment.get(name) in {None, "", str(self.ports.get(name))} for name in PORTS)

    @property
    def is_there(self) -> bool:
        """Whether anything listens: a machine that lost power leaves its notes behind."""
        return any(_listens(port) for port in self.ports.values())


def load_local_settings() -> None:
    """
    Add the values of local.settings.json, if there is one, to the environment, which wins where it has its own.

    Where services of this machine are meant, it is said on stderr which library they are of.
    """
    if not LOCAL_SETTINGS.exists():
        return
    values = json.loads(LOCAL_SETTINGS.read_text(encoding="utf-8"))["Values"]
    if library := _library(values, os.environ):
        sys.stderr.write(f"on the library at {library}\n")
        values |= library.settings
    for name, value in values.items():
        os.environ.setdefault(name, str(value))


def _library(values: Mapping[str, str], environment: Mapping[str, str]) -> RunningLibrary | None:
    """The one that runs here and whose services the settings name, if any; SettingsError where several may be meant."""
    used = [
        each
        for each in _running_libraries(LOCAL_SETTINGS.parent / ".local" / "running")
        if any(name in values and name not in environment for name in each.settings) and each.is_there
    ]
    if not used:
        return None
    fitting = [each for each in used if each.fits(environment)]
    if len(fitting) == 1:
        return fitting[0]
    problem = "several libraries run here" if fitting else "no library runs here with the ports or STATE that are set"
    raise SettingsError(f"{problem}: choose with PORT or STATE among {', '.join(map(str, fitting or used))}")


def _running_libraries(folder: Path) -> list[RunningLibrary]:
    return [each for file in sorted(folder.glob("*.json")) if (each := _read(file))]


def _read(file: Path) -> RunningLibrary | None:
    try:
        note = json.loads(file.read_text(encoding="utf-8"))
        return RunningLibrary(Path(note["state"]), note["ports"], note["settings"])
    except (OSError, ValueError, KeyError, TypeError):  # it stops just now, or another version wrote it
        return None


def _listens(port: int) -> bool:
    try:
        socket.create_connection((ADDRESS, port), timeout=SECONDS).close()
    except OSError:
        return False
    return True


def _short(folder: Path) -> Path:
    """A folder as people type it here."""
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
