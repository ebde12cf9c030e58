"""One field of an index: its type, its attributes and where it sits in a document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.search.errors import InvalidRequest

STRING, COMPLEX, POINT = "Edm.String", "Edm.ComplexType", "Edm.GeographyPoint"
DATE, BOOLEAN, DOUBLE = "Edm.DateTimeOffset", "Edm.Boolean", "Edm.Double"
INT32, INT64 = "Edm.Int32", "Edm.Int64"
SCALARS = {STRING, INT32, INT64, DOUBLE, BOOLEAN, DATE, POINT, COMPLEX}
VECTORS = {"Edm.Single", "Edm.Half", "Edm.Int16", "Edm.SByte"}
NAME = re.compile(r"[A-Za-z]\w{0,127}", re.ASCII)
FLAGS = ("searchable", "filterable", "sortable", "facetable", "retrievable")


@dataclass(frozen=True)
class Field:
    """`path` is slash-separated from the document's root; `element` is the type inside `Collection(...)`."""

    name: str
    path: str
    element: str
    collection: bool
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
    profile: str | None = None
    fields: tuple[Field, ...] = ()

    @property
    def type(self) -> str:
        return f"Collection({self.element})" if self.collection else self.element

    @property
    def is_vector(self) -> bool:
        return self.element in VECTORS

    @property
    def is_complex(self) -> bool:
        return self.element == COMPLEX

    @property
    def has_column(self) -> bool:
        """Whether filters, sorting or facets may ask for its values."""
        return self.key or self.filterable or self.sortable or self.facetable

    def walk(self) -> Iterator[Field]:
        """Yield this field and everything below it, parents first."""
        yield self
        for child in self.fields:
            yield from child.walk()


def parse_type(name: str, spelled: object) -> tuple[str, bool]:
    """Return the element type and whether it is a collection; refuse unknown types."""
    text = spelled if isinstance(spelled, str) else ""
    inner = re.fullmatch(r"Collection\((.+)\)", text)
    element = inner.group(1) if inner else text
    if element in SCALARS or (inner and element in VECTORS):
        return element, bool(inner)
    raise InvalidRequest.definition(f"The field '{name}' has an unsupported type '{spelled}'.")


def default_attributes(element: str, single: bool) -> dict[str, bool | None]:
    """What the service fills in for attributes that a definition leaves out."""
    if element == COMPLEX:
        return dict.fromkeys(FLAGS, None)
    if element in VECTORS:
        return {**dict.fromkeys(FLAGS, False), "searchable": True}
    return {
        "searchable": element == STRING,
        "filterable": True,
        "sortable": single,
        "facetable": element != POINT,
        "retrievable": True,
    }


def parse_field(raw: object, parent: str = "", *, repeated: bool = False) -> tuple[Field, dict[str, Any]]:
    """Return the field and its JSON with every attribute filled in; `repeated` inside a complex collection."""
    if not isinstance(raw, Mapping):
        raise InvalidRequest.definition("Every field must be a JSON object.")
    name = raw.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name) or name.lower().startswith("azuresearch"):
        raise InvalidRequest.definition(
            f"Invalid field name '{name}'. Field names start with a letter, contain only letters, digits "
            "and underscores, have at most 128 characters and do not start with 'azureSearch'."
        )
    element, collection = parse_type(name, raw.get("type"))
    path = f"{parent}{name}"
    inner = {"repeated": repeated or collection}
    children = parse_fields(raw.get("fields") or [], f"{path}/", **inner) if element == COMPLEX else []
    full = complete(raw, element, not (collection or repeated), [child for _, child in children])
    field = build(full, path, element, collection, tuple(child for child, _ in children))
    check_attributes(field, full)
    if repeated and field.sortable:
        refuse(field, "sortable", "a field of a collection has many values per document")
    return field, full


def parse_fields(raw: object, parent: str = "", *, repeated: bool = False) -> list[tuple[Field, dict[str, Any]]]:
    """Parse a list of fields and refuse names that differ only by case."""
    if not isinstance(raw, list):
        raise InvalidRequest.definition("'fields' must be an array.")
    parsed = [parse_field(one, parent, repeated=repeated) for one in raw]
    names = [field.name.lower() for field, _ in parsed]
    for name in names:
        if names.count(name) > 1:
            raise InvalidRequest.definition(f"The field name '{parent}{name}' is used more than once.")
    return parsed


def complete(raw: Mapping[str, Any], element: str, single: bool, children: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the field's JSON as the service gives it back: nothing left out."""
    full: dict[str, Any] = {"name": raw["name"], "type": raw["type"], "key": bool(raw.get("key") or False)}
    for flag, default in default_attributes(element, single).items():
        given = raw.get(flag)
        if given is not None and not isinstance(given, bool):
            raise InvalidRequest.definition(f"'{flag}' of field '{raw['name']}' must be true or false.")
        full[flag] = default if given is None else given
    if element == COMPLEX:
        return {**{k: raw[k] for k in ("name", "type")}, "fields": children}
    full["stored"] = raw.get("stored") is not False
    for extra in ("indexAnalyzer", "searchAnalyzer", "analyzer", "normalizer", "dimensions"):
        full[extra] = raw.get(extra)
    full["vectorSearchProfile"] = raw.get("vectorSearchProfile")
    full["vectorEncoding"] = raw.get("vectorEncoding")
    full["synonymMaps"] = raw.get("synonymMaps") or []
    known = {*full, "fields"}
    return {**full, **{name: value for name, value in raw.items() if name not in known}}


def build(full: Mapping[str, Any], path: str, element: str, collection: bool, children: tuple[Field, ...]) -> Field:
    """Turn a complete field JSON into a Field."""
    dimensions = full.get("dimensions")
    return Field(
        name=full["name"],
        path=path,
        element=element,
        collection=collection,
        key=bool(full.get("key")),
        **{flag: bool(full.get(flag)) for flag in FLAGS if element != COMPLEX},
        analyzer=full.get("indexAnalyzer") or full.get("analyzer"),
        search_analyzer=full.get("searchAnalyzer") or full.get("analyzer"),
        normalizer=full.get("normalizer"),
        dimensions=dimensions if isinstance(dimensions, int) else 0,
        profile=full.get("vectorSearchProfile"),
        fields=children,
    )


def check_attributes(field: Field, full: Mapping[str, Any]) -> None:
    """Refuse attributes that the field's type cannot have."""
    if field.is_complex:
        if not field.fields:
            raise InvalidRequest.definition(f"The complex field '{field.path}' must have sub-fields.")
        return
    if field.is_vector:
        check_vector(field, full)
    elif field.searchable and field.element != STRING:
        refuse(field, "searchable", "only string and vector fields can be searchable")
    if field.sortable and field.collection:
        refuse(field, "sortable", "collection fields cannot be sorted")
    if field.facetable and field.element == POINT:
        refuse(field, "facetable", "geography points have no facets")
    if field.key and (field.type != STRING or "/" in field.path or not field.retrievable):
        raise InvalidRequest.definition(
            f"The key field '{field.path}' must be a retrievable top-level field of type Edm.String."
        )


def check_vector(field: Field, full: Mapping[str, Any]) -> None:
    """Refuse a vector field without usable dimensions, or with attributes vectors do not have."""
    if "/" in field.path:
        raise InvalidRequest.definition(f"The vector field '{field.path}' must be a top-level field.")
    dimensions = full.get("dimensions")
    if dimensions is None:
        message = f"The vector field '{field.name}' must have the property 'dimensions' set."
        raise InvalidRequest.definition(message)
    if not isinstance(dimensions, int) or isinstance(dimensions, bool) or not 2 <= dimensions <= 4096:
        message = f"The vector field '{field.name}' must have 'dimensions' between 2 and 4096."
        raise InvalidRequest.definition(message)
    if not field.profile:
        message = f"The vector field '{field.name}' must have the property 'vectorSearchProfile' set."
        raise InvalidRequest.definition(message)
    for flag in ("filterable", "sortable", "facetable"):
        if getattr(field, flag):
            refuse(field, flag, "vector fields are only searchable and retrievable")


def refuse(field: Field, flag: str, why: str) -> None:
    """Raise the 400 for an attribute that does not fit the field's type."""
    raise InvalidRequest.definition(f"Field '{field.path}' of type '{field.type}' cannot be '{flag}': {why}.")
