"""The text of a photo that is embedded: what its vector stands for."""

import hashlib
from datetime import datetime

from shared.photo import Photo

MAX_VISIBLE_TEXT = 2000  # characters of it worth embedding: small models read only about 500 tokens


def text_to_embed(photo: Photo) -> str:
    """
    Title, caption, tags, embedded metadata, persons, place, date in words and visible text, in order of weight.

    Nothing in it comes from the path, so a renamed copy has the same text and costs no embedding.
    """
    parts = [
        photo.title,
        photo.caption,
        ", ".join(photo.tags),
        photo.embedded_title,
        photo.embedded_description,
        ", ".join(photo.keywords),
        ", ".join(photo.persons),
        ", ".join(part for part in (photo.city, photo.country) if part),
        "" if photo.taken_at_source == "file_name" else date_in_words(photo.taken_local, photo.taken_precision),
        photo.text_in_photo[:MAX_VISIBLE_TEXT],
    ]
    return "\n".join(part for part in parts if part)


def text_digest(photo: Photo) -> str:
    """The digest of the text, as documents keep it."""
    return hashlib.sha256(text_to_embed(photo).encode()).hexdigest()


def date_in_words(local: str | None, precision: str | None) -> str:
    """`Wednesday 1 May 2024`, `May 2024` or `2024`; empty without a date."""
    if not local:
        return ""
    moment = datetime.fromisoformat(local)
    if precision == "year":
        return f"{moment:%Y}"
    if precision == "month":
        return f"{moment:%B %Y}"
    return f"{moment:%A} {moment.day} {moment:%B %Y}"
