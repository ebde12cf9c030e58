"""
The library's own fields, as the tools of a request describe them, in questions and answers.

The schema of `count_photos` has `field.NAME` among what to count by; that of a search says what people call a field.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from local.models.api.requests import ToolDefinition
from local.models.chat.lexicon import LANGUAGE_CODES, Lexicon, load_lexicon, tokenize
from local.models.chat.question_filters import QuestionScanner
from local.models.chat.search_results import PhotoRecord
from local.models.chat.vocabulary import same_stem

COUNTED = "field."
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
MAX_VALUES = 6  # of a field in one sentence
MIN_STEM = 5  # characters that a word shares with a label that begins with it, as "Produkte" with "Produktart"


@dataclass(frozen=True)
class OwnField:
    """A field, and what people call it, in any language."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class AskedField:
    """A field that a question asks for, by the name that it uses."""

    name: str
    label: str


def own_fields(tools: Sequence[ToolDefinition]) -> tuple[OwnField, ...]:
    """The fields that these tools know."""
    fields: dict[str, OwnField] = {}
    for tool in tools:
        properties = tool.function.parameters.get("properties", {})
        for name, schema in properties.get("fields", {}).get("properties", {}).items():
            labels = str(schema.get("description", "")).partition(":")[0].split(" / ")
            names = [*labels, name.replace("_", " ")]
            fields[name] = OwnField(name, tuple(dict.fromkeys(each.strip() for each in names if each.strip())))
    return tuple(fields.values())


def take_own_group(scanner: QuestionScanner, fields: Sequence[OwnField]) -> AskedField | None:
    """The field to count by, and its words out of the text: `products of each type`, `pro Produktart`."""
    for pick in (_whole_label, _last_word):
        for field in fields:
            for label in field.labels:
                if (words := pick(label)) and scanner.take_pattern(_group_pattern(scanner.language, words)):
                    _blank_words_of(label, scanner)
                    return AskedField(field.name, label)
    return None


def _whole_label(label: str) -> str:
    return label


def _last_word(label: str) -> str:
    words = label.split()
    return words[-1] if len(words) > 1 else ""


def _group_pattern(language: Lexicon, words: str) -> re.Pattern[str]:
    prepositions = "|".join(map(re.escape, (*language.alternatives("per"), *language.alternatives("of_each"))))
    return re.compile(rf"\b(?:{prepositions}) {re.escape(words)}\w{{0,2}}\b", re.IGNORECASE)


def _blank_words_of(label: str, scanner: QuestionScanner) -> None:
    """Take out words that are in the label as well: the products of each product type are just photos."""
    for match in list(re.finditer(r"\w+", scanner.remaining)):
        word = match[0].lower()
        stem = word[: max(MIN_STEM, len(word) - 2)]
        if any(same_stem(word, part) or (len(stem) >= MIN_STEM and part.startswith(stem)) for part in tokenize(label)):
            scanner.blank(match.span())


def take_asked_fields(scanner: QuestionScanner, fields: Sequence[OwnField]) -> tuple[AskedField, ...]:
    """The fields whose values a question wants: `what material is the mug`, `what does it cost`."""
    if not scanner.language.find_cue("asks_value", scanner.remaining):
        return ()
    asked = []
    for field in fields:
        if label := next((each for each in field.labels if scanner.take_pattern(_label_pattern(each))), ""):
            asked.append(AskedField(field.name, label))
        elif _is_price(field) and scanner.take_cue("cost"):
            asked.append(AskedField(field.name, field.labels[0]))
    return tuple(asked)


def _label_pattern(label: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(label)}\w{{0,2}}\b", re.IGNORECASE)


def _is_price(field: OwnField) -> bool:
    prices = {each for code in LANGUAGE_CODES for each in load_lexicon(code).alternatives("price")}
    return any(word in prices for label in field.labels for word in tokenize(label))


def field_answer(asked: Sequence[AskedField], photos: Sequence[PhotoRecord], language: Lexicon) -> str:
    """What the records of these photos say in these fields; empty where they say nothing."""
    sentences = []
    for photo in photos:
        values = dict(photo.fields)
        item = language.say("item", title=f"“{photo.title.rstrip('.')}”", citation=photo.citation)
        sentences += [
            language.say("field", item=item, label=each.label, value=values[each.name])
            for each in asked
            if each.name in values
        ]
    return " ".join(sentences)


def field_values(
    asked: Sequence[AskedField], photos: Sequence[PhotoRecord], total: int, language: Lexicon
) -> list[str]:
    """
    What these photos, of so many in all, say in these fields: each value once, with a photo that has it.

    Of many numbers it is the least and the most.
    """
    sentences = []
    for each in asked:
        examples: dict[str, PhotoRecord] = {}
        for photo in photos:
            if value := dict(photo.fields).get(each.name):
                examples.setdefault(value, photo)
        if examples:
            values = _shortened([f"{value} {examples[value].citation}" for value in _sorted(examples)], language)
            phrase = "values" if len(photos) >= total else "values_of_some"
            sentences.append(language.say(phrase, label=each.label, values=values))
    return sentences


def _sorted(values: Iterable[str]) -> list[str]:
    texts = list(values)
    return sorted(texts, key=float) if all(NUMBER.fullmatch(each) for each in texts) else texts


def _shortened(values: Sequence[str], language: Lexicon) -> str:
    if len(values) <= MAX_VALUES:
        return language.join(list(values))
    if all(NUMBER.fullmatch(each.split()[0]) for each in values):
        return f"{values[0]} \u2013 {values[-1]}"
    return ", ".join([*values[: MAX_VALUES - 1], "…"])
