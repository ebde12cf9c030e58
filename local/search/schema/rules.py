"""What may change in an index that holds documents, and what may not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.search.errors import InvalidRequest, OperationRefused
from local.search.schema.definition import Definition

CHANGEABLE = {"retrievable", "searchAnalyzer", "synonymMaps"}
NEEDS_DOWNTIME = ("analyzers", "tokenizers", "tokenFilters", "charFilters", "normalizers", "similarity")


def check_update(old: Definition, new: Definition, *, downtime: bool) -> None:
    """Refuse an update that the real service would refuse without a rebuild."""
    check_fields(old.raw["fields"], new.raw["fields"], "")
    check_algorithms(old.raw.get("vectorSearch") or {}, new.raw.get("vectorSearch") or {})
    check_suggesters(old, new)
    for part in NEEDS_DOWNTIME:
        if not downtime and not only_nulls_added(old.raw[part], new.raw[part]):
            raise OperationRefused(
                f"Changing '{part}' is not allowed because it would cause downtime; "
                "set the 'allowIndexDowntime' query parameter to 'true'.",
                detail_code="IndexDowntimeNotAllowed",
            )


def only_nulls_added(old: object, new: object) -> bool:
    """Whether two settings mean the same, a null counting as absent."""
    return without_nulls(old) == without_nulls(new)


def without_nulls(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def check_fields(old: list[dict[str, Any]], new: list[dict[str, Any]], parent: str) -> None:
    """Every existing field must still be there, unchanged but for what may change."""
    by_name = {field["name"]: field for field in new}
    for field in old:
        path = f"{parent}{field['name']}"
        if field["name"] not in by_name:
            raise OperationRefused(
                f"Existing field(s) '{path}' cannot be deleted.", detail_code="CannotDeleteExistingField"
            )
        later = by_name[field["name"]]
        if "fields" in field and "fields" in later:
            check_fields(field["fields"], later["fields"], f"{path}/")
        if fixed(field) != fixed(later):
            raise OperationRefused(
                f"Existing field '{path}' cannot be changed.", detail_code="CannotChangeExistingField"
            )


def fixed(field: Mapping[str, Any]) -> object:
    """The part of a field that an update must leave as it is."""
    return without_nulls({k: v for k, v in field.items() if k not in CHANGEABLE and k != "fields"})


def check_algorithms(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Existing vector algorithms stay as they are."""
    by_name = {one["name"]: one for one in new.get("algorithms") or []}
    for algorithm in old.get("algorithms") or []:
        name = algorithm["name"]
        if name in by_name and not only_nulls_added(algorithm, by_name[name]):
            raise OperationRefused(f"Existing vector search algorithm '{name}' cannot be changed.")


def check_suggesters(old: Definition, new: Definition) -> None:
    """A suggester can only take in fields that are new."""
    before = set((old.suggester or {}).get("sourceFields") or [])
    for name in (new.suggester or {}).get("sourceFields") or []:
        if name not in before and name in old.by_path:
            raise InvalidRequest.definition(
                f"The existing field '{name}' cannot be added to a suggester; only new fields can."
            )
