"""What a question asks for: its subject, its filters, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from local.models.talk.dates import Period, Span, find_period, number
from local.models.talk.lexicon import Language, spoken, words_of
from local.models.talk.vocabulary import meanings

Intent = Literal["find", "count", "look", "greet", "thank", "explain"]
REFERENCE = re.compile(r"\[(\d{1,2})\]")
QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]+)[\"“”„«»]")
NEAR = re.compile(r"(-?\d{1,2}\.\d+)\s*,\s*(-?\d{1,3}\.\d+)(?:\D{1,20}?(\d+(?:\.\d+)?)\s*km)?")


@dataclass(frozen=True)
class Question:
    """One question, taken apart. `terms` are the words that say what should be in the photos."""

    text: str
    speech: Language
    intent: Intent = "find"
    terms: tuple[str, ...] = ()
    period: Period | None = None
    folder: str | None = None
    tags: tuple[str, ...] = ()
    people: int | None = None
    near: tuple[float, float, float] | None = None
    place: str | None = None
    sort: Literal["newest", "oldest"] | None = None
    top: int | None = None
    by: str | None = None
    references: tuple[int, ...] = ()
    ordinals: tuple[int, ...] = ()
    follows: bool = False

    @property
    def filtered(self) -> bool:
        """Whether it says more than a plain search for its words expresses."""
        asked = (
            self.period, self.folder, self.tags or None, self.people, self.near, self.place, self.sort, self.top,
        )  # fmt: skip
        return any(part is not None for part in asked)


@dataclass
class Reading:
    """A question being read: what was understood is blanked, so that what is left is its subject."""

    text: str
    speech: Language
    left: str = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.text

    def blank(self, span: Span) -> None:
        """Take a stretch out of the subject; places in the text stay where they are."""
        self.left = self.left[: span[0]] + " " * (span[1] - span[0]) + self.left[span[1] :]

    def take(self, cue: str) -> re.Match[str] | None:
        """Whether a cue stands in what is left; it is taken out."""
        match = self.speech.cue(cue, self.left)
        if match:
            self.blank(match.span())
        return match

    def take_pattern(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The same for a pattern."""
        match = pattern.search(self.left)
        if match:
            self.blank(match.span())
        return match


def read_question(text: str, today: date, before: str = "en") -> Question:
    """Take a question apart; `before` is the language of the conversation so far."""
    speech = spoken(text, before)
    reading = Reading(text, speech)
    chat = small_talk(reading)
    if chat:
        return Question(text, speech, intent=chat)
    references = tuple(int(mark) for mark in REFERENCE.findall(text))
    period, spans = find_period(text, speech, today)
    for span in spans:
        reading.blank(span)
    near = coordinates(reading)
    intent: Intent = "count" if reading.take("count") else "look" if reading.take("look") else "find"
    by = group(reading) if intent == "count" else None
    ordinals = places(reading)
    if intent == "count" and (references or ordinals):
        intent = "look"  # "how many people are in [2]?" asks about that photo, not for a number of photos
    folder, tags = folder_of(reading), tags_of(reading)
    people = people_of(reading)
    place = place_in(reading)
    sort: Literal["newest", "oldest"] | None = "newest" if reading.take("newest") else None
    sort = sort or ("oldest" if reading.take("oldest") else None)
    top = amount(reading) if sort or intent == "find" else None
    follows = bool(speech.cue("these", reading.left)) or starts_with(text, speech, "more")
    return Question(
        text=text, speech=speech, intent=intent, terms=subject(reading), period=period, folder=folder,
        tags=tags, people=people, near=near, place=place, sort=sort, top=top, by=by, references=references,
        ordinals=ordinals, follows=follows,
    )  # fmt: skip


def small_talk(reading: Reading) -> Intent | None:
    """A greeting, thanks or a question about the talker itself, if there is nothing else in the text."""
    said: list[Intent] = []
    for cue, intent in (("about_you", "explain"), ("thanks", "thank"), ("greeting", "greet")):
        if reading.take(cue):
            said.append(intent)  # type: ignore[arg-type]
    if not said:
        return None
    rest = [word for word in words_of(reading.left) if word not in reading.speech.function_words]
    if said[0] == "explain" and len(rest) <= 1:
        return "explain"
    return said[0] if not rest else None


def coordinates(reading: Reading) -> tuple[float, float, float] | None:
    """`48.137, 11.575 within 5 km`: latitude, longitude and kilometres (10 where none are given)."""
    match = reading.take_pattern(NEAR)
    return (float(match[1]), float(match[2]), float(match[3] or 10)) if match else None


def group(reading: Reading) -> str | None:
    """What a count is asked for each of: `per year`, `nach Ordner`."""
    for entry in reading.speech.words["subjects"].split():
        name, spellings = entry.split(":")
        per = "|".join(map(re.escape, reading.speech.options("per")))
        found = reading.take_pattern(re.compile(rf"\b(?:{per}) (?:{spellings})\w{{0,2}}\b", re.IGNORECASE))
        if found:
            return name
    return None


def folder_of(reading: Reading) -> str | None:
    """The folder a question names: `in the folder trip/rome`, `im Ordner "Rom 2023"`, `the trip folder`."""
    match = reading.speech.cue("folder", reading.left)
    if not match:
        return None
    rest = reading.left[match.end() :]
    named = re.match(r"\s*(?:called |named |namens )?(?:[\"“„«]([^\"”“»]+)[\"”“»]|([\w./-]*\w))", rest)
    if named and (named[1] or named[2].lower() not in reading.speech.function_words):
        reading.blank((match.start(), match.end() + named.end()))
        return str(named[1] or named[2]).strip("/")
    before = re.search(r"([\w./-]*\w)\s*$", reading.left[: match.start()])
    if before and before[1].lower() not in reading.speech.function_words:
        reading.blank((before.start(), match.end()))
        return str(before[1]).strip("/")
    return None


def tags_of(reading: Reading) -> tuple[str, ...]:
    """Tags a question names: `#beach`, `tagged "black and white"`."""
    found = []
    while hashed := reading.take_pattern(re.compile(r"#(\w+)")):
        found.append(hashed[1].lower())
    match = reading.speech.cue("tagged", reading.left)
    named = re.match(r"\s*(?:[\"“„«]([^\"”“»]+)[\"”“»]|(\w+))", reading.left[match.end() :]) if match else None
    if match and named:
        reading.blank((match.start(), match.end() + named.end()))
        found.append(str(named[1] or named[2]).lower())
    return tuple(found)


def people_of(reading: Reading) -> int | None:
    """An exact number of people asked for: `two people`, `nobody`."""
    if reading.take("nobody"):
        return 0
    words = "|".join(reading.speech.words["people_words"].split())
    match = re.search(rf"\b(\w+) (?:{words})\b", reading.left, re.IGNORECASE)
    count = number(match[1], reading.speech) if match else None
    if match and count is not None and not is_article(match[1], reading.speech):
        reading.blank(match.span())
        return count
    return None


def is_article(word: str, speech: Language) -> bool:
    """ "Ein Mensch", "une femme": the word for one is also the article, and asks for no exact number."""
    return speech.code != "en" and word.lower() in ("ein", "eine", "un", "une", "una", "uno")


def place_in(reading: Reading) -> str | None:
    """A name after "in" or "from": `in New York`, `aus Rom`. It stays in the text, as folders may be called so too."""
    before = "|".join(map(re.escape, reading.speech.options("place_words")))
    name = r"[^\W\d_a-zäöüéèáíóúñ][\w'-]+"
    for match in re.finditer(rf"(?<!\w)(?:(?i:{before})) ((?:{name})(?: {name})*)", reading.left):
        words = words_of(match[1])
        if not any(
            word in reading.speech.function_words or len(meanings(word, reading.speech.code)) > 1 for word in words
        ):
            return match[1]
    return None


def amount(reading: Reading) -> int | None:
    """How many photos are wanted: `show me 5`, `the three newest`."""
    match = re.search(r"(?<![\w.,:/])(\d{1,2})(?![\w.,:/%])", reading.left)
    if match:
        reading.blank(match.span())
        return max(1, int(match[1]))
    for value, spellings in enumerate(reading.speech.listed("numbers")):
        if value < 2:
            continue
        found = re.search(
            rf"\b(?:{'|'.join(spellings)}) (?:\w+ )?(?:photos?|pictures?|bilder|fotos?|images?)\b",
            reading.left,
            re.I,
        )
        if found:
            return value
    return None


def places(reading: Reading) -> tuple[int, ...]:
    """Which of the photos before are meant by their place: `the second one`."""
    found = []
    for value, spellings in enumerate(reading.speech.listed("ordinals")):
        stems = "|".join(re.escape(spelling) for spelling in spellings)
        if re.search(rf"\b(?:{stems})[nrms]?\b", reading.left, re.IGNORECASE):
            found.append(value + 1)
    return tuple(found)


def starts_with(text: str, speech: Language, cue: str) -> bool:
    """Whether the text opens with a cue."""
    match = speech.cue(cue, text)
    return match is not None and match.start() <= 1


def subject(reading: Reading) -> tuple[str, ...]:
    """The words that are left and mean something, each once."""
    kept = [word for word in words_of(reading.left) if word not in reading.speech.function_words]
    bare = [word.split("'", 1)[1] if re.match(r"^[ldjnsmtc]'|^qu'", word) else word for word in kept]
    these = set(words_of(" ".join(reading.speech.options("these"))))
    return tuple(dict.fromkeys(word for word in bare if word not in these and (len(word) > 1 or word.isdecimal())))
