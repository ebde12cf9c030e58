"""Which of the photos found really match a question."""

from __future__ import annotations

import re
from dataclasses import dataclass

from local.models.talk.found import Found
from local.models.talk.lexicon import words_of
from local.models.talk.question import Question

ENDINGS = frozenset(["", "s", "es", "e", "en", "n", "er", "ern", "ing", "ed", "d", "x", "y", "ies", "in", "innen"])


@dataclass(frozen=True)
class Judged:
    """A photo and how much of the question it meets, 0 to 1."""

    photo: Found
    share: float


def judge(question: Question, photos: tuple[Found, ...]) -> list[Judged]:
    """The photos that pass the question's filters, best first; the search's own order decides ties."""
    kept = [photo for photo in photos if passes(question, photo)]
    judged = [Judged(photo, share(question.terms, photo)) for photo in kept]
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
    return question.people is None or photo.people == question.people


def share(terms: tuple[str, ...], photo: Found) -> float:
    """The part of the terms that a photo's record contains; 1 where there is nothing to look for."""
    if not terms:
        return 1.0
    words = record_words(photo)
    return sum(any(alike(term, word) for word in words) for term in terms) / len(terms)


def record_words(photo: Found) -> frozenset[str]:
    """Every word of a photo's record."""
    texts = [
        photo.title,
        photo.caption,
        *photo.tags,
        photo.text,
        photo.path,
        photo.place,
        photo.setting,
        *photo.colors,
    ]
    return frozenset(word for text in texts for word in words_of(re.sub(r"[_/.-]", " ", text)))


def alike(one: str, other: str) -> bool:
    """Whether two words are the same up to a common ending."""
    if one == other:
        return True
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= 3 and one[common:] in ENDINGS and other[common:] in ENDINGS
