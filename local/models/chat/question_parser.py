"""What a question asks for: its subject, its filters, and what to do about it."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from local.models.chat.date_expressions import DateRange, TextSpan, find_date_range, parse_number
from local.models.chat.lexicon import Lexicon, detect_language, tokenize
from local.models.chat.vocabulary import english_meanings

Intent = Literal["find", "count", "look", "greet", "thank", "explain"]
PHOTO_NUMBER = re.compile(r"\[(\d{1,2})\]")
QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]+)[\"“”„«»]")
NEAR_COORDINATES = re.compile(r"(-?\d{1,2}\.\d+)\s*,\s*(-?\d{1,3}\.\d+)(?:\D{1,20}?(\d+(?:\.\d+)?)\s*km)?")


@dataclass(frozen=True)
class ParsedQuestion:
    """One question, taken apart. `terms` are the words that say what should be in the photos."""

    text: str
    language: Lexicon
    intent: Intent = "find"
    terms: tuple[str, ...] = ()
    date_range: DateRange | None = None
    folder: str | None = None
    tags: tuple[str, ...] = ()
    people: int | None = None
    near: tuple[float, float, float] | None = None
    place: str | None = None
    sort: Literal["newest", "oldest"] | None = None
    limit: int | None = None
    group_by: str | None = None
    photo_numbers: tuple[int, ...] = ()
    ordinals: tuple[int, ...] = ()
    is_follow_up: bool = False

    @property
    def has_filters(self) -> bool:
        """Whether it says more than a plain search for its words expresses."""
        filters = (
            self.date_range, self.folder, self.tags or None, self.people, self.near, self.place, self.sort, self.limit,
        )  # fmt: skip
        return any(value is not None for value in filters)


@dataclass
class QuestionScanner:
    """A question being read: what was understood is blanked, so that what is left is its subject."""

    text: str
    language: Lexicon
    remaining: str = field(init=False)

    def __post_init__(self) -> None:
        self.remaining = self.text

    def blank(self, span: TextSpan) -> None:
        """Take a stretch out of the subject; places in the text stay where they are."""
        self.remaining = self.remaining[: span[0]] + " " * (span[1] - span[0]) + self.remaining[span[1] :]

    def take_cue(self, cue: str) -> re.Match[str] | None:
        """Whether a cue stands in what is left; it is taken out."""
        match = self.language.find_cue(cue, self.remaining)
        if match:
            self.blank(match.span())
        return match

    def take_pattern(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The same for a pattern."""
        match = pattern.search(self.remaining)
        if match:
            self.blank(match.span())
        return match


def parse_question(text: str, today: date, previous_language: str = "en") -> ParsedQuestion:
    """Take a question apart; `before` is the language of the conversation so far."""
    language = detect_language(text, previous_language)
    scanner = QuestionScanner(text, language)
    small_talk = small_talk_intent(scanner)
    if small_talk:
        return ParsedQuestion(text, language, intent=small_talk)
    photo_numbers = tuple(int(mark) for mark in PHOTO_NUMBER.findall(text))
    date_range, spans = find_date_range(text, language, today)
    for span in spans:
        scanner.blank(span)
    near = take_coordinates(scanner)
    intent: Intent = "count" if scanner.take_cue("count") else "look" if scanner.take_cue("look") else "find"
    group_by = take_group_by(scanner) if intent == "count" else None
    ordinals = find_ordinals(scanner)
    if intent == "count" and (photo_numbers or ordinals):
        intent = "look"  # "how many people are in [2]?" asks about that photo, not for a number of photos
    folder, tags = take_folder(scanner), take_tags(scanner)
    people = take_people_count(scanner)
    place = find_place_name(scanner)
    sort: Literal["newest", "oldest"] | None = "newest" if scanner.take_cue("newest") else None
    sort = sort or ("oldest" if scanner.take_cue("oldest") else None)
    limit = take_photo_count(scanner) if sort or intent == "find" else None
    is_follow_up = bool(language.find_cue("these", scanner.remaining)) or starts_with(text, language, "more")
    return ParsedQuestion(
        text=text, language=language, intent=intent, terms=subject_terms(scanner), date_range=date_range, folder=folder,
        tags=tags, people=people, near=near, place=place, sort=sort, limit=limit, group_by=group_by, photo_numbers=photo_numbers,
        ordinals=ordinals, is_follow_up=is_follow_up,
    )  # fmt: skip


def small_talk_intent(scanner: QuestionScanner) -> Intent | None:
    """A greeting, thanks or a question about the talker itself, if there is nothing else in the text."""
    intents: list[Intent] = []
    for cue, intent in (("about_you", "explain"), ("thanks", "thank"), ("greeting", "greet")):
        if scanner.take_cue(cue):
            intents.append(intent)  # type: ignore[arg-type]
    if not intents:
        return None
    other_words = [word for word in tokenize(scanner.remaining) if word not in scanner.language.function_words]
    if intents[0] == "explain" and len(other_words) <= 1:
        return "explain"
    return intents[0] if not other_words else None


def take_coordinates(scanner: QuestionScanner) -> tuple[float, float, float] | None:
    """`48.137, 11.575 within 5 km`: latitude, longitude and kilometres (10 where none are given)."""
    match = scanner.take_pattern(NEAR_COORDINATES)
    return (float(match[1]), float(match[2]), float(match[3] or 10)) if match else None


def take_group_by(scanner: QuestionScanner) -> str | None:
    """What a count is asked for each of: `per year`, `nach Ordner`."""
    for entry in scanner.language.entries["subjects"].split():
        name, spellings = entry.split(":")
        prepositions = "|".join(map(re.escape, scanner.language.alternatives("per")))
        match = scanner.take_pattern(re.compile(rf"\b(?:{prepositions}) (?:{spellings})\w{{0,2}}\b", re.IGNORECASE))
        if match:
            return name
    return None


def take_folder(scanner: QuestionScanner) -> str | None:
    """The folder a question names: `in the folder trip/rome`, `im Ordner "Rom 2023"`, `the trip folder`."""
    match = scanner.language.find_cue("folder", scanner.remaining)
    if not match:
        return None
    rest = scanner.remaining[match.end() :]
    name_match = re.match(r"\s*(?:called |named |namens )?(?:[\"“„«]([^\"”“»]+)[\"”“»]|([\w./-]*\w))", rest)
    if name_match and (name_match[1] or name_match[2].lower() not in scanner.language.function_words):
        scanner.blank((match.start(), match.end() + name_match.end()))
        return str(name_match[1] or name_match[2]).strip("/")
    preceding = re.search(r"([\w./-]*\w)\s*$", scanner.remaining[: match.start()])
    if preceding and preceding[1].lower() not in scanner.language.function_words:
        scanner.blank((preceding.start(), match.end()))
        return str(preceding[1]).strip("/")
    return None


def take_tags(scanner: QuestionScanner) -> tuple[str, ...]:
    """Tags a question names: `#beach`, `tagged "black and white"`."""
    tags = []
    while hashtag := scanner.take_pattern(re.compile(r"#(\w+)")):
        tags.append(hashtag[1].lower())
    match = scanner.language.find_cue("tagged", scanner.remaining)
    name_match = (
        re.match(r"\s*(?:[\"“„«]([^\"”“»]+)[\"”“»]|(\w+))", scanner.remaining[match.end() :]) if match else None
    )
    if match and name_match:
        scanner.blank((match.start(), match.end() + name_match.end()))
        tags.append(str(name_match[1] or name_match[2]).lower())
    return tuple(tags)


def take_people_count(scanner: QuestionScanner) -> int | None:
    """An exact number of people asked for: `two people`, `nobody`."""
    if scanner.take_cue("nobody"):
        return 0
    words = "|".join(scanner.language.entries["people_words"].split())
    match = re.search(rf"\b(\w+) (?:{words})\b", scanner.remaining, re.IGNORECASE)
    count = parse_number(match[1], scanner.language) if match else None
    if match and count is not None and not is_article(match[1], scanner.language):
        scanner.blank(match.span())
        return count
    return None


def is_article(word: str, language: Lexicon) -> bool:
    """ "Ein Mensch", "une femme": the word for one is also the article, and asks for no exact number."""
    return language.code != "en" and word.lower() in ("ein", "eine", "un", "une", "una", "uno")


def find_place_name(scanner: QuestionScanner) -> str | None:
    """A name after "in" or "from": `in New York`, `aus Rom`. It stays in the text, as folders may be called so too."""
    prepositions = "|".join(map(re.escape, scanner.language.alternatives("place_words")))
    name = r"[^\W\d_a-zäöüéèáíóúñ][\w'-]+"
    for match in re.finditer(rf"(?<!\w)(?:(?i:{prepositions})) ((?:{name})(?: {name})*)", scanner.remaining):
        words = tokenize(match[1])
        if not any(
            word in scanner.language.function_words or len(english_meanings(word, scanner.language.code)) > 1
            for word in words
        ):
            return match[1]
    return None


def take_photo_count(scanner: QuestionScanner) -> int | None:
    """How many photos are wanted: `show me 5`, `the three newest`."""
    match = re.search(r"(?<![\w.,:/])(\d{1,2})(?![\w.,:/%])", scanner.remaining)
    if match:
        scanner.blank(match.span())
        return max(1, int(match[1]))
    for value, spellings in enumerate(scanner.language.spellings("numbers")):
        if value < 2:
            continue
        match = re.search(
            rf"\b(?:{'|'.join(spellings)}) (?:\w+ )?(?:photos?|pictures?|bilder|fotos?|images?)\b",
            scanner.remaining,
            re.I,
        )
        if match:
            return value
    return None


def find_ordinals(scanner: QuestionScanner) -> tuple[int, ...]:
    """Which of the photos before are meant by their place: `the second one`."""
    positions = []
    for value, spellings in enumerate(scanner.language.spellings("ordinals")):
        stems = "|".join(re.escape(spelling) for spelling in spellings)
        if re.search(rf"\b(?:{stems})[nrms]?\b", scanner.remaining, re.IGNORECASE):
            positions.append(value + 1)
    return tuple(positions)


def starts_with(text: str, language: Lexicon, cue: str) -> bool:
    """Whether the text opens with a cue."""
    match = language.find_cue(cue, text)
    return match is not None and match.start() <= 1


def subject_terms(scanner: QuestionScanner) -> tuple[str, ...]:
    """The words that are left and mean something, each once."""
    content_words = [word for word in tokenize(scanner.remaining) if word not in scanner.language.function_words]
    bare_words = [word.split("'", 1)[1] if re.match(r"^[ldjnsmtc]'|^qu'", word) else word for word in content_words]
    reference_words = set(tokenize(" ".join(scanner.language.alternatives("these"))))
    return tuple(
        dict.fromkeys(
            word for word in bare_words if word not in reference_words and (len(word) > 1 or word.isdecimal())
        )
    )
