"""
The times of photos that the last release indexed, which knew no wall clock.

It wrote an instant, or a wall clock as if in UTC where it knew no zone, or the time of the upload
where nothing tells when a photo was taken. So all but the arrival of dated photos follows from it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.taken_period import period_fields

UPLOADED = "blob"  # `taken_at_source` of a photo of which only the upload is known


def is_from_last_release(document: Mapping[str, Any]) -> bool:
    """Whether these fields have the time of a photo as the last release wrote it."""
    return bool(document.get("taken_at")) and not document.get("sorted_at")


def times_of_last_release(document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of such a document that have another value now."""
    taken_at = document["taken_at"]
    if document.get("taken_at_source") == UPLOADED:
        times = dict.fromkeys(("taken_at", "taken_at_source", "taken_at_zone"))
        return times | {"arrived_at": taken_at, "sorted_at": taken_at}
    zone = document.get("taken_at_zone") or ""  # +02:00 or +0200
    minutes = int(zone[1:3]) * 60 + int(zone[-2:]) if zone else 0
    ahead = timedelta(minutes=-minutes if zone.startswith("-") else minutes)
    local = (datetime.fromisoformat(taken_at) + ahead).replace(tzinfo=None).isoformat()
    return {
        "taken_local": local,
        "taken_zone": f"{zone[:3]}:{zone[-2:]}" if zone else None,
        "taken_at": taken_at if zone else None,
        "sorted_at": local + "Z",
        **period_fields(local, None),
    }
