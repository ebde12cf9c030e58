"""`/api/catalogue`: the fields that this library has of its own, as pages and programs need them, read and replaced."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from shared.access.audit import record
from shared.catalogue.definition import Catalogue, FieldDefinition, FieldType, parse_catalogue
from shared.catalogue.in_force import catalogue, vocabulary
from shared.catalogue.questions import question_key
from shared.errors import BadRequest, SettingsError
from shared.services import services
from web.parameters import parse_condition, parse_flag


class FieldChoice(TypedDict):
    """A value of a closed list: as it is stored and filtered by, and how people read it, by language."""

    value: str
    labels: dict[str, str]


class CustomField(TypedDict):
    """A field of the library's own; the model fills one with an `instruction` when it describes a photo."""

    name: str
    type: FieldType
    labels: dict[str, str]
    values: list[FieldChoice]
    searchable: bool
    facet: bool
    required: bool
    instruction: str
    filled_by_model: bool


class CatalogueFields(TypedDict):
    """All of them, in the order of `catalogue.json`."""

    fields: list[CustomField]


class DifferingNames(TypedDict):
    """The names of what is new, of what is not as it was, and of what is gone."""

    added: list[str]
    changed: list[str]
    removed: list[str]


class FieldsResult(DifferingNames):
    """
    Fields that are in force now, or that would be, and the names of those that are new, changed and gone.

    `asks_anew` tells that the model is asked something else by them: photos that are there keep what they have until
    they are described again.
    """

    dry_run: bool
    fields: list[CustomField]
    asks_anew: bool


async def fields(request: Request) -> Response:
    """The definitions in force, none where there is no `catalogue.json`; the ETag is for `If-Match`."""
    content: CatalogueFields = {"fields": [_record(each) for each in catalogue().fields]}
    return JSONResponse(content, headers=_headers())


async def replace(request: Request) -> Response:
    """Another `catalogue.json` in place of the one there is; with `dry_run=true` only say what that would change."""
    dry_run, content, store = parse_flag(request.query_params, "dry_run"), await request.body(), services().catalogue
    before = catalogue()
    if dry_run:
        new = await _checked(content)
    else:
        condition = parse_condition(request.headers, store.etag, "there are no fields to replace")
        new = await store.save(content, if_match=condition)
        await record("fields_changed", about="catalogue", count=len(new.fields))
    return JSONResponse(_result(before, new, dry_run=dry_run), headers=_headers())


async def _checked(content: bytes) -> Catalogue:
    """The fields in a file, if it is right and the index can hold them."""
    try:
        new = parse_catalogue(content)
        await services().index.can_hold(new)
    except (ValueError, SettingsError) as error:
        raise BadRequest(str(error)) from error
    return new


def _result(before: Catalogue, new: Catalogue, *, dry_run: bool) -> FieldsResult:
    return {
        "dry_run": dry_run,
        "fields": [_record(each) for each in new.fields],
        **differing_names(before.by_name, new.by_name),
        "asks_anew": question_key(before, vocabulary()) != question_key(new, vocabulary()),
    }


def differing_names(before: Mapping[str, object], new: Mapping[str, object]) -> DifferingNames:
    """What is called differently, or is different by the same name, in their order."""
    return {
        "added": [name for name in new if name not in before],
        "changed": [name for name, value in new.items() if name in before and before[name] != value],
        "removed": [name for name in before if name not in new],
    }


def _headers() -> dict[str, str]:
    etag = services().catalogue.etag
    return {"ETag": etag} if etag else {}


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
        "instruction": field.instruction,
        "filled_by_model": bool(field.instruction),
    }
