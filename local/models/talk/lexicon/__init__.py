"""The languages the talker speaks: its words and sentences, one TOML file each."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

CODES = ("en", "de", "fr", "es")
WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?", re.UNICODE)
DAY = {"en": "{d} {m} {y}", "de": "{d}. {m} {y}", "fr": "{d} {m} {y}", "es": "{d} de {m} de {y}"}


@dataclass(frozen=True)
class Language:
    """One language: sets of words, patterns that give a question away, and sentences to answer with."""

    code: str
    function_words: frozenset[str]
    marks: frozenset[str]
    words: Mapping[str, str]
    phrases: Mapping[str, str]

    def say(self, phrase: str, **values: object) -> str:
        """A sentence with its blanks filled in."""
        return self.phrases[phrase].format(**values)

    def options(self, name: str) -> tuple[str, ...]:
        """The phrases of an entry."""
        return tuple(option.strip() for option in self.words[name].split("|"))

    def listed(self, name: str) -> tuple[tuple[str, ...], ...]:
        """A list such as the months: for each place its spellings."""
        return tuple(tuple(place.split("|")) for place in self.words[name].split())

    def cue(self, name: str, text: str) -> re.Match[str] | None:
        """Where one of the phrases of an entry stands in the text as whole words."""
        return pattern(self.code, name).search(text)

    def joined(self, parts: list[str]) -> str:
        """`a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.phrases['and']} {parts[-1]}"

    def day(self, moment: date) -> str:
        """A date as people write it."""
        month = self.listed("months")[moment.month - 1][0]
        named = month.capitalize() if self.code in ("en", "de") else month
        return DAY[self.code].format(d=moment.day, m=named, y=moment.year)


@functools.cache
def language(code: str) -> Language:
    """The language with this code."""
    data = tomllib.loads((Path(__file__).parent / f"{code}.toml").read_text(encoding="utf-8"))
    words = {name: value for name, value in data.items() if isinstance(value, str)}
    return Language(
        code=code,
        function_words=frozenset(words["function_words"].split()),
        marks=frozenset(words["marks"].split()),
        words=words,
        phrases=data["phrases"],
    )


@functools.cache
def pattern(code: str, name: str) -> re.Pattern[str]:
    """Any phrase of an entry, longest first, not inside a longer word; `#` is a number or its word."""
    options = sorted(language(code).options(name), key=len, reverse=True)
    spelled = [re.escape(option).replace(r"\#", r"(\w+)").replace("'", "['\u2019]") for option in options]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)", re.IGNORECASE)


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, apostrophes kept inside."""
    return [word.lower().replace("\u2019", "'") for word in WORD.findall(text)]


def spoken(text: str, otherwise: str = "en") -> Language:
    """The language a text is most likely written in, by its small words; `otherwise` where nothing tells."""
    words = words_of(text)
    points = {code: evidence(language(code), words, text) for code in CODES}
    best = max(CODES, key=lambda code: (points[code], code == otherwise))
    return language(best if points[best] else otherwise)


def evidence(speech: Language, words: list[str], text: str) -> int:
    """How much speaks for a language: telling small words count double, months and small talk too."""
    months = {spelling for month in speech.listed("months") for spelling in month}
    small = sum((word in speech.function_words) + (word in speech.marks) for word in words)
    chat = sum(3 for cue in ("greeting", "thanks", "about_you") if speech.cue(cue, text))
    return small + sum(2 for word in words if word in months) + chat
