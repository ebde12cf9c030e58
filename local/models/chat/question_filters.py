"""The filters that a question names, one function each, taken out of its text as they are recognised."""

import re
from dataclasses import dataclass, field

from local.models.chat.date_expressions import TextSpan
from local.models.chat.lexicon import Lexicon, tokenize
from local.models.chat.vocabulary import english_meanings

NEAR_COORDINATES = re.compile(r"(-?\d{1,2}\.\d+)\s*,\s*(-?\d{1,3}\.\d+)(?:\D{1,20}?(\d+(?:\.\d+)?)\s*km)?")


@dataclass
class QuestionScanner:
    """The text of a question. Whatever is recognised is blanked, so that the subject remains."""

    text: str
    language: Lexicon
    remaining: str = field(init=False)

    def __post_init__(self) -> None:
        self.remaining = self.text

    def blank(self, span: TextSpan) -> None:
        """Replace a span with spaces, so that positions in the text stay the same."""
        self.remaining = self.remaining[: span[0]] + " " * (span[1] - span[0]) + self.remaining[span[1] :]

    def take_cue(self, cue: str) -> re.Match[str] | None:
        """Find a cue in the remaining text and blank it."""
        match = self.language.find_cue(cue, self.remaining)
        if match:
            self.blank(match.span())
        return match

    def take_pattern(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Find a pattern in the remaining text and blank it."""
        match = pattern.search(self.remaining)
        if match:
            self.blank(match.span())
        return match


def take_coordinates(scanner: QuestionScanner) -> tuple[float, float, float] | None:
    """Latitude, longitude and kilometres (10 by default): `48.137, 11.575 within 5 km`."""
    match = scanner.take_pattern(NEAR_COORDINATES)
    return (float(match[1]), float(match[2]), float(match[3] or 10)) if match else None


def take_group_by(scanner: QuestionScanner) -> str | None:
    """What to group a count by: `per year`, `nach Ordner`."""
    for entry in scanner.language.entries["subjects"].split():
        name, spellings = entry.split(":")
        prepositions = "|".join(map(re.escape, scanner.language.alternatives("per")))
        match = scanner.take_pattern(re.compile(rf"\b(?:{prepositions}) (?:{spellings})\w{{0,2}}\b", re.IGNORECASE))
        if match:
            return name
    return None


def take_folder(scanner: QuestionScanner) -> str | None:
    """The folder that a question names: `in the folder trip/rome`, `im Ordner "Rom 2023"`, `the trip folder`."""
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


def take_collection(scanner: QuestionScanner) -> str | None:
    """The name of a collection, in quotes or to the end: `in the collection Catalogue 2026`."""
    match = scanner.language.find_cue("collection", scanner.remaining)
    name = re.match(r"\s*(?:[\"“„«]([^\"”“»]+)[\"”“»]|([^?!]+))", scanner.remaining[match.end() :]) if match else None
    if not match or not name or not (text := (name[1] or name[2]).strip(" .")):
        return None
    scanner.blank((match.start(), match.end() + name.end()))
    return str(text)


def take_tags(scanner: QuestionScanner) -> tuple[str, ...]:
    """The tags that a question names: `#beach`, `tagged "black and white"`."""
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
    """An exact number of people: `two people`, `nobody`."""
    if scanner.take_cue("nobody"):
        return 0
    words = "|".join(scanner.language.entries["people_words"].split())
    match = re.search(rf"\b(\w+) (?:{words})\b", scanner.remaining, re.IGNORECASE)
    count = scanner.language.parse_number(match[1]) if match else None
    if match and count is not None and not _is_article(match[1], scanner.language):
        scanner.blank(match.span())
        return count
    return None


def _is_article(word: str, language: Lexicon) -> bool:
    """Whether the word is an article: "ein Mensch" and "une femme" ask for no exact number."""
    return language.code != "en" and word.lower() in ("ein", "eine", "un", "une", "una", "uno")


def find_place_name(scanner: QuestionScanner) -> str | None:
    """A name after "in" or "from": `in New York`, `aus Rom`. It stays in the text, as folders have such names too."""
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
    """How many photos to return: `show me 5`, `three photos`."""
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
    """Positions of photos in the last answer that the question refers to: `the second one`."""
    positions = []
    for value, spellings in enumerate(scanner.language.spellings("ordinals")):
        stems = "|".join(re.escape(spelling) for spelling in spellings)
        if re.search(rf"\b(?:{stems})[nrms]?\b", scanner.remaining, re.IGNORECASE):
            positions.append(value + 1)
    return tuple(positions)


def subject_terms(scanner: QuestionScanner) -> tuple[str, ...]:
    """The content words that remain, each once."""
    content_words = [word for word in tokenize(scanner.remaining) if word not in scanner.language.function_words]
    bare_words = [word.split("'", 1)[1] if re.match(r"^[ldjnsmtc]'|^qu'", word) else word for word in content_words]
    reference_words = set(tokenize(" ".join(scanner.language.alternatives("these"))))
    return tuple(
        dict.fromkeys(
            word for word in bare_words if word not in reference_words and (len(word) > 1 or word.isdecimal())
        )
    )
