"""The figures of the search stand-in as the lines of a table."""

from collections.abc import Mapping, Sequence
from typing import Any


def table(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The cells of each line, p50 / p95 with the processor time in brackets."""
    lines = {"load, s": [f"{row['load_s']:.1f}" for row in rows]}
    for kind in rows[0]["queries"]:
        measured = [row["queries"][kind] for row in rows]
        lines[f"{kind}, ms"] = [f"{shown(each['ms'])} ({each['processor_ms']:.1f})" for each in measured]
    lines |= {"memory, MB": [str(row["memory_mb"]) for row in rows], "disk, MB": [str(row["disk_mb"]) for row in rows]}
    if writes := [row["upserts"] for row in rows if "upserts" in row]:
        lines["upserts/s with clients querying"] = [f"{each['per_second']:.0f}" for each in writes]
        lines["their queries, ms"] = [shown(each["their_queries_ms"]) for each in writes]
        lines["memory after, MB"] = [str(each["memory_after_mb"]) for each in writes]
    lines["start after a kill, s"] = [f"{row['start_after_kill_s']:.1f}" for row in rows]
    lines["the SDK alone, ms"] = [shown(row["sdk_alone_ms"]) for row in rows]
    return lines


def shown(taken: Mapping[str, float]) -> str:
    return f"{taken['median']:.1f} / {taken['p95']:.1f}"
