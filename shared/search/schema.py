"""The definition of the photo index, built from the fields of `Photo`, and the check that an existing index fits."""

from collections.abc import Collection, Mapping
from typing import Any

from shared.catalogue.definition import PREFIX, Catalogue, FieldDefinition
from shared.catalogue.in_force import EMPTY
from shared.errors import SettingsError
from shared.languages import ENGLISH
from shared.photo import INDEXED, VECTORS
from shared.search.search_words import index_fields
from shared.search.vector_compression import VectorCompression, compression_of, profile_of, vector_profiles

SEMANTIC_CONFIGURATION = "photos"
ATTRIBUTES = ("searchable", "filterable", "sortable", "facetable", "retrievable")
DEFAULT_ANALYZER = "standard.lucene"
# The service reads 128 tokens of them in all, in this order, so what is short and says most comes first.
RANKED_KEYWORDS = ("tags", "keywords", "creators", "file_name", "path_words")
WAY_OUT = (
    "Set AZURE_SEARCH_INDEX to a new name (photos are indexed again without paying for captions twice) or delete "
    "the index"
)
MOVE = "`python -m ingest migrate --to NAME` moves to an index where they are as they should be, while all goes on"
# What is of one length in an index for good, and the setting that says which.
LENGTHS = {
    "vector": ("vectors", "EMBEDDING_DIMENSIONS"),
    "image_vector": ("vectors of pictures", "IMAGE_EMBEDDING_DIMENSIONS"),
}


def index_definition(
    name: str,
    dimensions: int,
    catalogue: Catalogue = EMPTY,
    *,
    language: str = ENGLISH,
    existing: Collection[str] = (),
    image_dimensions: int = 0,
    compression: VectorCompression = "none",
) -> dict[str, Any]:
    """
    The index definition as the REST API takes it; `dimensions` is the length of the vectors.

    `language` is that of captions, and `existing` are the names of the fields that the index has already.
    Vectors of pictures have `image_dimensions`; without an image model it is 0, and there is no field for them.
    With a `compression` the service searches vectors of 8 bits or of one for each number, and scores the nearest again
    by the vectors as they were.
    """
    lengths = {"vector": dimensions, "image_vector": image_dimensions}
    return {
        "name": name,
        "fields": [
            *(
                _index_field(field, index, lengths.get(field, 0))
                for field, index in INDEXED.items()
                if lengths.get(field) != 0
            ),
            *map(_custom_field, catalogue.fields),
            *index_fields(existing, language),
        ],
        "vectorSearch": {
            "algorithms": [{"name": "hnsw", "kind": "hnsw", "hnswParameters": {"metric": "cosine"}}],
            **vector_profiles("vectors", "hnsw", compression),
        },
        "semantic": {
            "defaultConfiguration": SEMANTIC_CONFIGURATION,
            "configurations": [
                {
                    "name": SEMANTIC_CONFIGURATION,
                    "prioritizedFields": {
                        "titleField": {"fieldName": "title"},
                        "prioritizedContentFields": [
                            {"fieldName": "caption"},
                            {"fieldName": "embedded_title"},
                            {"fieldName": "embedded_description"},
                            {"fieldName": "text_in_photo"},
                        ],
                        "prioritizedKeywordsFields": [{"fieldName": name} for name in RANKED_KEYWORDS],
                    },
                }
            ],
        },
    }


def _index_field(name: str, index: Mapping[str, Any], dimensions: int) -> dict[str, Any]:
    attributes = {each: each in index["attributes"] for each in ("searchable", "filterable", "sortable", "facetable")}
    definition = {"name": name, "type": index["type"], "key": name == "id", "retrievable": True, **attributes}
    if index["analyzer"]:
        definition["analyzer"] = index["analyzer"]
    if name in VECTORS:
        definition |= {"dimensions": dimensions, "vectorSearchProfile": "vectors", "stored": True}
    return definition


def _custom_field(field: FieldDefinition) -> dict[str, Any]:
    """
    A field of the library's own, able to do whatever its type can.

    What a field of an index can do never changes: so whether it is searched or counted may, by the queries alone.
    """
    is_text, is_list = "String" in field.index_type, field.index_type.startswith("Collection")
    return {
        "name": field.index_name,
        "type": field.index_type,
        "key": False,
        "retrievable": True,
        "searchable": is_text,
        "filterable": True,
        "sortable": not is_list,
        "facetable": True,
    }


def ranks_the_same(definition: Mapping[str, Any], existing: Mapping[str, Any]) -> bool:
    """Whether the semantic ranker reads the same fields of both indexes, in the same order."""
    return _ranked_fields(existing) == _ranked_fields(definition)


def _ranked_fields(definition: Mapping[str, Any]) -> list[Any]:
    """The fields that our semantic configuration names, whatever else the service says of it."""
    configurations = (definition.get("semantic") or {}).get("configurations") or []
    ours = [each["prioritizedFields"] for each in configurations if each["name"] == SEMANTIC_CONFIGURATION]
    return [
        [
            (each.get("titleField") or {}).get("fieldName"),
            [field["fieldName"] for field in each.get("prioritizedContentFields") or ()],
            [field["fieldName"] for field in each.get("prioritizedKeywordsFields") or ()],
        ]
        for each in ours
    ]


def check_agreement(definition: Mapping[str, Any], existing: Mapping[str, Any]) -> None:
    """SettingsError when the existing index cannot hold our documents."""
    existing_fields = {each["name"]: each for each in existing["fields"]}
    clashes: list[str] = []
    for ours in definition["fields"]:
        theirs = existing_fields.get(ours["name"])
        if theirs and theirs["type"] != ours["type"] and ours["name"].startswith(PREFIX):
            raise SettingsError(_other_type(ours, theirs, definition["name"]))
        if theirs and theirs["type"] != ours["type"]:
            clashes.append(f"{ours['name']} is {theirs['type']} instead of {ours['type']}")
        if theirs and ours.get("dimensions") != theirs.get("dimensions"):
            vectors, setting = LENGTHS[ours["name"]]
            clashes.append(f"its {vectors} have {theirs.get('dimensions')} numbers, {setting} is {ours['dimensions']}")
        lacking = [each for each in ATTRIBUTES if theirs and ours[each] and theirs.get(each) is False]
        clashes += [f"{ours['name']} is not {each}" for each in lacking]
    if clashes:
        raise SettingsError(f"the index {definition['name']!r} does not fit: {'; '.join(clashes)}. {WAY_OUT}")


def _other_type(ours: Mapping[str, Any], theirs: Mapping[str, Any], index: str) -> str:
    return (
        f"the field {ours['name'].removeprefix(PREFIX)} is {theirs['type']} in the index {index!r} and would be "
        f"{ours['type']}, and a field of an index cannot change its type: give the field another name, or set "
        "AZURE_SEARCH_INDEX to a new name, where photos are indexed again without paying for captions twice; "
        "`python -m ingest refresh` says how far that is"
    )


def differences(definition: Mapping[str, Any], existing: Mapping[str, Any]) -> list[str]:
    """What an existing index, which works, does otherwise than a new one would, and cannot be told to: sentences."""
    existing_fields = {each["name"]: each for each in existing["fields"]}
    faults = [
        f"{ours['name']} is cut into terms by {_analyzer(theirs)} instead of {_analyzer(ours)}"
        for ours in definition["fields"]
        if (theirs := existing_fields.get(ours["name"])) and _analyzer(theirs) != _analyzer(ours)
    ]
    if _metric(existing) != _metric(definition):
        faults.append(f"vectors are compared by {_metric(existing)} instead of {_metric(definition)}")
    ours_is, theirs_is = compression_of(definition, "vector"), compression_of(existing, "vector")
    if ours_is != theirs_is:
        faults.append(f"vectors are compressed by {theirs_is} instead of {ours_is} (VECTOR_COMPRESSION)")
    return [f"in the index {definition['name']!r} {each}, which cannot be changed in place. {MOVE}" for each in faults]


def _analyzer(field: Mapping[str, Any]) -> str:
    return str(field.get("analyzer") or DEFAULT_ANALYZER)


def _metric(index: Mapping[str, Any]) -> str:
    """How vectors are compared: by the metric of the algorithm of the field's profile, or cosine if it names none."""
    search = index.get("vectorSearch") or {}
    algorithm = profile_of(index, "vector").get("algorithm")
    parameters: Mapping[str, Any] = next(
        (each for each in search.get("algorithms") or () if each["name"] == algorithm), {}
    )
    named = parameters.get("hnswParameters") or parameters.get("exhaustiveKnnParameters") or {}
    return str(named.get("metric") or "cosine")
