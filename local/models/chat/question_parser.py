"""Parses a question into its intent, subject and filters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from local.models.chat.catalogue_requests import CatalogueRequest, take_request
from local.models.chat.date_ranges import DateRange, find_date_range
from local.models.chat.file_filters import FileFact, find_creator_name, take_file_facts, take_keyword, take_rating
from local.models.chat.lexicon import Lexicon, detect_language, tokenize
from local.models.chat.own_fields import COUNTED, AskedField, OwnField, take_asked_fields, take_own_group
from local.models.chat.question_filters import (
    QuestionScanner,
    find_ordinals,
    find_place_name,
    subject_terms,
    take_collection,
    take_coordinates,
    take_folder,
    take_group_by,
    take_people_count,
    take_photo_count,
    take_tags,
)

Intent = Literal["find", "count", "look", "file", "field", "greet", "thank", "explain"]
PHOTO_NUMBER = re.compile(r"\[(\d{1,2})\]")


@dataclass(frozen=True)
class ParsedQuestion:
    """
    A parsed question; `terms` are the words for what should be in the photos.

    `request` is what it asks to write about the photos.
    `own_terms` are those of this question alone, where `terms` may be those of an earlier one.
    `file_facts` is what it wants to know from the files, and `asked_fields` from the library's own fields.
    `group_label` is what it calls the field of its own that `group_by` names.
    """

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
    own_terms: tuple[str, ...] = ()
    file_facts: tuple[FileFact, ...] = ()
    creator: str | None = None
    rating: int | None = None
    keyword: str | None = None
    request: CatalogueRequest | None = None
    collection: str | None = None
    asked_fields: tuple[AskedField, ...] = ()
    group_label: str = ""

    @property
    def has_filters(self) -> bool:
        """Whether it has filters that a plain search for its words would ignore."""
        filters = (
            self.date_range, self.folder, self.tags or None, self.people, self.near, self.place, self.sort, self.limit,
            self.creator, self.rating, self.keyword, self.collection,
        )  # fmt: skip
        return any(value is not None for value in filters)


def parse_question(
    text: str, today: date, previous_language: str = "en", own_fields: Sequence[OwnField] = ()
) -> ParsedQuestion:
    """Parse a question; `previous_language` is that of the conversation so far."""
    language = detect_language(text, previous_language)
    request, subject = take_request(text, language)
    scanner = QuestionScanner(subject, language)
    small_talk = _small_talk_intent(scanner)
    if small_talk:
        return ParsedQuestion(text, language, intent=small_talk)
    photo_numbers = tuple(int(number) for number in PHOTO_NUMBER.findall(text))
    collection = take_collection(scanner)
    date_range, spans = find_date_range(scanner.remaining, language, today)
    for span in spans:
        scanner.blank(span)
    near = take_coordinates(scanner)
    rating, keyword, creator = take_rating(scanner), take_keyword(scanner), find_creator_name(scanner)
    is_count = bool(scanner.take_cue("count"))
    own_group = take_own_group(scanner, own_fields) if is_count else None
    group_by = f"{COUNTED}{own_group.name}" if own_group else take_group_by(scanner) if is_count else None
    asked_fields = take_asked_fields(scanner, own_fields)
    if is_count:
        _leave_out_more(scanner)
    file_facts = () if is_count else take_file_facts(scanner)
    intent: Intent = "count" if is_count else "file" if file_facts else "field" if asked_fields else "find"
    if intent == "find" and scanner.take_cue("look"):
        intent = "look"
    ordinals = find_ordinals(scanner)
    if intent == "count" and (photo_numbers or ordinals):
        intent = "look"  # "how many people are in [2]?" asks about that photo, not for a number of photos
    folder, tags = take_folder(scanner), take_tags(scanner)
    people = take_people_count(scanner)
    place = find_place_name(scanner)
    sort: Literal["newest", "oldest"] | None = "newest" if scanner.take_cue("newest") else None
    sort = sort or ("oldest" if scanner.take_cue("oldest") else None)
    limit = take_photo_count(scanner) if sort or intent == "find" else None
    terms = subject_terms(scanner)
    is_follow_up = bool(language.find_cue("these", scanner.remaining)) or _starts_with(text, language, "more")
    return ParsedQuestion(
        text=text, language=language, intent=intent, terms=terms, date_range=date_range, folder=folder,
        tags=tags, people=people, near=near, place=place, sort=sort, limit=limit, group_by=group_by,
        photo_numbers=photo_numbers, ordinals=ordinals, is_follow_up=is_follow_up, own_terms=terms,
        file_facts=file_facts, creator=creator, rating=rating, keyword=keyword, request=request, collection=collection,
        asked_fields=asked_fields, group_label=own_group.label if own_group else "",
    )  # fmt: skip


def _leave_out_more(scanner: QuestionScanner) -> None:
    """Take out a second question: what is counted is what the first is about."""
    if match := scanner.language.find_cue("asks_more", scanner.remaining):
        scanner.blank((match.start(), len(scanner.remaining)))


def _small_talk_intent(scanner: QuestionScanner) -> Intent | None:
    """The intent of a greeting, thanks or a question about the chat model, if there is nothing else in the text."""
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


def _starts_with(text: str, language: Lexicon, cue: str) -> bool:
    """Whether the text starts with a cue."""
    match = language.find_cue(cue, text)
    return match is not None and match.start() <= 1
