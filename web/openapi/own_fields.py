"""The library's own fields in the OpenAPI document: parameters of a search, and what a record has of them."""

from typing import Any

from shared.catalogue.conditions import PERIOD, RANGE
from shared.catalogue.definition import NONE, FieldDefinition
from shared.catalogue.in_force import catalogue
from shared.catalogue.values import MAX_STRING

NUMBER = r"-?[0-9]{1,12}(\.[0-9]{1,6})?"
ASKED = {
    "string": "A phrase of it, in any case, with or without accents",
    "choice": "One of its values; of several, any",
    "multi-choice": "One of its values; of several, all",
    "number": "A number, or a range that may be open: `12.5`, `10..20`, `10..`, `..20`",
    "date": "A year, a month or a day, or a range of them that may be open: `2024`, `2024-05..2024-07`, `2024-05-31..`",
    "yes/no": "`yes` or `no`",
}
KEPT: dict[str, dict[str, Any]] = {
    "string": {"type": "string", "maxLength": MAX_STRING},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "yes/no": {"type": "boolean"},
}


def parameters() -> list[dict[str, Any]]:
    """`field.NAME` for each field in force, as `web/parameters.py` reads them."""
    return [
        {
            "name": f"field.{each.name}",
            "in": "query",
            "description": f"{each.label()}. {ASKED[each.type]}; `{NONE}` for photos without a value.",
            "schema": {"type": "array", "items": _asked(each), "maxItems": 50},
        }
        for each in catalogue().fields
    ]


def _asked(field: FieldDefinition) -> dict[str, Any]:
    if field.choices:
        return {"enum": [*field.choices, NONE]}
    if field.type == "yes/no":
        return {"enum": ["yes", "no", NONE]}
    if field.type == "string":
        return {"type": "string", "maxLength": 500}
    value = NUMBER if field.type == "number" else PERIOD.pattern
    dots = RANGE.replace(".", r"\.")
    return {"type": "string", "pattern": f"^({value}|({value})?{dots}({value})|({value}){dots}|{NONE})$"}


def record_schema() -> dict[str, Any]:
    """What a photo's record has of them: those that have a value."""
    properties = {each.name: _kept(each) for each in catalogue().fields}
    about = "The values of the library's own fields, by their names; those without a value are left out."
    return {"type": "object", "description": about, "properties": properties}


def _kept(field: FieldDefinition) -> dict[str, Any]:
    choice: dict[str, Any] = {"enum": list(field.choices)}
    choices = {"choice": choice, "multi-choice": {"type": "array", "items": choice}}
    return {"description": field.label(), **(KEPT | choices)[field.type]}
