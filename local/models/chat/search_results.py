"""The search results in a conversation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeGuard

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class PhotoRecord:
    """One photo of a search result; `n` is the number that cites it."""

    n: int
    id: str
    path: str = ""
    title: str = ""
    caption: str = ""
    tags: tuple[str, ...] = ()
    text: str = ""
    folder: str = ""
    place: str = ""
    setting: str = ""
    colors: tuple[str, ...] = ()
    people: int | None = None
    taken: date | None = None
    taken_day_known: bool = True
    fields: tuple[tuple[str, str], ...] = ()  # the library's own, by name
    # What the file says of itself
    file_title: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()
    credit: str = ""
    rights: str = ""
    usage_terms: str = ""
    rating: int | None = None

    @property
    def citation(self) -> str:
        """The citation marker of the photo in an answer."""
        return f"[{self.n}]"


@dataclass(frozen=True)
class PhotoSearchResult:
    """The result of one search: how many photos match in all, and those returned."""

    total: int
    photos: tuple[PhotoRecord, ...] = field(default=())


def parse_search_result(text: str) -> PhotoSearchResult | None:
    """The search result in a text, which may have words around it; None if there isn't one."""
    for value in find_json_objects(text):
        photos = value.get("photos")
        if isinstance(photos, list):
            records = tuple(
                _parse_photo(entry, position + 1) for position, entry in enumerate(photos) if isinstance(entry, dict)
            )
            total = value.get("total", len(records))
            return PhotoSearchResult(total if isinstance(total, int) else len(records), records)
    return None


def find_json_objects(text: str) -> Iterator[JsonObject]:
    """The outermost JSON objects in a text."""
    decoder, start = json.JSONDecoder(), text.find("{")
    while start >= 0:
        try:
            value, end = decoder.raw_decode(text, start)
        except ValueError:
            end = start + 1
        else:
            if isinstance(value, dict):
                yield value
        start = text.find("{", end)


def _parse_photo(entry: JsonObject, position: int) -> PhotoRecord:
    """One photo of a result; fields that are missing or of the wrong type count as unknown."""
    n, people = entry.get("n"), entry.get("people")
    path, nested = _string_field(entry, "path"), entry.get("file")
    file = nested if isinstance(nested, dict) else {}
    return PhotoRecord(
        n=n if isinstance(n, int) else position,
        id=_string_field(entry, "id"),
        path=path,
        title=_string_field(entry, "title") or path,
        caption=_string_field(entry, "caption") or _string_field(entry, "alt_text"),
        tags=_string_list_field(entry, "tags"),
        text=_string_field(entry, "text_in_photo"),
        folder=_string_field(entry, "folder"),
        place=_string_field(entry, "place"),
        setting=_string_field(entry, "setting"),
        colors=_string_list_field(entry, "colors"),
        people=people if isinstance(people, int) else None,
        taken=_parse_date(entry.get("taken_at")),
        taken_day_known=len(_string_field(entry, "taken_at")) >= len("2024-05-31"),
        fields=_own_fields(entry),
        file_title=_string_field(file, "title"),
        description=_string_field(file, "description"),
        keywords=(*_string_list_field(file, "keywords"), *_string_list_field(file, "keyword_paths")),
        creators=_string_list_field(file, "creators"),
        credit=_string_field(file, "credit"),
        rights=_string_field(file, "rights"),
        usage_terms=_string_field(file, "usage_terms"),
        rating=rating if isinstance(rating := file.get("rating"), int) else None,
    )


def _own_fields(entry: JsonObject) -> tuple[tuple[str, str], ...]:
    fields = entry.get("fields")
    return tuple((name, value) for name, value in fields.items() if value) if _are_texts(fields) else ()


def _are_texts(fields: object) -> TypeGuard[dict[str, str]]:
    return isinstance(fields, dict) and all(isinstance(value, str) for value in fields.values())


def _string_field(entry: JsonObject, name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _string_list_field(entry: JsonObject, name: str) -> tuple[str, ...]:
    value = entry.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _parse_date(value: object) -> date | None:
    """The date of an ISO timestamp by its own clock; the first day of a year or a month."""
    if not isinstance(value, str):
        return None
    whole = {4: value + "-01-01", 7: value + "-01"}.get(len(value), value)
    try:
        return datetime.fromisoformat(whole).date()
    except ValueError:
        return None
