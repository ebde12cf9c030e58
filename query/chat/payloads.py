"""What the model reads about photos: short names, no empty fields, and nothing but data."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from shared.photo import Photo, precise
from shared.search.results import Hit

MAX_TEXT = 900  # characters of a caption or of text in a photo that the model reads
RESULT_TEXT_BUDGET = 14_000  # characters of captions and text in one result, about 3,500 tokens
MAX_BRIEF_TEXT = 160
MAX_WORDS = 600  # characters of a longer text in a file, such as its rights, or of a list, such as its keywords
WORDS_BUDGET = 6_000  # characters of each of them in one result
MAX_BRIEF_WORDS = 240
REJECTED = -1
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
    max_words = min(MAX_WORDS, WORDS_BUDGET // max(hit_count, 1))
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
            "file": file_payload(photo, max_words),
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
            "file": file_payload(photo, MAX_BRIEF_WORDS),
        }
    )


def file_payload(photo: Photo, max_words: int) -> dict[str, Any]:
    """
    What people wrote into the file, apart from what a model saw in the picture.

    Each of the longer texts and of the lists has at most `max_words` characters. A text that was cut ends with an
    ellipsis: a licence may go on with "not".
    """
    rights = photo.rights if photo.rights != photo.usage_terms else ""  # they are one where only terms are given
    return _without_empty(
        {
            "title": untrusted_text(photo.embedded_title, 200),
            "description": untrusted_excerpt(photo.embedded_description, max_words),
            "creators": _untrusted_names(photo.creators or [photo.creator], max_words),
            "credit": untrusted_text(photo.credit, 200),
            "rights": untrusted_excerpt(rights, max_words),
            "usage_terms": untrusted_excerpt(photo.usage_terms, max_words),
            "rating": "rejected" if photo.rating == REJECTED else photo.rating or None,
            "keywords": _untrusted_names(photo.keywords, max_words),
            "keyword_paths": _untrusted_names(photo.keyword_paths, max_words),
        }
    )


def _untrusted_names(names: Sequence[str], max_length: int) -> list[str]:
    """The first of the names, as many as fit."""
    cleared = [untrusted_text(name, 120) for name in names if name]
    ends = accumulate(len(name) for name in cleared)
    return [name for name, end in zip(cleared, ends, strict=True) if end <= max_length]


def _common_fields(number: int, photo: Photo) -> dict[str, Any]:
    return {
        "n": number,
        "id": photo.id,
        "path": untrusted_text(photo.path, 300),
        "folder": untrusted_text(photo.folder, 300),
        "title": untrusted_text(photo.title, 200),
        "taken_at": _taken(photo),
        "place": ", ".join(part for part in (photo.city, photo.state, photo.country) if part),
        "people": photo.people,
    }


def _taken(photo: Photo) -> str | None:
    """The clock on the wall, as much of it as is known, and its offset: `2024-12-31T22:30:00-05:00`, `1969-07`."""
    return photo.taken_local and precise(photo.taken_local, photo.taken_precision) + (photo.taken_zone or "")


def _without_empty(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if value not in (None, "", [], {})}


def untrusted_text(text: str, max_length: int) -> str:
    """Text by strangers, cut to a length and cleared of characters and marks that could pass for more than text."""
    return TEMPLATE_MARKS.sub(" ", HIDDEN_CHARACTERS.sub("", text))[:max_length]


def untrusted_excerpt(text: str, max_length: int) -> str:
    """The same, with an ellipsis at the end if there is more."""
    cleared = untrusted_text(text, max_length + 1)
    return cleared if len(cleared) <= max_length else cleared[: max_length - 1] + "…"


def as_json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
