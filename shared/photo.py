"""
A photo: one document in the index.

The dataclass is the single source of truth: beside its type, every field says how it is searched,
and `shared/search/schema.py` builds the index definition from that.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from shared.catalogue.definition import PREFIX, tidy_number
from shared.catalogue.in_force import catalogue
from shared.last_release import is_from_last_release, times_of_last_release
from shared.photo_sources import sources_of, unedited_values
from shared.public_address import public_address
from shared.taken_period import lacks_period, period_fields

PATH_SEPARATOR = " > "  # between the words of a keyword path, the widest first
PHOTO_ID = re.compile(r"[0-9a-f]{32}")
WALL_CLOCKS = {"taken_local", "taken_until"}
EDITABLE = (
    "title", "alt_text", "caption", "tags", "keywords", "creators", "credit", "rights", "rating", "taken_local", "city",
    "state", "country", "location", "persons", "favorite", "reviewed",
)  # fmt: skip
LENGTHS = {"year": 4, "month": 7, "day": 10, "minute": 16, "second": 19}  # characters that a precision is worth


def photo_id(path: str) -> str:
    """The document's key, 32 hex digits: a hash of the blob's name, so repeating a step is harmless."""
    return hashlib.sha256(path.encode()).hexdigest()[:32]


def is_photo_id(text: str) -> bool:
    """Whether this looks like the id of a photo."""
    return PHOTO_ID.fullmatch(text) is not None


def folder_of(path: str) -> str:
    """`2024/rome/a.jpg` lies in `2024/rome`; a photo at the top lies in ``""``."""
    return path.rpartition("/")[0]


def _indexed(type_: str = "Edm.String", *attributes: str, default: Any = None, analyzer: str | None = None) -> Any:
    """One index field: its EDM type and which of searchable, filterable, sortable, facetable it is."""
    index = {"type": type_, "attributes": frozenset(attributes), "analyzer": analyzer}
    if isinstance(default, list):
        return field(default_factory=list, metadata={"index": index})
    return field(default=default, metadata={"index": index})


def path_prefixes(paths: Sequence[str]) -> list[str]:
    """Every keyword path and those above it: `space > moon` gives `space` and `space > moon`, each once."""
    words = [path.split(PATH_SEPARATOR) for path in paths]
    return list(dict.fromkeys(PATH_SEPARATOR.join(each[:end]) for each in words for end in range(1, len(each) + 1)))


TEXT = "en.lucene"
STRINGS = "Collection(Edm.String)"


@dataclass(frozen=True, kw_only=True)
class Photo:
    """
    One searchable photo. `location` is (longitude, latitude) in degrees; times are ISO 8601, in UTC but for two.

    `taken_local` is the clock on the wall where the photo was taken, without a zone: days, months, filters and the
    order go by it. It is exact to `taken_precision` (year, month, day, minute or second): the photo was taken before
    `taken_until`, a reading of the same clock, and `taken_month` is the month, or the year if no more is known.
    `taken_zone` is what that clock was ahead of UTC, such as `-05:00`. `taken_at` is the instant, null where no zone is
    known. All are null where nothing tells when it was taken; such a photo sorts by `arrived_at`, when its file came
    into the container.
    """

    id: str = _indexed("Edm.String", "filterable", "sortable")
    path: str = _indexed("Edm.String", "filterable", "sortable", "searchable")
    folder: str = _indexed("Edm.String", "filterable", "facetable", default="")
    file_name: str = _indexed("Edm.String", "searchable", "filterable", "sortable", default="")
    path_words: str = _indexed("Edm.String", "searchable", default="", analyzer=TEXT)

    title: str = _indexed("Edm.String", "searchable", default="", analyzer=TEXT)
    caption: str = _indexed("Edm.String", "searchable", default="", analyzer=TEXT)
    alt_text: str = _indexed("Edm.String", "searchable", default="", analyzer=TEXT)
    tags: list[str] = _indexed(STRINGS, "searchable", "filterable", "facetable", default=[], analyzer=TEXT)
    suggested_tags: list[str] = _indexed(STRINGS, "filterable", "facetable", default=[])  # beyond the vocabulary
    caption_language: str = _indexed("Edm.String", "filterable", "facetable", default="")  # of the four above
    alt_text_faults: list[str] = _indexed(STRINGS, "filterable", "facetable", default=[])  # the rules that it breaks
    text_in_photo: str = _indexed("Edm.String", "searchable", default="")
    has_text: bool = _indexed("Edm.Boolean", "filterable", "facetable", default=False)
    setting: str = _indexed("Edm.String", "filterable", "facetable", default="")
    colors: list[str] = _indexed(STRINGS, "searchable", "filterable", "facetable", default=[])
    people: int = _indexed("Edm.Int32", "filterable", "facetable", "sortable", default=0)

    embedded_title: str = _indexed("Edm.String", "searchable", default="")
    embedded_description: str = _indexed("Edm.String", "searchable", default="")
    keywords: list[str] = _indexed(STRINGS, "searchable", "filterable", "facetable", default=[])
    keyword_paths: list[str] = _indexed(STRINGS, "searchable", "filterable", "facetable", default=[])
    keyword_path_prefixes: list[str] = _indexed(STRINGS, "filterable", "facetable", default=[])
    creator: str = _indexed("Edm.String", "searchable", "filterable", "facetable", default="")
    creators: list[str] = _indexed(STRINGS, "searchable", "filterable", "facetable", default=[])
    credit: str = _indexed("Edm.String", "searchable", "filterable", "facetable", default="")
    rights: str = _indexed("Edm.String", "searchable", default="")
    usage_terms: str = _indexed("Edm.String", "searchable", default="")
    rating: int | None = _indexed("Edm.Int32", "filterable", "sortable", "facetable")
    persons: list[str] = _indexed(STRINGS, "searchable", "filterable", "facetable", default=[])  # only people name them
    favorite: bool = _indexed("Edm.Boolean", "filterable", "facetable", default=False)
    reviewed: bool = _indexed("Edm.Boolean", "filterable", "facetable", default=False)
    sources: list[str] = _indexed(STRINGS, "filterable", default=[])  # `title:person`: what people wrote
    for_earlier_file: list[str] = _indexed(STRINGS, "filterable", default=[])  # what they wrote for other bytes
    unedited: str = _indexed("Edm.String", default="")  # JSON: what they wrote over; see shared/edits.py
    edits_state: str = _indexed("Edm.String", "filterable", default="")
    collections: list[str] = _indexed(STRINGS, "filterable", "facetable", default=[])  # ids; the truth is stored
    visible_to: list[str] = _indexed(STRINGS, "filterable", default=[])  # who sees it, where there are rules of that
    access_version: str = _indexed("Edm.String", "filterable", default="")  # the rules that say so; empty: none

    taken_at: str | None = _indexed("Edm.DateTimeOffset", "filterable", "sortable", "facetable")
    taken_at_source: str | None = _indexed("Edm.String", "filterable", "facetable")
    taken_at_zone: str | None = _indexed("Edm.String", "filterable")  # the same as taken_zone, its newer name
    taken_local: str | None = _indexed("Edm.DateTimeOffset", "filterable", "sortable", "facetable")
    taken_zone: str | None = _indexed("Edm.String", "filterable")
    taken_precision: str | None = _indexed("Edm.String", "filterable")
    taken_until: str | None = _indexed("Edm.DateTimeOffset", "filterable")
    taken_month: str | None = _indexed("Edm.String", "filterable", "facetable")
    arrived_at: str | None = _indexed("Edm.DateTimeOffset", "filterable", "sortable")
    sorted_at: str | None = _indexed("Edm.DateTimeOffset", "filterable", "sortable")  # taken_local, or else arrived_at
    location: tuple[float, float] | None = _indexed("Edm.GeographyPoint", "filterable", "sortable")
    city: str = _indexed("Edm.String", "filterable", "facetable", "searchable", default="")
    state: str = _indexed("Edm.String", "filterable", "facetable", "searchable", default="")
    country: str = _indexed("Edm.String", "filterable", "facetable", "searchable", default="")
    camera: str | None = _indexed("Edm.String", "filterable", "facetable", "searchable")
    lens: str | None = _indexed("Edm.String", "filterable", "facetable", "searchable")

    software: str | None = _indexed("Edm.String", "filterable")

    width: int = _indexed("Edm.Int32", "filterable", "sortable", default=0)
    height: int = _indexed("Edm.Int32", "filterable", "sortable", default=0)
    orientation: str = _indexed("Edm.String", "filterable", "facetable", default="")
    format: str = _indexed("Edm.String", "filterable", "facetable", default="")
    size_bytes: int = _indexed("Edm.Int64", "filterable", "sortable", default=0)

    digest: str = _indexed("Edm.String", "filterable", default="")
    perceptual_hash: str = _indexed("Edm.String", "filterable", default="")
    etag: str = _indexed("Edm.String", "filterable", default="")
    sidecar_digest: str = _indexed("Edm.String", "filterable", default="")  # of their names and etags; empty: none
    recipe: str = _indexed("Edm.String", "filterable", "facetable", default="")
    embedded_text: str = _indexed("Edm.String", default="")  # digest of the text that was embedded
    embedding_recipe: str = _indexed("Edm.String", "filterable", default="")  # what made the vector of that text
    facts_version: int = _indexed("Edm.Int32", "filterable", "facetable", default=0)  # these four: ingest/versions.py
    fields_version: int = _indexed("Edm.Int32", "filterable", "facetable", default=0)
    analyzers_version: int = _indexed("Edm.Int32", "filterable", "facetable", default=0)
    text_version: int = _indexed("Edm.Int32", "filterable", "facetable", default=0)
    tokens: int = _indexed("Edm.Int32", "filterable", default=0)
    indexed_at: str | None = _indexed("Edm.DateTimeOffset", "filterable", "sortable")
    image_recipe: str = _indexed("Edm.String", "filterable", default="")  # what made the vector of the picture
    vector: list[float] = _indexed("Collection(Edm.Single)", "searchable", default=[])
    custom: dict[str, Any] = field(default_factory=dict)  # by the names of `catalogue.json`; in the index field_NAME
    image_vector: list[float] = _indexed("Collection(Edm.Single)", "searchable", default=[])  # of the picture itself

    def to_document(self) -> dict[str, Any]:
        """The document as Azure AI Search takes it: the location as a GeoJSON point, wall clocks as if in UTC."""
        document = asdict(self)
        custom = {PREFIX + name: value for name, value in document.pop("custom").items()}
        for name in VECTORS:
            if not document[name]:  # no vector is empty, and an index without an image model lacks the field
                del document[name]
        return (
            document
            | custom
            | {
                "location": self.location and {"type": "Point", "coordinates": list(self.location)},
                **{name: value + "Z" for name in WALL_CLOCKS if (value := getattr(self, name))},
            }
        )

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Photo":
        """The photo in a document of the index; absent and null fields take their defaults."""
        known, custom = _layout(tuple(document))
        values = {name: value for name in known if (value := document[name]) is not None}
        if is_from_last_release(values):
            values |= times_of_last_release(values)
        for name in WALL_CLOCKS:
            if local := values.get(name):
                values[name] = local.removesuffix("Z")
        if lacks_period(values):
            values |= period_fields(values["taken_local"], values.get("taken_precision"))
        if point := values.get("location"):
            longitude, latitude = point["coordinates"]
            values["location"] = (longitude, latitude)
        values["custom"] = {
            name: tidy_number(value) if isinstance(value, float) else value
            for field_name, name in custom
            if (value := document[field_name]) not in (None, [])
        }
        # Past `__init__`, which sets every field of a frozen object by a call, and takes most of the time of a page.
        photo = object.__new__(cls)
        lists: dict[str, Any] = {name: [] for name in LISTS if name not in values}
        object.__setattr__(photo, "__dict__", BLANK | lists | values)
        return photo

    def record(self) -> dict[str, Any]:
        """What HTTP callers see: every field but what is for the app alone, and links to the pictures."""
        record = self.__dict__.copy()
        for name in HIDDEN:
            del record[name]
        record |= {"fields": self.custom, "sources": sources_of(self, EDITABLE), "unedited": unedited_values(self)}
        if self.location:
            record["location"] = {"longitude": self.location[0], "latitude": self.location[1]}
        return record | links(self.id)


INDEXED = {each.name: each.metadata["index"] for each in fields(Photo) if each.metadata}
FIELDS = tuple(INDEXED)
BLANK = {each.name: None if each.default is MISSING else each.default for each in fields(Photo)}  # in their order
LISTS = tuple(each.name for each in fields(Photo) if each.default_factory is list)
VECTORS = ("vector", "image_vector")
# From records: what is for the app alone, and `custom`, which they show as `fields`.
HIDDEN = (*VECTORS, "edits_state", "visible_to", "access_version", "custom")
STORED = tuple(name for name in FIELDS if name not in VECTORS)


@lru_cache(maxsize=64)
def _layout(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The fields of a photo among those of a document, and the library's own: all documents of a page have the same."""
    custom = [(name, name.removeprefix(PREFIX)) for name in names if name not in INDEXED and name.startswith(PREFIX)]
    return tuple(name for name in FIELDS if name in names), tuple(custom)


def stored_fields() -> tuple[str, ...]:
    """All that the index has of a photo but the vector, with the library's own fields."""
    return STORED + tuple(each.index_name for each in catalogue().fields)


def links(id_: str) -> dict[str, str]:
    """Where the app serves the two derived pictures and the original."""
    address = public_address().url
    return {size: f"{address}/api/photos/{id_}/{size}" for size in ("thumbnail", "preview", "original")}


def wall_clock(moment: datetime) -> str:
    """What a wall clock shows, whatever its zone: whole seconds, and no zone."""
    return moment.replace(microsecond=0, tzinfo=None).isoformat()


def precise(local: str, precision: str | None) -> str:
    """As much of a wall clock's reading as is known: `1969-07` of `1969-07-01T00:00:00` with the precision `month`."""
    return local[: LENGTHS.get(precision or "second", 19)]


def utc(moment: datetime) -> str:
    """An aware datetime as Azure AI Search writes it: UTC, whole seconds, `Z`."""
    return wall_clock(moment.astimezone(UTC)) + "Z"
