"""Parts of filters in OData: literals, phrases, and the photos with certain ids or words."""

import re
import unicodedata
from collections.abc import Sequence

from shared.photo import Photo, is_photo_id
from shared.search.folding import folded_phrase

MAX_IDS = 100  # of what others name; `among` takes any number
UNSAFE_CHARACTERS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def id_filter(ids: Sequence[str]) -> str | None:
    """The photos with these ids; what cannot be an id is left out, and None means that no id is left."""
    valid = [id_ for id_ in dict.fromkeys(ids) if is_photo_id(id_)][:MAX_IDS]
    return among(valid) if valid else None


def other_photos_filter(photo: Photo) -> str:
    """All photos but this one and those with the same bytes."""
    return f"id ne {string_literal(photo.id)} and digest ne {string_literal(photo.digest)}"


def image_recipe_filter(recipe: str, filter_: str | None) -> str:
    """The photos that the filter matches whose pictures have a vector of this recipe."""
    clause = f"image_recipe eq {string_literal(recipe)}"
    return f"({filter_}) and {clause}" if filter_ else clause


def both(one: str | None, other: str) -> str:
    """The photos that pass both filters; None lets all through."""
    return f"{_in_brackets(one)} and {_in_brackets(other)}" if one else other


def all_words(text: str, fields: Sequence[str]) -> str:
    """The photos that hold every word of a text in the simple query syntax, each in any of the fields."""
    return f"search.ismatch({string_literal(text)}, '{','.join(fields)}', 'simple', 'all')"


def among(ids: Sequence[str]) -> str:
    """The photos with these ids, however many; none without ids. What is no id matches no photo."""
    return f"search.in(id, {string_literal(','.join(ids))}, ',')"


def not_among(ids: Sequence[str]) -> str:
    """All photos but these."""
    return f"not {among(ids)}"


def _in_brackets(clause: str) -> str:
    return f"({clause})"


def quoted_phrase(text: str) -> str:
    """The text as a phrase of the simple query syntax; empty if it has no words."""
    words = UNSAFE_CHARACTERS.sub(" ", text).replace('"', " ").replace("\\", " ").strip()
    return f'"{words}"' if re.search(r"\w", words) else ""


def quoted_spellings(text: str) -> str:
    """The text as a phrase, with its accents in one piece, and folded: each once, and any of them is enough."""
    spellings = (text, unicodedata.normalize("NFC", text), folded_phrase(text))
    return " ".join(dict.fromkeys(phrase for each in spellings if (phrase := quoted_phrase(each))))


def string_literal(text: str) -> str:
    """The text as an OData string: quotes are doubled, and control characters are dropped."""
    return "'" + UNSAFE_CHARACTERS.sub("", text).replace("'", "''") + "'"
