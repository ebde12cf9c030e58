"""Where the values of a photo's editable fields come from, and what people wrote over."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.photo import Photo

PERSON = "person"
BY_MODEL = {"title", "alt_text", "caption", "tags"}
EMPTY: tuple[Any, ...] = ("", None, [], False)


def edited_names(photo: "Photo") -> list[str]:
    """The fields that a person wrote."""
    return [each.removesuffix(f":{PERSON}") for each in photo.sources]


def sources_of(photo: "Photo", editable: tuple[str, ...]) -> dict[str, str]:
    """The source of each editable field that has a value: `person`, `file` or `model`."""
    by_default = {name: "model" if name in BY_MODEL else "file" for name in editable}
    values = {name: source for name, source in by_default.items() if getattr(photo, name) not in EMPTY}
    return values | dict.fromkeys(edited_names(photo), PERSON)


def unedited_values(photo: "Photo") -> dict[str, Any]:
    """What the fields that a person wrote would be without that: what taking an edit back restores."""
    values = json.loads(photo.unedited)["values"] if photo.unedited else {}
    return {name: values[name] for name in edited_names(photo) if name in values}
