"""The languages that the chat model speaks, with their words and sentences: one TOML file for each."""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

LANGUAGE_CODES = ("en", "de", "fr", "es")
WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?", re.UNICODE)
DATE_FORMATS = {"en": "{d} {m} {y}", "de": "{d}. {m} {y}", "fr": "{d} {m} {y}", "es": "{d} de {m} de {y}"}


@dataclass(frozen=True)
class Lexicon:
    """
    One language: lists of words, cues that show what a question asks for, and phrases to answer with.

    `requests` are patterns of what people ask to write about photos.
    """

    code: str
    function_words: frozenset[str]
    marker_words: frozenset[str]
    entries: Mapping[str, str]
    phrases: Mapping[str, str]
    requests: Mapping[str, tuple[str, ...]]

    def say(self, phrase: str, **values: object) -> str:
        """A phrase with its placeholders filled in."""
        return self.phrases[phrase].format(**values)

    def alternatives(self, name: str) -> tuple[str, ...]:
        """The alternatives in an entry."""
        return tuple(phrase.strip() for phrase in self.entries[name].split("|"))

    def spellings(self, name: str) -> tuple[tuple[str, ...], ...]:
        """The spellings of each item of a list such as the months."""
        return tuple(tuple(item.split("|")) for item in self.entries[name].split())

    def find_cue(self, name: str, text: str) -> re.Match[str] | None:
        """The first occurrence in the text of one of an entry's alternatives, as whole words."""
        return _cue_pattern(self.code, name).search(text)

    def find_last_cue(self, name: str, text: str) -> re.Match[str] | None:
        """The last such occurrence."""
        match, last_match = self.find_cue(name, text), None
        while match:
            last_match, rest = match, text[match.end() :]
            match = self.find_cue(name, " " * match.end() + rest)
        return last_match

    def parse_number(self, text: str) -> int | None:
        """A number in digits, or as a word up to ten."""
        if text.isdecimal():
            return int(text)
        numbers = enumerate(self.spellings("numbers"))
        return next((value for value, spellings in numbers if text.lower() in spellings), None)

    def join(self, parts: list[str]) -> str:
        """`a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.phrases['and']} {parts[-1]}"

    def format_date(self, day: date) -> str:
        """The date as it is written in this language."""
        month = self.spellings("months")[day.month - 1][0]
        month_name = month.capitalize() if self.code in ("en", "de") else month
        return DATE_FORMATS[self.code].format(d=day.day, m=month_name, y=day.year)


@functools.cache
def load_lexicon(code: str) -> Lexicon:
    """Load the language with this code."""
    data = tomllib.loads((Path(__file__).parent / f"{code}.toml").read_text(encoding="utf-8"))
    words = {name: value for name, value in data.items() if isinstance(value, str)}
    return Lexicon(
        code=code,
        function_words=frozenset(words["function_words"].split()),
        marker_words=frozenset(words["marker_words"].split()),
        entries=words,
        phrases=data["phrases"],
        requests={name: tuple(patterns) for name, patterns in data["requests"].items()},
    )


@functools.cache
def _cue_pattern(code: str, name: str) -> re.Pattern[str]:
    """A pattern of an entry's alternatives, the longest first, as whole words; `#` stands for any word."""
    alternatives = sorted(load_lexicon(code).alternatives(name), key=len, reverse=True)
    alternatives = [
        re.escape(alternative).replace(r"\#", r"(\w+)").replace("'", "['\u2019]") for alternative in alternatives
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def tokenize(text: str) -> list[str]:
    """The words of a text in lower case, with the apostrophes inside them."""
    return [word.lower().replace("\u2019", "'") for word in WORD.findall(text)]


def detect_language(text: str, fallback: str = "en") -> Lexicon:
    """The most likely language of a text, by its function words; `fallback` if nothing indicates one."""
    words = tokenize(text)
    scores = {code: _language_score(load_lexicon(code), words, text) for code in LANGUAGE_CODES}
    best = max(LANGUAGE_CODES, key=lambda code: (scores[code], code == fallback))
    return load_lexicon(best if scores[best] else fallback)


def _language_score(lexicon: Lexicon, words: list[str], text: str) -> int:
    """How much speaks for a language: function words, and twice or more for marker words, months and small talk."""
    months = {spelling for month in lexicon.spellings("months") for spelling in month}
    word_points = sum((word in lexicon.function_words) + (word in lexicon.marker_words) for word in words)
    small_talk_points = sum(3 for cue in ("greeting", "thanks", "about_you") if lexicon.find_cue(cue, text))
    return word_points + sum(2 for word in words if word in months) + small_talk_points
