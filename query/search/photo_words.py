"""The words of a photo: all that keywords find it by, and which words of a search are among them."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from query.search.query_terms import QueryTerm, holds_any_form
from query.search.vocabulary_words import other_words
from shared.photo import FIELDS, Photo
from shared.search.folding import fold_text
from shared.search.query import SEARCHABLE_TEXT

_texts_of = attrgetter(*(name for name in SEARCHABLE_TEXT if name in FIELDS))


def held_terms(photo: Photo, terms: Sequence[QueryTerm]) -> list[QueryTerm]:
    """The words that a photo's texts hold: what a model saw, what people wrote, and its place and name."""
    [held] = held_by_each([photo], terms)
    return held


def held_by_each(photos: Iterable[Photo], terms: Sequence[QueryTerm]) -> list[list[QueryTerm]]:
    """The same of each photo. A word is also held as another one for the same, or below it in the vocabulary."""
    stems = [(term, (*term.stems, *map(fold_text, other_words(term.word)))) for term in terms]
    return [[term for term, forms in stems if holds_any_form(text, forms)] for text in map(photo_text, photos)]


def lacking_words(photo: Photo, terms: Sequence[QueryTerm]) -> list[str]:
    """The words of a search that a photo does not hold, unless it holds none: then it was found by its meaning."""
    held = held_terms(photo, terms)
    return list(dict.fromkeys(term.word for term in terms if term not in held)) if held else []


def photo_text(photo: Photo) -> str:
    """All that keywords find a photo by, folded."""
    parts: list[str] = []
    for value in filter(None, (*_texts_of(photo), *photo.custom.values())):  # most of a photo's texts are empty
        if isinstance(value, list):
            parts += value
        else:
            parts.append(str(value))
    text = "\n".join(parts)
    return text.lower() if text.isascii() else fold_text(text)
