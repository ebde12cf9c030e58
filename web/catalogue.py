"""`GET /api/catalogue`: the fields that this library has of its own, as pages and programs need them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from shared.catalogue.definition import FieldDefinition, FieldType
from shared.catalogue.in_force import catalogue


class FieldChoice(TypedDict):
    """A value of a closed list: as it is stored and filtered by, and how people read it, by language."""

    value: str
    labels: dict[str, str]


class CustomField(TypedDict):
    """A field of the library's own; `filled_by_model` is one that the model fills when it describes a photo."""

    name: str
    type: FieldType
    labels: dict[str, str]
    values: list[FieldChoice]
    searchable: bool
    facet: bool
    required: bool
    filled_by_model: bool


class CatalogueFields(TypedDict):
    """All of them, in the order of `catalogue.json`."""

    fields: list[CustomField]


async def fields(request: Request) -> Response:
    """The definitions in force; none where there is no `catalogue.json`."""
    content: CatalogueFields = {"fields": [_record(each) for each in catalogue().fields]}
    return JSONResponse(content)


def _record(field: FieldDefinition) -> CustomField:
    values: list[Any] = [each.model_dump() for each in field.values]
    return {
        "name": field.name,
        "type": field.type,
        "labels": field.labels,
        "values": values,
        "searchable": field.searchable,
        "facet": field.facet,
        "required": field.required,
        "filled_by_model": bool(field.instruction),
    }
