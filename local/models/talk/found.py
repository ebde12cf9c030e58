"""The photos a search brought back, as the conversation holds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Found:
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

    @property
    def mark(self) -> str:
        """How an answer cites it."""
        return f"[{self.n}]"


@dataclass(frozen=True)
class Results:
    """One search: how many photos match in all, and those that were handed over."""

    total: int
    photos: tuple[Found, ...] = field(default=())


def results_in(text: str) -> Results | None:
    """The search result that a text holds, alone or with words around it; None without one."""
    for value in objects_in(text):
        photos = value.get("photos")
        if isinstance(photos, list):
            found = tuple(
                found_photo(entry, place + 1) for place, entry in enumerate(photos) if isinstance(entry, dict)
            )
            total = value.get("total", len(found))
            return Results(total if isinstance(total, int) else len(found), found)
    return None


def objects_in(text: str) -> Iterator[JsonObject]:
    """The JSON objects in a text, outermost only."""
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


def found_photo(entry: JsonObject, place: int) -> Found:
    """One entry of a result; what is missing or of another type counts as not known."""
    n, people = entry.get("n"), entry.get("people")
    path = word(entry, "path")
    return Found(
        n=n if isinstance(n, int) else place,
        id=word(entry, "id"),
        path=path,
        title=word(entry, "title") or path,
        caption=word(entry, "caption") or word(entry, "alt_text"),
        tags=words(entry, "tags"),
        text=word(entry, "text_in_photo"),
        folder=word(entry, "folder"),
        place=word(entry, "place"),
        setting=word(entry, "setting"),
        colors=words(entry, "colors"),
        people=people if isinstance(people, int) else None,
        taken=day(entry.get("taken_at")),
    )


def word(entry: JsonObject, name: str) -> str:
    """A text of an entry."""
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def words(entry: JsonObject, name: str) -> tuple[str, ...]:
    """A list of texts of an entry."""
    value = entry.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def day(value: object) -> date | None:
    """The day of an ISO time."""
    try:
        return datetime.fromisoformat(value).date() if isinstance(value, str) else None
    except ValueError:
        return None
