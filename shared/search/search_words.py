"""
What is indexed of a photo beside its fields, and only searched or counted.

That is its texts folded, and once more by their language, and the parts of the map that it lies in.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from shared.geo_cells import GEO_CELL, cells_of
from shared.languages import ENGLISH
from shared.photo import Photo
from shared.search.folding import folded_phrase, is_unspaced, pairs, runs, word_forms
from shared.search.language_fields import PREFIX, analyzer_of, language_field

# The words that are indexed otherwise than they are written: nothing of a text in plain English letters, so that its
# score does not count a word twice. They have their final form, hence the analyzer.
FOLDED_WORDS = "folded_words"
# Texts that fold to something else, whole, for phrases and names. They are looked into, and not scored by.
FOLDED_TEXTS = "folded_texts"
DESCRIPTION = ("title", "caption", "alt_text", "tags", "embedded_title", "embedded_description", "keywords")
TEXTS = (*DESCRIPTION, "text_in_photo", "keyword_paths", "creators", "persons", "credit", "city", "state", "country")
NAMED = (*TEXTS, "rights", "usage_terms", "file_name", "path", "path_words")
MAX_LENGTH = 100_000  # characters of one text


def index_fields(existing: Collection[str], language: str) -> list[dict[str, Any]]:
    """The definitions of these fields: with one for the language, and those for others that the index has already."""
    languages = {each for each in existing if each.startswith(PREFIX)} | {language_field(language)} - {""}
    return [
        _field(FOLDED_WORDS, "Edm.String", "whitespace"),
        _field(FOLDED_TEXTS, "Collection(Edm.String)", "standard.lucene"),
        *(_field(each, "Edm.String", analyzer_of(each)) for each in sorted(languages)),
        _counted_field(GEO_CELL),
    ]


def _field(name: str, type_: str, analyzer: str) -> dict[str, Any]:
    unused = dict.fromkeys(("key", "retrievable", "filterable", "sortable", "facetable"), False)
    return {"name": name, "type": type_, "searchable": True, "analyzer": analyzer, **unused}


def _counted_field(name: str) -> dict[str, Any]:
    unused = dict.fromkeys(("key", "retrievable", "searchable", "sortable"), False)
    return {"name": name, "type": "Collection(Edm.String)", "filterable": True, "facetable": True, **unused}


def search_words(photo: Photo, languages: Collection[str]) -> dict[str, Any]:
    """The values of these fields for a photo; `languages` are the fields for languages that the index has."""
    own = _custom_texts(photo)
    words = (word for text in (*texts_of(photo, (*TEXTS, "path_words")), *own) for word in _indexed_words(text))
    named = (phrase for text in (*texts_of(photo, NAMED), *own) if (phrase := folded_phrase(text)))
    field = language_field(photo.caption_language or ENGLISH)
    described = "\n".join(texts_of(photo, DESCRIPTION))
    return {
        FOLDED_WORDS: " ".join(words),
        FOLDED_TEXTS: list(dict.fromkeys(named)),
        **{each: described if each == field else None for each in languages},
        GEO_CELL: cells_of(photo.location),
    }


def texts_of(photo: Photo, fields: Collection[str]) -> list[str]:
    """What these fields of a photo say, text by text."""
    return _texts(getattr(photo, name) for name in fields)


def _custom_texts(photo: Photo) -> list[str]:
    """What the fields of the library's own say."""
    return _texts(value for value in photo.custom.values() if isinstance(value, (str, list)))


def _texts(values: Iterable[Any]) -> list[str]:
    return [text[:MAX_LENGTH] for value in values for text in (value if isinstance(value, list) else [value]) if text]


def _indexed_words(text: str) -> Iterator[str]:
    if text.isascii():
        return
    for run in runs(text):
        yield from pairs(run) if is_unspaced(run) else word_forms(run)
