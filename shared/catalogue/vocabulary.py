"""
A vocabulary: the tags that a library agrees on, each with its synonyms and the broader terms that it belongs to.

Words are the same in any case and without accents. A term, or a synonym of one, is a word of that one term only, so
every word means one thing; and no term is broader than itself, on whatever way.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MAX_TERMS = 10_000
MAX_ASKED = 500  # terms that the model chooses among, with all values of fields: what a strict schema takes on Azure
MAX_ASKED_LETTERS = 7_000  # of them: a list of more than 250 values may have 7,500 there
MAX_BYTES = 5_000_000
SIGNS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]|,")

Word = Annotated[str, Field(min_length=1, max_length=100)]


class Term(BaseModel):
    """One term: the tag, other words for it, the tags that include it, and its address in a published vocabulary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tag: Word
    synonyms: tuple[Word, ...] = ()
    broader: tuple[Word, ...] = ()
    uri: str = Field("", max_length=500)


class Vocabulary(BaseModel):
    """All terms; the empty one is that of a library where any word may be a tag."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    terms: tuple[Term, ...] = Field((), max_length=MAX_TERMS)

    @model_validator(mode="after")
    def _check(self) -> "Vocabulary":
        for fault in (*_unfit_words(self.terms), *_doubles(self.terms), *_unknown_broader(self.terms)):
            raise ValueError(fault)
        if cycle := _cycle({each.tag: each.broader for each in self.terms}):
            raise ValueError(f"{' > '.join(cycle)}: a term cannot be broader than itself")
        return self

    @cached_property
    def by_tag(self) -> Mapping[str, Term]:
        return {each.tag: each for each in self.terms}

    @cached_property
    def meanings(self) -> Mapping[str, str]:
        """The tag that each word means, by the word folded; plurals where they are no word of their own."""
        words = {fold(word): each.tag for each in self.terms for word in (each.tag, *each.synonyms)}
        plurals = {plural: tag for word, tag in words.items() for plural in _plurals(word)}
        return {**plurals, **words}

    @cached_property
    def narrower(self) -> Mapping[str, tuple[str, ...]]:
        """The tags just below each tag."""
        below: dict[str, list[str]] = {}
        for each in self.terms:
            for tag in each.broader:
                below.setdefault(tag, []).append(each.tag)
        return {tag: tuple(tags) for tag, tags in below.items()}

    def meaning(self, word: str) -> str | None:
        """The tag that a word means; None for a word that is not in the vocabulary."""
        return self.meanings.get(fold(word))

    def including(self, word: str) -> list[str]:
        """The tag that a word means, all tags below it, and every word for them; the word itself if it means none."""
        if not (tag := self.meaning(word)):
            return [word]
        tags, rest = {tag: None}, [tag]
        while rest:
            for each in self.narrower.get(rest.pop(), ()):
                if each not in tags:
                    tags[each] = None
                    rest.append(each)
        words = (word for each in tags for word in (each, *self.by_tag[each].synonyms))
        return list(dict.fromkeys(word.lower() for word in words))

    def sort(self, words: Iterable[str]) -> tuple[list[str], list[str]]:
        """Words of a model as tags of the vocabulary, and those beyond it, each once."""
        tags: dict[str, None] = {}
        beyond: dict[str, None] = {}
        for word in words:
            tag = self.meaning(word)
            (beyond if tag is None else tags)[tag or word] = None
        return list(tags), list(beyond)


def fold(word: str) -> str:
    """The word in small letters, without accents, with single blanks."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    return " ".join("".join(each for each in apart if not unicodedata.combining(each)).split())


def _plurals(word: str) -> list[str]:
    """English plurals, and the singular of one: models write either."""
    singular = [word[:-1]] if word.endswith("s") and not word.endswith("ss") else []
    if word.endswith(("s", "x", "ch", "sh")):
        return [*singular, word + "es"]
    return [*singular, word[:-1] + "ies" if word.endswith("y") else word + "s"]


def parse_vocabulary(content: bytes) -> Vocabulary:
    """The vocabulary in a file as it is stored; ValueError names what is wrong with it."""
    try:
        return Vocabulary.model_validate_json(content)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from error


def build_vocabulary(terms: Sequence[Term]) -> Vocabulary:
    """A vocabulary of these terms; ValueError names what is wrong with them."""
    try:
        return Vocabulary(terms=tuple(terms))
    except ValidationError as error:
        raise ValueError(first_fault(error)) from error


def first_fault(error: ValidationError) -> str:
    """What pydantic found first, with its place."""
    fault = error.errors(include_url=False, include_input=False)[0]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".")
    message = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def _unfit_words(terms: Sequence[Term]) -> Iterable[str]:
    for each in terms:
        for word in (each.tag, *each.synonyms):
            if SIGNS.search(word) or word != word.strip():
                yield f"{word!r} can be no tag: it is one line without commas and without blanks around it"
        if each.tag != each.tag.lower():
            yield f"the tag {each.tag!r} must be in small letters, as all tags are"


def _doubles(terms: Sequence[Term]) -> Iterable[str]:
    owners: dict[str, str] = {}
    for each in terms:
        for word in dict.fromkeys(fold(word) for word in (each.tag, *each.synonyms)):
            if word in owners:
                yield f"the word {word!r} is that of two terms, {owners[word]} and {each.tag}"
            owners[word] = each.tag


def _unknown_broader(terms: Sequence[Term]) -> Iterable[str]:
    tags = {each.tag for each in terms}
    for each in terms:
        for tag in each.broader:
            if tag not in tags:
                yield f"{each.tag} has the broader term {tag!r}, which is not in the vocabulary"


def _cycle(broader: Mapping[str, Sequence[str]]) -> list[str]:
    """The first way that leads from a term back to itself, or an empty list."""
    done: set[str] = set()
    for start in broader:
        path: list[str] = []
        ways = [iter([start])]
        while ways:
            tag = next(ways[-1], None)
            if tag is None:
                ways.pop()
                if path:
                    done.add(path.pop())
            elif tag in path:
                return [*path[path.index(tag) :], tag]
            elif tag not in done:
                path.append(tag)
                ways.append(iter(broader.get(tag, ())))
    return []
