"""The processor time that the processes of a world have used."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
ROLES = ("azurite", "worker_process", "local.host", "local.models", "local.search")


def processor_seconds() -> dict[str, float]:
    """Seconds of user and system time of all that this process has started, by what they are. Linux only."""
    seconds: dict[str, float] = {}
    for pid in _descendants(os.getpid()):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        role = next((each for each in ROLES if each in command), "other")
        seconds[role] = seconds.get(role, 0.0) + (int(values[11]) + int(values[12])) / TICKS
    return seconds


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    below = children.get(pid, [])
    return [*below, *(each for child in below for each in _descendants(child))]
