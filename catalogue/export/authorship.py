"""Whose words a photo's are: a model's that nobody has reviewed, or anybody else's."""

from shared.catalogue.in_force import catalogue
from shared.photo import Photo
from shared.photo_sources import CUSTOM, edited_names

BY_MODEL = ("title", "alt_text", "caption", "tags")  # what the model writes of those that people may edit


def unreviewed(photo: Photo) -> list[str]:
    """The fields that have words of a model which no person wrote over or approved."""
    if photo.reviewed:
        return []
    edited = edited_names(photo)
    own = [f"{CUSTOM}{each.name}" for each in catalogue().asked if each.name in photo.custom]
    names = [*(name for name in BY_MODEL if getattr(photo, name)), *own]
    return [name for name in names if name not in edited]


def best_title(photo: Photo) -> tuple[str, str]:
    """The title for other programs, and the field it is in: that of a person, else of the file, else of a model."""
    return _best(photo, "title", "embedded_title")


def best_description(photo: Photo) -> tuple[str, str]:
    """The description, likewise."""
    return _best(photo, "caption", "embedded_description")


def _best(photo: Photo, field: str, of_file: str) -> tuple[str, str]:
    name = of_file if getattr(photo, of_file) and field not in edited_names(photo) else field
    return getattr(photo, name), name
