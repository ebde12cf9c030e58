"""Where the values of a photo's editable fields come from, and what people wrote over."""

import json
from typing import TYPE_CHECKING, Any

from shared.catalogue.in_force import catalogue

if TYPE_CHECKING:
    from shared.photo import Photo

PERSON = "person"
CUSTOM = "fields."  # begins the names of the library's own fields
BY_MODEL = {"title", "alt_text", "caption", "tags"}


def edited_names(photo: "Photo") -> list[str]:
    """The fields that a person wrote."""
    return [each.removesuffix(f":{PERSON}") for each in photo.sources]


def sources_of(photo: "Photo", editable: tuple[str, ...]) -> dict[str, str]:
    """The source of each editable field that has a value: `person`, `file` or `model`."""
    values = {name: "model" if name in BY_MODEL else "file" for name in editable if getattr(photo, name)}
    if photo.custom:
        values |= {f"{CUSTOM}{each.name}": "model" for each in catalogue().asked if each.name in photo.custom}
    return values | dict.fromkeys(edited_names(photo), PERSON)


def unedited_values(photo: "Photo") -> dict[str, Any]:
    """What the fields that a person wrote would be without that: what taking an edit back restores."""
    if not photo.unedited:
        return {}
    values = json.loads(photo.unedited)["values"]
    values |= {f"{CUSTOM}{name}": value for name, value in values.pop("custom", {}).items()}
    return {name: values[name] for name in edited_names(photo) if name in values}
