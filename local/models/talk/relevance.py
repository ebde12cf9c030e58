"""Which of the photos found really match a question."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from local.models.talk.found import Found
from local.models.talk.lexicon import words_of
from local.models.talk.question import Question
from local.models.talk.vocabulary import alike, meanings

# Words that say little when they stand beside others: "the red bike" is about the bike.
NAMED, SAID = 1.0, 0.6


@dataclass(frozen=True)
class Judged:
    """A photo and how much of the question it meets, 0 to 1."""

    photo: Found
    share: float


def judge(question: Question, photos: tuple[Found, ...]) -> list[Judged]:
    """The photos that pass the question's filters, best first; the search's own order decides ties."""
    kept = [photo for photo in photos if passes(question, photo)]
    judged = [Judged(photo, share(question, photo)) for photo in kept]
    if question.sort:
        return judged
    return sorted(judged, key=lambda one: -one.share)


def passes(question: Question, photo: Found) -> bool:
    """Whether a photo is within the period, folder and number of people asked for; unknown is outside."""
    if question.period:
        after, before = question.period.after, question.period.before
        if photo.taken is None or (after and photo.taken < after) or (before and photo.taken >= before):
            return False
    if question.folder and question.folder.lower() not in photo.path.lower():
        return False
    if question.people is None:
        return True
    people = photo.people or 0
    return people == 0 if question.people == 0 else people >= question.people


def share(question: Question, photo: Found) -> float:
    """
    The part of the terms that a photo's record contains; 1 where there is nothing to look for.

    A term in the title or among the tags counts in full, one that only the
    caption, the path or the visible text has counts a little less.
    """
    if not question.terms:
        return 1.0
    code = question.speech.code
    points = (points_of(meanings(term, code), photo) for term in question.terms)
    return sum(points) / len(question.terms)


def points_of(words: tuple[str, ...], photo: Found) -> float:
    """How well a photo's record meets one term, given in all its words."""
    if meets(words, headline_words(photo)):
        return NAMED
    return SAID if meets(words, record_words(photo)) else 0.0


def meets(words: tuple[str, ...], record: frozenset[str]) -> bool:
    """Whether one of the words, or all words of a phrase among them, is in the record."""
    return any(all(any(alike(part, word) for word in record) for part in phrase.split()) for phrase in words)


@functools.lru_cache(maxsize=4096)
def headline_words(photo: Found) -> frozenset[str]:
    """The words of the title, the tags and the colours."""
    return split([photo.title, *photo.tags, *photo.colors, photo.setting])


@functools.lru_cache(maxsize=4096)
def record_words(photo: Found) -> frozenset[str]:
    """Every word of a photo's record."""
    return split([photo.caption, photo.text, photo.path, photo.place])


def split(texts: list[str]) -> frozenset[str]:
    """The words of some texts."""
    return frozenset(word for text in texts for word in words_of(re.sub(r"[_/.-]", " ", text)))
