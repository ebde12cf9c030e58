"""The words of an answer: only what came back, each photo with the mark that cites it."""

from __future__ import annotations

from typing import Any

from local.models.talk.dialogue import Dialogue, Done
from local.models.talk.found import Found, objects_in
from local.models.talk.lexicon import Language
from local.models.talk.question import Question
from local.models.talk.relevance import judge

MOST_CITED = 6
ENOUGH = 0.5
SMALL_TALK = {"greet": "hello", "thank": "welcome", "explain": "about"}


def compose(question: Question, dialogue: Dialogue) -> str:
    """The answer in the question's language."""
    phrase = SMALL_TALK.get(question.intent)
    if phrase or not question.text.strip():
        return question.speech.say(phrase or "about")
    looked = dialogue.looked()
    if looked:
        return seen(question, dialogue, looked)
    count = dialogue.count()
    if count is not None:
        return counted(question, dialogue, count)
    return told(question, dialogue)


def told(question: Question, dialogue: Dialogue) -> str:
    """The photos that match, or that none does."""
    say = question.speech.say
    results = dialogue.results()
    judged = judge(question, results.photos) if results else []
    if results is None or not judged:
        return nothing(question)
    chosen = [one.photo for one in judged if one.share >= max(ENOUGH, judged[0].share)]
    if not chosen:
        return say("nearest", list=item(judged[0].photo, question.speech))
    chosen = chosen[: question.top or MOST_CITED]
    listing = listed(chosen, question.speech)
    if len(chosen) == 1:
        return say("found_one", list=listing)
    total = results.total if not question.terms else len(chosen)
    if total > len(chosen):
        return say("first_of", total=total, list=listing)
    return say("found_many", count=len(chosen), list=listing)


def nothing(question: Question) -> str:
    """That nothing was found, and what was looked for."""
    words = " ".join(question.terms)
    return question.speech.say("none_of", what=words) if words else question.speech.say("none")


def counted(question: Question, dialogue: Dialogue, count: dict[str, Any]) -> str:
    """A number, the groups where they were asked for, and a few of the photos."""
    say, total = question.speech.say, count.get("total", 0)
    phrase = {0: "count_none", 1: "count_one"}.get(total, "count_many")
    said = [say(phrase, count=total)]
    groups = by_year(grouped(count)) if question.by == "year" else grouped(count)
    if groups and question.by:
        counts = question.speech.joined([f"{name} ({number})" for name, number in groups])
        said.append(say("groups", by=subject_word(question), list=counts))
    results = dialogue.results()
    if total and results:
        best = [one.photo for one in judge(question, results.photos) if one.share >= ENOUGH][:3]
        said += [say("examples", list=listed(best, question.speech))] if best else []
    return " ".join(said)


def grouped(count: dict[str, Any]) -> list[tuple[str, int]]:
    """The groups of a count, whether they came as an object or as a list of {value, count}."""
    for value in count.values():
        if isinstance(value, dict) and value and all(isinstance(number, int) for number in value.values()):
            return list(value.items())
        if isinstance(value, dict) and (inner := grouped(value)):
            return inner
        if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
            return [pair for entry in value if (pair := group(entry)) is not None]
    return []


def by_year(groups: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Counts by month summed up by year."""
    totals: dict[str, int] = {}
    for name, number in groups:
        totals[name[:4]] = totals.get(name[:4], 0) + number
    return list(totals.items())


def group(entry: dict[str, Any]) -> tuple[str, int] | None:
    """One group: whatever is a number is its count, whatever else comes first is its name."""
    numbers = [value for name, value in entry.items() if name in ("count", "total", "photos")]
    names = [value for name, value in entry.items() if name not in ("count", "total", "photos")]
    return (str(names[0]), int(numbers[0])) if names and numbers and isinstance(numbers[0], int) else None


def subject_word(question: Question) -> str:
    """What the groups are of, in the question's language."""
    entries = dict(entry.split(":") for entry in question.speech.words["subjects"].split())
    return entries[question.by or "year"].split("|")[0]


def seen(question: Question, dialogue: Dialogue, looked: Done) -> str:
    """What a look at the pictures told, with the marks of the pictures looked at."""
    ids = looked.arguments.get("ids", [])
    said = answer_in(looked.said)
    found = [*dialogue.shown, *(photo for results in dialogue.given for photo in results.photos)]
    photos = [photo for photo in found if photo.id in ids]
    marks = " ".join(dict.fromkeys(photo.mark for photo in photos if photo.mark not in said))
    return question.speech.say("seen", answer=said, mark=marks).strip()


def answer_in(said: str) -> str:
    """The text of a tool's answer: itself, or the text inside its JSON."""
    for value in objects_in(said):
        for name in ("seen", "answer", "text", "content"):
            if isinstance(value.get(name), str):
                return str(value[name])
    return said


def listed(photos: list[Found], speech: Language) -> str:
    """The photos with their marks."""
    return speech.joined([item(photo, speech) for photo in photos])


def item(photo: Found, speech: Language) -> str:
    """A photo in a sentence: its title and mark, when it was taken, where it lies."""
    said = [speech.say("item", title=f"“{photo.title.rstrip('.')}”", mark=photo.mark)]
    if photo.taken:
        said.append(speech.say("taken", date=speech.day(photo.taken)))
    if photo.folder.strip("/"):
        said.append(speech.say("folder", folder=photo.folder.strip("/")))
    return ", ".join(said)
