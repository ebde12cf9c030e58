"""What the model reads about photos: short names, no empty fields, and nothing but data."""

import json
import re
from collections.abc import Mapping
from typing import Any

from shared.photo import Photo, precise
from shared.search.results import Hit

MAX_TEXT = 900  # characters of a caption or of text in a photo that the model reads
RESULT_TEXT_BUDGET = 14_000  # characters of captions and text in one result, about 3,500 tokens
MAX_BRIEF_TEXT = 160
# Invisible characters hide instructions from people, and template marks could end a message early.
HIDDEN_CHARACTERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
TEMPLATE_MARKS = re.compile(
    r"<\|[^|>]{0,40}\|>|\[/?(?:INST|SYS)\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>", re.IGNORECASE
)


def full_payload(number: int, hit: Hit, *, hit_count: int = 1) -> dict[str, Any]:
    """A photo that was just found, one of `hit_count`, which share the text budget."""
    photo, max_text = hit.photo, min(MAX_TEXT, RESULT_TEXT_BUDGET // (2 * max(hit_count, 1)))
    return _without_empty(
        _common_fields(number, photo)
        | {
            "caption": untrusted_text(photo.caption, max_text),
            "tags": [untrusted_text(tag, 60) for tag in photo.tags],
            "text_in_photo": untrusted_text(photo.text_in_photo, max_text),
            "setting": photo.setting,
            "colors": photo.colors,
            "camera": untrusted_text(photo.camera or "", 80),
            "location": photo.location and {"latitude": photo.location[1], "longitude": photo.location[0]},
            "alike": len(hit.alike),
        }
    )


def brief_payload(number: int, photo: Photo) -> dict[str, Any]:
    """A photo of an earlier turn, so that the conversation can go back to it."""
    return _without_empty(
        _common_fields(number, photo)
        | {
            "alt_text": untrusted_text(photo.alt_text or photo.caption, MAX_BRIEF_TEXT),
            "tags": [untrusted_text(tag, 60) for tag in photo.tags[:10]],
            "text_in_photo": untrusted_text(photo.text_in_photo, MAX_BRIEF_TEXT),
        }
    )


def _common_fields(number: int, photo: Photo) -> dict[str, Any]:
    return {
        "n": number,
        "id": photo.id,
        "path": untrusted_text(photo.path, 300),
        "folder": untrusted_text(photo.folder, 300),
        "title": untrusted_text(photo.title, 200),
        "taken_at": _taken(photo),
        "place": ", ".join(part for part in (photo.city, photo.country) if part),
        "people": photo.people,
    }


def _taken(photo: Photo) -> str | None:
    """The clock on the wall, as much of it as is known, and its offset: `2024-12-31T22:30:00-05:00`, `1969-07`."""
    return photo.taken_local and precise(photo.taken_local, photo.taken_precision) + (photo.taken_zone or "")


def _without_empty(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if value not in (None, "", [])}


def untrusted_text(text: str, max_length: int) -> str:
    """Text by strangers, cut to a length and cleared of characters and marks that could pass for more than text."""
    return TEMPLATE_MARKS.sub(" ", HIDDEN_CHARACTERS.sub("", text))[:max_length]


def as_json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
