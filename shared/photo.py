"""
A photo as everybody sees it: the document in the index, and the index's schema.

The dataclass is the one truth: every field says beside its type how it is searched.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

SEMANTIC = "photos"
LONGEST_PATH = 1024  # characters of a blob's name, by the rules of Azure Storage


def photo_id(path: str) -> str:
    """The document's key: a hash of the blob's name, so repeating any step is harmless."""
    return hashlib.sha256(path.encode()).hexdigest()[:32]


def folder_of(path: str) -> str:
    """`2024/rome/a.jpg` lies in `2024/rome`; a photo at the top lies in ``""``."""
    return path.rpartition("/")[0]


def _kept(type_: str = "Edm.String", *does: str, default: Any = None, analyzer: str | None = None) -> Any:
    """One index field: its EDM type and which of searchable, filterable, sortable, facetable it is."""
    index = {"type": type_, "does": frozenset(does), "analyzer": analyzer}
    if isinstance(default, list):
        return field(default_factory=list, metadata={"index": index})
    return field(default=default, metadata={"index": index})


TEXT = "en.lucene"
STRINGS = "Collection(Edm.String)"


@dataclass(frozen=True, kw_only=True)
class Photo:
    """One searchable photo. Times are ISO 8601 in UTC, `location` is (longitude, latitude) in degrees."""

    id: str = _kept("Edm.String", "filterable", "sortable")
    path: str = _kept("Edm.String", "filterable", "sortable", "searchable")
    folder: str = _kept("Edm.String", "filterable", "facetable", default="")
    file_name: str = _kept("Edm.String", "searchable", "filterable", "sortable", default="")

    title: str = _kept("Edm.String", "searchable", default="", analyzer=TEXT)
    caption: str = _kept("Edm.String", "searchable", default="", analyzer=TEXT)
    alt_text: str = _kept("Edm.String", "searchable", default="", analyzer=TEXT)
    tags: list[str] = _kept(STRINGS, "searchable", "filterable", "facetable", default=[], analyzer=TEXT)
    text_in_photo: str = _kept("Edm.String", "searchable", default="")
    has_text: bool = _kept("Edm.Boolean", "filterable", "facetable", default=False)
    setting: str = _kept("Edm.String", "filterable", "facetable", default="")
    colors: list[str] = _kept(STRINGS, "searchable", "filterable", "facetable", default=[])
    people: int = _kept("Edm.Int32", "filterable", "facetable", "sortable", default=0)

    embedded_title: str = _kept("Edm.String", "searchable", default="")
    embedded_description: str = _kept("Edm.String", "searchable", default="")
    keywords: list[str] = _kept(STRINGS, "searchable", "filterable", "facetable", default=[])
    creator: str = _kept("Edm.String", "searchable", "filterable", "facetable", default="")
    rights: str = _kept("Edm.String", "searchable", default="")

    taken_at: str | None = _kept("Edm.DateTimeOffset", "filterable", "sortable", "facetable")
    taken_at_source: str | None = _kept("Edm.String", "filterable", "facetable")
    taken_at_zone: str | None = _kept("Edm.String", "filterable")
    location: tuple[float, float] | None = _kept("Edm.GeographyPoint", "filterable", "sortable")
    city: str = _kept("Edm.String", "filterable", "facetable", "searchable", default="")
    country: str = _kept("Edm.String", "filterable", "facetable", "searchable", default="")
    camera: str | None = _kept("Edm.String", "filterable", "facetable", "searchable")
    lens: str | None = _kept("Edm.String", "filterable", "facetable", "searchable")

    software: str | None = _kept("Edm.String", "filterable")

    width: int = _kept("Edm.Int32", "filterable", "sortable", default=0)
    height: int = _kept("Edm.Int32", "filterable", "sortable", default=0)
    orientation: str = _kept("Edm.String", "filterable", "facetable", default="")
    format: str = _kept("Edm.String", "filterable", "facetable", default="")
    size_bytes: int = _kept("Edm.Int64", "filterable", "sortable", default=0)

    digest: str = _kept("Edm.String", "filterable", default="")
    perceptual_hash: str = _kept("Edm.String", "filterable", default="")
    etag: str = _kept("Edm.String", "filterable", default="")
    recipe: str = _kept("Edm.String", "filterable", "facetable", default="")
    embedded_text: str = _kept("Edm.String", default="")  # digest of the text that the vector is of
    tokens: int = _kept("Edm.Int32", "filterable", default=0)
    indexed_at: str | None = _kept("Edm.DateTimeOffset", "filterable", "sortable")
    vector: list[float] = _kept("Collection(Edm.Single)", "searchable", default=[])

    def is_current(self, digest: str, recipe: str) -> bool:
        """Whether this document already describes these bytes by this recipe."""
        return (self.digest, self.recipe) == (digest, recipe)

    def to_document(self) -> dict[str, Any]:
        """The document as Azure AI Search takes it: GeoJSON points, everything else as it is."""
        return asdict(self) | {"location": self.location and {"type": "Point", "coordinates": list(self.location)}}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Photo":
        """The photo in a document that came back; absent and null fields take their defaults."""
        known = {name: document[name] for name in FIELDS if document.get(name) is not None}
        if point := known.get("location"):
            longitude, latitude = point["coordinates"]
            known["location"] = (longitude, latitude)
        return cls(**known)

    def record(self) -> dict[str, Any]:
        """What HTTP callers see: every field but the vector, and where the pictures are."""
        shown = {name: getattr(self, name) for name in FIELDS if name != "vector"}
        if self.location:
            shown["location"] = {"longitude": self.location[0], "latitude": self.location[1]}
        return shown | links(self.id)


FIELDS = tuple(each.name for each in fields(Photo))
STORED = tuple(name for name in FIELDS if name != "vector")


def links(id_: str) -> dict[str, str]:
    """Where the app serves the two derived pictures and the original."""
    return {size: f"/api/photos/{id_}/{size}" for size in ("thumbnail", "preview", "original")}


def utc(moment: datetime) -> str:
    """An aware datetime as Azure AI Search writes it: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def schema(name: str, dimensions: int) -> dict[str, Any]:
    """The index definition, as the REST API takes it; `dimensions` is the length of the vectors."""
    return {
        "name": name,
        "fields": [_index_field(each.name, each.metadata["index"], dimensions) for each in fields(Photo)],
        "vectorSearch": {
            "algorithms": [{"name": "hnsw", "kind": "hnsw", "hnswParameters": {"metric": "cosine"}}],
            "profiles": [{"name": "vectors", "algorithm": "hnsw"}],
        },
        "semantic": {
            "defaultConfiguration": SEMANTIC,
            "configurations": [
                {
                    "name": SEMANTIC,
                    "prioritizedFields": {
                        "titleField": {"fieldName": "title"},
                        "prioritizedContentFields": [
                            {"fieldName": "caption"},
                            {"fieldName": "text_in_photo"},
                        ],
                        "prioritizedKeywordsFields": [{"fieldName": "tags"}],
                    },
                }
            ],
        },
    }


def _index_field(name: str, index: Mapping[str, Any], dimensions: int) -> dict[str, Any]:
    does = {verb: verb in index["does"] for verb in ("searchable", "filterable", "sortable", "facetable")}
    made = {"name": name, "type": index["type"], "key": name == "id", "retrievable": True, **does}
    if index["analyzer"]:
        made["analyzer"] = index["analyzer"]
    if name == "vector":
        made |= {"dimensions": dimensions, "vectorSearchProfile": "vectors", "stored": True}
    return made
