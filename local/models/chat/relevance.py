"""Ranks the photos of a search by how well they match a question."""

import functools
import re
from dataclasses import dataclass

from local.models.chat.lexicon import detect_language, tokenize
from local.models.chat.question_parser import ParsedQuestion
from local.models.chat.search_results import PhotoRecord
from local.models.chat.vocabulary import english_meanings, meanings_in, same_stem

# The score of a term in the title, tags or colours, and of a term anywhere else in the photo's record.
HEADLINE_SCORE, RECORD_SCORE = 1.0, 0.6


@dataclass(frozen=True)
class ScoredPhoto:
    """A photo and how well it matches the question, 0 to 1."""

    photo: PhotoRecord
    relevance: float


def rank_photos(question: ParsedQuestion, photos: tuple[PhotoRecord, ...]) -> list[ScoredPhoto]:
    """The photos that pass the question's filters, best first; ties keep the order of the search."""
    matching = [photo for photo in photos if _matches_filters(question, photo)]
    scored = [ScoredPhoto(photo, _relevance(question, photo)) for photo in matching]
    if question.sort:
        return scored
    return sorted(scored, key=lambda scored_photo: -scored_photo.relevance)


def _matches_filters(question: ParsedQuestion, photo: PhotoRecord) -> bool:
    """Whether a photo passes the filters for its date, folder, file and people; an unknown date does not."""
    if question.date_range:
        after, before = question.date_range.after, question.date_range.before
        if photo.taken is None or (after and photo.taken < after) or (before and photo.taken >= before):
            return False
    if question.folder and question.folder.lower() not in photo.path.lower():
        return False
    if not _matches_file_filters(question, photo):
        return False
    if question.people is None:
        return True
    people = photo.people or 0
    return people == 0 if question.people == 0 else people >= question.people


def _matches_file_filters(question: ParsedQuestion, photo: PhotoRecord) -> bool:
    """Whether what its file says of creators, keywords and stars passes; a file that says nothing does not."""
    if question.creator and not any(question.creator.lower() in name.lower() for name in photo.creators):
        return False
    if question.keyword and not any(question.keyword.lower() in word.lower() for word in photo.keywords):
        return False
    return not question.rating or (photo.rating or 0) >= question.rating


def _relevance(question: ParsedQuestion, photo: PhotoRecord) -> float:
    """
    The share of the terms that a photo's record contains; 1 if there are no terms.

    A term in the title or the tags counts in full, a term in the caption, the
    path or the visible text a little less.
    """
    if not question.terms:
        return 1.0
    code, captions = question.language.code, _caption_language(photo)
    meanings = (english_meanings(term, code) + meanings_in(captions, term, code) for term in question.terms)
    return sum(_term_score(words, photo) for words in meanings) / len(question.terms)


def unmet_terms(question: ParsedQuestion, photos: list[PhotoRecord]) -> list[str]:
    """The terms that none of these photos' records holds, in any of the words for them."""
    code = question.language.code
    return [
        term
        for term in question.terms
        if not any(
            _term_score(english_meanings(term, code) + meanings_in(_caption_language(photo), term, code), photo)
            for photo in photos
        )
    ]


@functools.lru_cache(maxsize=4096)
def _caption_language(photo: PhotoRecord) -> str:
    """The language that a photo is described in, as far as its words tell."""
    return detect_language(photo.caption).code


def _term_score(words: tuple[str, ...], photo: PhotoRecord) -> float:
    """How well a photo's record matches one term, given with its synonyms."""
    if _matches(words, _headline_words(photo)):
        return HEADLINE_SCORE
    return RECORD_SCORE if _matches(words, _record_words(photo)) else 0.0


def _matches(words: tuple[str, ...], record: frozenset[str]) -> bool:
    """Whether the record contains one of the words; of a phrase, all its words."""
    return any(all(any(same_stem(part, word) for word in record) for part in phrase.split()) for phrase in words)


@functools.lru_cache(maxsize=4096)
def _headline_words(photo: PhotoRecord) -> frozenset[str]:
    """The words of the titles, the tags, the keywords, the colours, the setting and own fields."""
    own = [value for _, value in photo.fields]
    return _split_words(
        [photo.title, photo.file_title, *photo.tags, *photo.keywords, *photo.colors, photo.setting, *own]
    )


@functools.lru_cache(maxsize=4096)
def _record_words(photo: PhotoRecord) -> frozenset[str]:
    """The words of the caption and the description, the visible text, the path, the place and the creators' names."""
    return _split_words(
        [photo.caption, photo.description, photo.text, photo.path, photo.place, *photo.creators, photo.credit]
    )


def _split_words(texts: list[str]) -> frozenset[str]:
    """The distinct words of the texts."""
    return frozenset(word for text in texts for word in tokenize(re.sub(r"[_/.-]", " ", text)))
