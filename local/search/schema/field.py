"""One field of an index: its type, its attributes and where it sits in a document."""

from __future__ import annotations  # a field has fields

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.search.errors import InvalidParameterError

STRING, COMPLEX, POINT = "Edm.String", "Edm.ComplexType", "Edm.GeographyPoint"
DATE, BOOLEAN, DOUBLE = "Edm.DateTimeOffset", "Edm.Boolean", "Edm.Double"
INT32, INT64 = "Edm.Int32", "Edm.Int64"
SCALARS = {STRING, INT32, INT64, DOUBLE, BOOLEAN, DATE, POINT, COMPLEX}
VECTORS = {"Edm.Single", "Edm.Half", "Edm.Int16", "Edm.SByte"}
NAME = re.compile(r"[A-Za-z]\w{0,127}", re.ASCII)
FLAGS = ("searchable", "filterable", "sortable", "facetable", "retrievable")
ANALYZERS = ("indexAnalyzer", "searchAnalyzer", "analyzer", "normalizer")


@dataclass(frozen=True)
class IndexField:
    """`path` is slash-separated from the document's root; `element_type` is the type inside `Collection(...)`."""

    name: str
    path: str
    element_type: str
    is_collection: bool
    key: bool = False
    searchable: bool = False
    filterable: bool = False
    sortable: bool = False
    facetable: bool = False
    retrievable: bool = True
    analyzer: str | None = None
    search_analyzer: str | None = None
    normalizer: str | None = None
    dimensions: int = 0
    vector_profile: str | None = None
    fields: tuple[IndexField, ...] = ()

    @property
    def type(self) -> str:
        return f"Collection({self.element_type})" if self.is_collection else self.element_type

    @property
    def is_vector(self) -> bool:
        return self.element_type in VECTORS

    @property
    def is_complex(self) -> bool:
        return self.element_type == COMPLEX

    @property
    def has_column(self) -> bool:
        """Whether filters, sorting or facets may ask for its values."""
        return self.key or self.filterable or self.sortable or self.facetable

    def walk(self) -> Iterator[IndexField]:
        """Yield this field and everything below it, parents first."""
        yield self
        for child in self.fields:
            yield from child.walk()


def parse_type(name: str, type_name: object) -> tuple[str, bool]:
    """Return the element type and whether it is a collection; refuse unknown types."""
    text = type_name if isinstance(type_name, str) else ""
    inner = re.fullmatch(r"Collection\((.+)\)", text)
    element_type = inner.group(1) if inner else text
    if element_type in SCALARS or (inner and element_type in VECTORS):
        return element_type, bool(inner)
    raise InvalidParameterError.in_definition(f"The field '{name}' has an unsupported type '{type_name}'.")


def default_attributes(element_type: str, single: bool) -> dict[str, bool | None]:
    """Return what the service fills in for attributes that a definition leaves out."""
    if element_type == COMPLEX:
        return dict.fromkeys(FLAGS, None)
    if element_type in VECTORS:
        return {**dict.fromkeys(FLAGS, False), "searchable": True}
    return {
        "searchable": element_type == STRING,
        "filterable": True,
        "sortable": single,
        "facetable": element_type != POINT,
        "retrievable": True,
    }


def parse_field(raw: object, parent: str = "", *, in_collection: bool = False) -> tuple[IndexField, dict[str, Any]]:
    """Return the field and its JSON with every attribute filled in; `in_collection` means below a complex one."""
    if not isinstance(raw, Mapping):
        raise InvalidParameterError.in_definition("Every field must be a JSON object.")
    name = raw.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name) or name.lower().startswith("azuresearch"):
        raise InvalidParameterError.in_definition(
            f"Invalid field name '{name}'. Field names start with a letter, contain only letters, digits "
            "and underscores, have at most 128 characters and do not start with 'azureSearch'."
        )
    element_type, is_collection = parse_type(name, raw.get("type"))
    path = f"{parent}{name}"
    children = []
    if element_type == COMPLEX:
        children = parse_fields(raw.get("fields") or [], f"{path}/", in_collection=in_collection or is_collection)
    full = complete_field(raw, element_type, not (is_collection or in_collection), [json for _, json in children])
    field = build_field(full, path, element_type, is_collection, tuple(child for child, _ in children))
    check_attributes(field, full)
    if in_collection and field.sortable:
        refuse_attribute(field, "sortable", "a field of a collection has many values per document")
    return field, full


def parse_fields(
    raw: object, parent: str = "", *, in_collection: bool = False
) -> list[tuple[IndexField, dict[str, Any]]]:
    """Parse a list of fields and refuse names that differ only by case."""
    if not isinstance(raw, list):
        raise InvalidParameterError.in_definition("'fields' must be an array.")
    fields = [parse_field(field, parent, in_collection=in_collection) for field in raw]
    names = [field.name.lower() for field, _ in fields]
    for name in names:
        if names.count(name) > 1:
            raise InvalidParameterError.in_definition(f"The field name '{parent}{name}' is used more than once.")
    return fields


def complete_field(
    raw: Mapping[str, Any], element_type: str, single: bool, children: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the field's JSON as the service gives it back: nothing left out."""
    full: dict[str, Any] = {"name": raw["name"], "type": raw["type"], "key": bool(raw.get("key") or False)}
    for flag, default in default_attributes(element_type, single).items():
        value = raw.get(flag)
        if value is not None and not isinstance(value, bool):
            raise InvalidParameterError.in_definition(f"'{flag}' of field '{raw['name']}' must be true or false.")
        full[flag] = default if value is None else value
    if element_type == COMPLEX:
        return {"name": raw["name"], "type": raw["type"], "fields": children}
    full["stored"] = raw.get("stored") is not False
    for analyzer in ANALYZERS:
        full[analyzer] = raw.get(analyzer)
        if not isinstance(full[analyzer], str | None):
            raise InvalidParameterError.in_definition(f"'{analyzer}' of field '{raw['name']}' must be a string.")
    full["dimensions"] = raw.get("dimensions")
    full["vectorSearchProfile"] = raw.get("vectorSearchProfile")
    full["vectorEncoding"] = raw.get("vectorEncoding")
    full["synonymMaps"] = raw.get("synonymMaps") or []
    standard_properties = {*full, "fields"}
    return {**full, **{name: value for name, value in raw.items() if name not in standard_properties}}


def build_field(
    full: Mapping[str, Any], path: str, element_type: str, is_collection: bool, children: tuple[IndexField, ...]
) -> IndexField:
    """Turn the complete JSON of a field into an IndexField."""
    dimensions, vector_profile = full.get("dimensions"), full.get("vectorSearchProfile")
    return IndexField(
        name=full["name"],
        path=path,
        element_type=element_type,
        is_collection=is_collection,
        key=bool(full.get("key")),
        **{flag: bool(full.get(flag)) for flag in FLAGS if element_type != COMPLEX},
        analyzer=full.get("indexAnalyzer") or full.get("analyzer"),
        search_analyzer=full.get("searchAnalyzer") or full.get("analyzer"),
        normalizer=full.get("normalizer"),
        dimensions=dimensions if isinstance(dimensions, int) else 0,
        vector_profile=vector_profile if isinstance(vector_profile, str) else None,
        fields=children,
    )


def check_attributes(field: IndexField, full: Mapping[str, Any]) -> None:
    """Refuse attributes that the field's type cannot have."""
    if field.is_complex:
        if not field.fields:
            raise InvalidParameterError.in_definition(f"The complex field '{field.path}' must have sub-fields.")
        return
    if field.is_vector:
        check_vector_field(field, full)
    elif field.searchable and field.element_type != STRING:
        refuse_attribute(field, "searchable", "only string and vector fields can be searchable")
    if field.sortable and field.is_collection:
        refuse_attribute(field, "sortable", "collection fields cannot be sorted")
    if field.facetable and field.element_type == POINT:
        refuse_attribute(field, "facetable", "geography points have no facets")
    if field.key and (field.type != STRING or "/" in field.path or not field.retrievable):
        raise InvalidParameterError.in_definition(
            f"The key field '{field.path}' must be a retrievable top-level field of type Edm.String."
        )


def check_vector_field(field: IndexField, full: Mapping[str, Any]) -> None:
    """Refuse a vector field without usable dimensions, or with attributes that vectors do not have."""
    if "/" in field.path:
        raise InvalidParameterError.in_definition(f"The vector field '{field.path}' must be a top-level field.")
    dimensions = full.get("dimensions")
    if dimensions is None:
        message = f"The vector field '{field.name}' must have the property 'dimensions' set."
        raise InvalidParameterError.in_definition(message)
    if not isinstance(dimensions, int) or isinstance(dimensions, bool) or not 2 <= dimensions <= 4096:
        message = f"The vector field '{field.name}' must have 'dimensions' between 2 and 4096."
        raise InvalidParameterError.in_definition(message)
    if not field.vector_profile:
        message = f"The vector field '{field.name}' must have the property 'vectorSearchProfile' set."
        raise InvalidParameterError.in_definition(message)
    for flag in ("filterable", "sortable", "facetable"):
        if getattr(field, flag):
            refuse_attribute(field, flag, "vector fields are only searchable and retrievable")


def refuse_attribute(field: IndexField, flag: str, reason: str) -> None:
    """Raise the 400 for an attribute that does not fit the field's type."""
    raise InvalidParameterError.in_definition(
        f"Field '{field.path}' of type '{field.type}' cannot be '{flag}': {reason}."
    )
