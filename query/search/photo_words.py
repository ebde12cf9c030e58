"""The words of a photo: all that keywords find it by, and which words of a search are among them."""

from collections.abc import Sequence
from operator import attrgetter

from query.search.query_terms import QueryTerm
from query.search.vocabulary_words import other_words
from shared.photo import FIELDS, Photo
from shared.search.folding import fold_text
from shared.search.query import SEARCHABLE_TEXT

_texts_of = attrgetter(*(name for name in SEARCHABLE_TEXT if name in FIELDS))


def held_terms(photo: Photo, terms: Sequence[QueryTerm]) -> list[QueryTerm]:
    """The words that a photo's texts hold: what a model saw, what people wrote, and its place and name."""
    text = photo_text(photo)
    return [term for term in terms if term.is_in(text) or _has_other_word(text, term)]


def _has_other_word(text: str, term: QueryTerm) -> bool:
    """Whether a text holds what the vocabulary has for the same as this word, or for something below it."""
    return any(QueryTerm(other, (fold_text(other),), other).is_in(text) for other in other_words(term.word))


def lacking_words(photo: Photo, terms: Sequence[QueryTerm]) -> list[str]:
    """The words of a search that a photo does not hold, unless it holds none: then it was found by its meaning."""
    held = held_terms(photo, terms)
    return list(dict.fromkeys(term.word for term in terms if term not in held)) if held else []


def photo_text(photo: Photo) -> str:
    """All that keywords find a photo by, folded."""
    values = (*_texts_of(photo), *photo.custom.values())
    text = "\n".join(part for value in values if value for part in (value if isinstance(value, list) else [str(value)]))
    return text.lower() if text.isascii() else fold_text(text)
