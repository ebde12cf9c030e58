"""The library's own fields as arguments of the chat's tools."""

from typing import Any

from shared.catalogue.definition import CLOSED, Catalogue, FieldDefinition

MAX_CHOICES = 60  # of a closed list that the model is told; more would cost more than they help
OWN_FIELD = "field."  # before the name where photos are counted by it
WORDS = {
    "string": "a phrase of it",
    "choice": "one of its values",
    "multi-choice": "one of its values",
    "number": "a number or a range: 12.5, 10..20, 10.., ..20",
    "date": "a year, month, day or a range: 2024, 2024-05..2024-07, 2024-05-31..",
    "yes/no": "yes or no",
}


def as_texts(value: Any) -> Any:
    """Every value as a list of texts, whatever a model writes: `{"sold": true}` becomes `{"sold": ["yes"]}`."""
    if not isinstance(value, dict):
        return value
    lists = {str(name): each if isinstance(each, list) else [each] for name, each in value.items()}
    texts = {name: [text for each in values if (text := _text(each))] for name, values in lists.items()}
    return {name: values for name, values in texts.items() if values} or None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).strip()


def facet_names(catalogue: Catalogue) -> list[str]:
    """The fields that photos can be counted by."""
    return [OWN_FIELD + each.name for each in catalogue.fields if each.facet]


def fields_argument(catalogue: Catalogue, description: str) -> dict[str, Any]:
    """The schema of the argument with one property for each field; empty, and left out, where there is none."""
    properties = {each.name: _property(each) for each in catalogue.fields}
    return {"type": "object", "description": description, "properties": properties} if properties else {}


def _property(field: FieldDefinition) -> dict[str, Any]:
    labels = " / ".join(dict.fromkeys([field.label(), *field.labels.values()]))  # people ask in any of their languages
    about = f"{labels}: {WORDS[field.type]}; none for photos without."
    choices = {"enum": [*field.choices, "none"]} if field.type in CLOSED and len(field.choices) <= MAX_CHOICES else {}
    return {"type": "string", "description": about, **choices}


def fields_key(catalogue: Catalogue) -> str:
    """What changes whenever the definitions of the tools do."""
    return catalogue.model_dump_json() if catalogue.fields else ""
