"""The photos of the golden conversations, and photos that a test makes up."""

import json
from pathlib import Path
from typing import Any

from ingest.path_words import path_words
from shared.photo import Photo, folder_of, path_prefixes, photo_id
from shared.taken_period import period_fields

ARRIVAL = "2026-05-01T12:00:00Z"
GOLDEN = Path(__file__).with_name("golden")


def photo(path: str, **facts: Any) -> Photo:
    """A photo with these facts; the others follow from its path."""
    values = {
        "id": photo_id(path),
        "path": path,
        "folder": folder_of(path),
        "file_name": path.rpartition("/")[2],
        "path_words": path_words(path),
        "alt_text": facts.get("title", ""),
        "has_text": bool(facts.get("text_in_photo")),
        "taken_at_source": "exif" if facts.get("taken_at") else None,
        **_times(facts),
        "digest": photo_id(f"digest of {path}"),
        "orientation": "landscape",
        "keyword_path_prefixes": path_prefixes(facts.get("keyword_paths", [])),
        "format": "JPEG",
        "width": 640,
        "height": 480,
    } | facts
    if values.get("location"):
        values["location"] = tuple(values["location"])
    return Photo(**values)


def _times(facts: dict[str, Any]) -> dict[str, str | None]:
    """A photo of which only the instant is told was taken where the clocks show UTC."""
    if not (taken_at := facts.get("taken_at")):
        return {"arrived_at": ARRIVAL, "sorted_at": ARRIVAL}
    local = taken_at.removesuffix("Z")
    return {"taken_local": local, "taken_zone": "+00:00", "sorted_at": taken_at, **period_fields(local, "second")}


def library() -> list[Photo]:
    """The photos of the golden conversations."""
    return [photo(**facts) for facts in json.loads((GOLDEN / "library.json").read_text(encoding="utf-8"))]
