"""
The columns of a CSV file: how each value is written into a cell, and read from one.

Those of fields that people may edit come back by an import; the others say more of a photo, and cannot be changed.
"""

import re

from catalogue.editing import record_etag
from catalogue.export.authorship import unreviewed
from catalogue.export.cells import escape, join_list, split_list, unescape
from catalogue.export.column import ADVICE, Column, read_flag
from catalogue.export.own_columns import own_columns
from shared.edits import TAKEN
from shared.photo import Photo, precise

ID, ETAG = "id", "etag"
SPOT = re.compile(r"(-?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)")
WHOLE = re.compile(r"-?\d{1,4}")


def _text(name: str) -> Column:
    return Column(name, lambda photo: escape(getattr(photo, name) or ""), unescape)


def _filled_text(name: str) -> Column:
    """A text that is never empty: an empty cell takes an edit back."""
    return Column(name, lambda photo: escape(getattr(photo, name) or ""), lambda cell: unescape(cell) or None)


def _list(name: str) -> Column:
    def read(cell: str) -> list[str]:
        return split_list(unescape(cell))

    return Column(name, lambda photo: escape(join_list(getattr(photo, name))), read)


def _flag(name: str) -> Column:
    return Column(name, lambda photo: "true" if getattr(photo, name) else "false", read_flag)


def _fact(name: str) -> Column:
    """A column that cannot be edited."""

    def write(photo: Photo) -> str:
        value = getattr(photo, name)
        return escape(join_list(value) if isinstance(value, list) else "" if value is None else str(value))

    return Column(name, write)


def _read_rating(cell: str) -> int:
    text = unescape(cell).strip() or "0"
    if not WHOLE.fullmatch(text):
        raise ValueError("must be a whole number from 0 to 5, or -1")
    return int(text)


def _write_taken(photo: Photo) -> str:
    """As much of the date as is known."""
    if not photo.taken_local:
        return ""
    text = precise(photo.taken_local, photo.taken_precision)
    return escape(text + (photo.taken_zone or "") if "T" in text else text)


def _read_taken(cell: str) -> str:
    text = unescape(cell).strip()
    if text and not TAKEN.fullmatch(text):
        raise ValueError(ADVICE.format(text[:40], "'2024-05-31, '2024-05 or '2024-05-31T10:11:12"))
    return text


def _write_location(photo: Photo) -> str:
    return escape(f"{photo.location[1]!r}, {photo.location[0]!r}") if photo.location else ""


def _read_location(cell: str) -> dict[str, float] | str:
    text = unescape(cell).strip()
    if not text:
        return ""
    if not (spot := SPOT.fullmatch(text)):
        raise ValueError("must be latitude and longitude in degrees, such as 47.37, 8.54")
    return {"latitude": float(spot[1]), "longitude": float(spot[2])}


COLUMNS = (
    Column(ID, lambda photo: escape(photo.id)),
    Column(ETAG, lambda photo: escape(record_etag(photo).strip('"'))),
    _fact("path"),
    _filled_text("title"),
    _text("alt_text"),
    _filled_text("caption"),
    _list("tags"),
    _list("keywords"),
    _list("creators"),
    _text("credit"),
    _text("rights"),
    Column("rating", lambda photo: str(photo.rating or ""), _read_rating),
    Column("taken_local", _write_taken, _read_taken),
    _text("city"),
    _text("state"),
    _text("country"),
    Column("location", _write_location, _read_location),
    _list("persons"),
    _flag("favorite"),
    _flag("reviewed"),
    Column("unreviewed", lambda photo: join_list(unreviewed(photo))),
    *(_fact(name) for name in ("caption_language", "text_in_photo", "embedded_title", "embedded_description")),
    *(_fact(name) for name in ("keyword_paths", "usage_terms", "camera", "lens", "format")),
    *(_fact(name) for name in ("width", "height", "size_bytes", "arrived_at")),
)


def columns() -> dict[str, Column]:
    """All columns by their names, with those of the library's own fields."""
    return {column.name: column for column in (*COLUMNS, *own_columns())}


def editable_names() -> str:
    """The columns that can be edited, for an error."""
    return ", ".join(name for name, column in columns().items() if column.read)
