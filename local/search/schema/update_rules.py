"""What may be changed in an index that holds documents, and what may not."""

from collections.abc import Mapping
from typing import Any

from local.search.errors import InvalidParameterError, OperationNotAllowedError
from local.search.schema.definition import IndexDefinition

CHANGEABLE_ATTRIBUTES = {"retrievable", "searchAnalyzer", "synonymMaps"}
NEEDS_DOWNTIME = ("analyzers", "tokenizers", "tokenFilters", "charFilters", "normalizers", "similarity")


def check_update(old: IndexDefinition, new: IndexDefinition, *, downtime: bool) -> None:
    """Refuse an update that the real service would refuse without a rebuild."""
    check_fields(old.raw["fields"], new.raw["fields"], "")
    check_vector_search(old, new)
    check_suggesters(old, new)
    for part in NEEDS_DOWNTIME:
        if not downtime and not only_nulls_added(old.raw[part], new.raw[part]):
            raise OperationNotAllowedError(
                f"Changing '{part}' is not allowed because it would cause downtime; "
                "set the 'allowIndexDowntime' query parameter to 'true'.",
                detail_code="IndexDowntimeNotAllowed",
            )


def only_nulls_added(old: object, new: object) -> bool:
    """Whether two settings mean the same; a null counts as absent."""
    return without_nulls(old) == without_nulls(new)


def without_nulls(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def check_fields(old: list[dict[str, Any]], new: list[dict[str, Any]], parent: str) -> None:
    """Every existing field must still be there, with nothing changed that may not change."""
    new_by_name = {field["name"]: field for field in new}
    for field in old:
        path = f"{parent}{field['name']}"
        if field["name"] not in new_by_name:
            raise OperationNotAllowedError(
                f"Existing field(s) '{path}' cannot be deleted.", detail_code="CannotDeleteExistingField"
            )
        new_field = new_by_name[field["name"]]
        if "fields" in field and "fields" in new_field:
            check_fields(field["fields"], new_field["fields"], f"{path}/")
        if unchangeable_part(field) != unchangeable_part(new_field):
            raise OperationNotAllowedError(
                f"Existing field '{path}' cannot be changed.", detail_code="CannotChangeExistingField"
            )


def unchangeable_part(field: Mapping[str, Any]) -> object:
    """Return the part of a field that an update must leave as it is."""
    return without_nulls(
        {name: value for name, value in field.items() if name not in {*CHANGEABLE_ATTRIBUTES, "fields"}}
    )


def check_vector_search(old: IndexDefinition, new: IndexDefinition) -> None:
    """Existing vector algorithms must stay as they are, and so must the compression of every field."""
    check_algorithms(old.raw.get("vectorSearch") or {}, new.raw.get("vectorSearch") or {})
    for field in old.vectors:
        if field in new.vectors and old.vector_profile(field).compression != new.vector_profile(field).compression:
            raise OperationNotAllowedError(
                f"The compression of the vectors in the existing field '{field.name}' cannot be changed.",
                detail_code="CannotChangeExistingField",
            )


def check_algorithms(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Existing vector algorithms must stay as they are."""
    new_by_name = {algorithm["name"]: algorithm for algorithm in new.get("algorithms") or []}
    for algorithm in old.get("algorithms") or []:
        name = algorithm["name"]
        if name in new_by_name and not only_nulls_added(algorithm, new_by_name[name]):
            raise OperationNotAllowedError(f"Existing vector search algorithm '{name}' cannot be changed.")


def check_suggesters(old: IndexDefinition, new: IndexDefinition) -> None:
    """Only new fields can be added to a suggester."""
    old_sources = set((old.suggester or {}).get("sourceFields") or [])
    for name in (new.suggester or {}).get("sourceFields") or []:
        if name not in old_sources and name in old.by_path:
            raise InvalidParameterError.in_definition(
                f"The existing field '{name}' cannot be added to a suggester; only new fields can."
            )
