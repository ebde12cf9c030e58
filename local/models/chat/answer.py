"""Composes answers from tool results, with a citation for each photo."""

from typing import Any

from local.models.chat.dialogue_state import CompletedToolCall, DialogueState
from local.models.chat.file_answer import best_matches, file_answer, photos_in_question
from local.models.chat.lexicon import Lexicon
from local.models.chat.other_tools import result_text
from local.models.chat.own_fields import field_answer, field_values
from local.models.chat.proposal_planner import proposal_answer, referenced_numbers, tool_for
from local.models.chat.question_parser import ParsedQuestion
from local.models.chat.relevance import rank_photos, unmet_terms
from local.models.chat.search_results import PhotoRecord, find_json_objects

MAX_CITED = 6
MIN_RELEVANCE = 0.5
SMALL_TALK_PHRASES = {"greet": "hello", "thank": "welcome", "explain": "about"}


def compose_answer(question: ParsedQuestion, dialogue: DialogueState) -> str:
    """The answer in the question's language."""
    phrase = SMALL_TALK_PHRASES.get(question.intent)
    if phrase or not question.text.strip():
        return question.language.say(phrase or "about")
    if question.request and (text := _proposal_answer(question, dialogue)):
        return text
    if others := dialogue.other_calls():
        return result_text(others)
    if question.intent == "file" and (photos := photos_for_file_answer(question, dialogue)):
        return file_answer(question, photos)
    if question.intent == "field" and (
        text := field_answer(question.asked_fields, best_matches(question, dialogue)[:MAX_CITED], question.language)
    ):
        return text
    image_call = dialogue.image_call()
    if image_call:
        return _image_answer(question, dialogue, image_call)
    count = dialogue.count_result()
    if count is not None:
        return _count_answer(question, dialogue, count)
    return _search_answer(question, dialogue)


def matching_photos(question: ParsedQuestion, dialogue: DialogueState) -> list[PhotoRecord]:
    """The photos of the last search that match the question, the best first."""
    results = dialogue.latest_search_result()
    ranked = rank_photos(question, results.photos) if results else []
    return [scored.photo for scored in ranked if scored.relevance >= MIN_RELEVANCE]


def _proposal_answer(question: ParsedQuestion, dialogue: DialogueState) -> str | None:
    """What is said of a request to write something: what is proposed, or why nothing can be."""
    assert question.request
    if not dialogue.proposal_outputs():
        return None if tool_for(question.request) in dialogue.offered_tools else question.language.say("not_offered")
    numbers = referenced_numbers(question, dialogue)
    known = {photo.n: photo for photo in dialogue.earlier_photos}
    photos = [known[number] for number in numbers if number in known] or matching_photos(question, dialogue)
    items = [question.language.say("item", title=f"“{photo.title}”", citation=photo.citation) for photo in photos]
    return proposal_answer(question, dialogue, question.language.join(items[:MAX_CITED]))


def photos_for_file_answer(question: ParsedQuestion, dialogue: DialogueState) -> list[PhotoRecord]:
    """The photos whose files a question is about."""
    return photos_in_question(question, dialogue) or best_matches(question, dialogue)


def _search_answer(question: ParsedQuestion, dialogue: DialogueState) -> str:
    """An answer with the photos that match, or that none does."""
    say = question.language.say
    results = dialogue.latest_search_result()
    ranked = rank_photos(question, results.photos) if results else []
    if results is None or not ranked:
        return _no_match_answer(question)
    photos = [scored.photo for scored in ranked if scored.relevance >= max(MIN_RELEVANCE, ranked[0].relevance)]
    if not photos:
        return say("nearest", list=_photo_item(ranked[0].photo, question.language))
    photos = photos[: question.limit or MAX_CITED]
    return " ".join([_found(question, photos, results.total), *_unmet(question, photos)])


def _found(question: ParsedQuestion, photos: list[PhotoRecord], total: int) -> str:
    """A sentence with the photos, of so many that the search found."""
    say, listing = question.language.say, _photo_list(photos, question.language)
    if len(photos) == 1:
        return say("found_one", list=listing)
    if not question.terms and total > len(photos):
        return say("first_of", total=total, list=listing)
    return say("found_many", count=len(photos), list=listing)


def _unmet(question: ParsedQuestion, photos: list[PhotoRecord]) -> list[str]:
    """A sentence about what was asked for and none of the photos shows, if there is such a thing."""
    unmet = unmet_terms(question, photos)
    return [question.language.say("unmet", what=" ".join(unmet))] if unmet else []


def _no_match_answer(question: ParsedQuestion) -> str:
    """An answer that nothing was found, and for what."""
    subject = " ".join(question.terms)
    return question.language.say("none_of", what=subject) if subject else question.language.say("none")


def _count_answer(question: ParsedQuestion, dialogue: DialogueState, count: dict[str, Any]) -> str:
    """An answer with a number, the groups if the question asks for them, and a few of the photos."""
    say, total = question.language.say, count.get("total", 0)
    phrase = {0: "count_none", 1: "count_one"}.get(total, "count_many")
    sentences = [say(phrase, count=total), *_how_counted(question, dialogue, count)]
    groups = _sum_by_year(_count_groups(count)) if question.group_by == "year" else _count_groups(count)
    if groups and question.group_by:
        counts = question.language.join([f"{name} ({number})" for name, number in groups])
        sentences.append(say("groups", by=_group_name(question), list=counts))
    photos = matching_photos(question, dialogue) if total else []
    sentences += field_values(question.asked_fields, photos, total, question.language)
    if photos:
        sentences.append(say("examples", list=_photo_list(photos[:3], question.language)))
    return " ".join(sentences)


def _how_counted(question: ParsedQuestion, dialogue: DialogueState, count: dict[str, Any]) -> list[str]:
    """A sentence about the words that were counted by, where a search found another number of photos."""
    results, words = dialogue.latest_search_result(), count.get("holding_all_of")
    if not words or results is None or results.total == count.get("total"):
        return []
    return [question.language.say("counted_by", words=question.language.join([f"“{word}”" for word in words]))]


def _count_groups(count: dict[str, Any]) -> list[tuple[str, int]]:
    """The groups of a count, which tools return as an object or as a list of {value, count}."""
    for value in count.values():
        if isinstance(value, dict) and value and all(isinstance(number, int) for number in value.values()):
            return list(value.items())
        if isinstance(value, dict) and (inner := _count_groups(value)):
            return inner
        if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
            return [pair for entry in value if (pair := _count_group(entry)) is not None]
    return []


def _sum_by_year(groups: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Counts by month, added up by year."""
    totals: dict[str, int] = {}
    for name, number in groups:
        totals[name[:4]] = totals.get(name[:4], 0) + number
    return list(totals.items())


def _count_group(entry: dict[str, Any]) -> tuple[str, int] | None:
    """The name and count of a group in a list."""
    numbers = [value for name, value in entry.items() if name in ("count", "total", "photos")]
    names = [value for name, value in entry.items() if name not in ("count", "total", "photos")]
    return (str(names[0]), int(numbers[0])) if names and numbers and isinstance(numbers[0], int) else None


def _group_name(question: ParsedQuestion) -> str:
    """What the count is grouped by, in the language of the question."""
    if question.group_label:
        return question.group_label
    entries = dict(entry.split(":") for entry in question.language.entries["subjects"].split())
    return entries[question.group_by or "year"].split("|")[0]


def _image_answer(question: ParsedQuestion, dialogue: DialogueState, image_call: CompletedToolCall) -> str:
    """The answer of the tool that looked at images, with citations for them."""
    ids = image_call.arguments.get("ids", [])
    text = _tool_answer_text(image_call.output)
    candidates = [*dialogue.earlier_photos, *(photo for results in dialogue.search_results for photo in results.photos)]
    photos = [photo for photo in candidates if photo.id in ids]
    citations = " ".join(dict.fromkeys(photo.citation for photo in photos if photo.citation not in text))
    return question.language.say("image_answer", answer=text, citation=citations).strip()


def _tool_answer_text(output: str) -> str:
    """The text of a tool's output: the output itself, or a text inside its JSON."""
    for value in find_json_objects(output):
        for name in ("seen", "answer", "text", "content"):
            if isinstance(value.get(name), str):
                return str(value[name])
    return output


def _photo_list(photos: list[PhotoRecord], language: Lexicon) -> str:
    """A list of the photos with their citations."""
    return language.join([_photo_item(photo, language) for photo in photos])


def _photo_item(photo: PhotoRecord, language: Lexicon) -> str:
    """A photo in a sentence: its title and citation, its date, its folder, and the library's own fields."""
    parts = [language.say("item", title=f"“{photo.title.rstrip('.')}”", citation=photo.citation)]
    if photo.taken and photo.taken_day_known:
        parts.append(language.say("taken", date=language.format_date(photo.taken)))
    if photo.folder.strip("/"):
        parts.append(language.say("folder", folder=photo.folder.strip("/")))
    parts += [f"{name.replace('_', ' ')}: {value}" for name, value in photo.fields]
    return ", ".join(parts)
