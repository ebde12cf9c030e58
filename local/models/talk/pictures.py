"""Answering a question about pictures that are in the conversation, from what was measured in them."""

from __future__ import annotations

import re

from local.models.api.requests import ImagePart, Message, TextPart
from local.models.talk.lexicon import Language, spoken, words_of
from local.models.talk.vocabulary import alike, meanings
from local.models.vision.describe import people_in
from local.models.vision.sight import Sight
from local.models.vision.words import grouped, with_kinds

MARK = re.compile(r"\[\d+\]")
ABOUT_TEXT = """text say says written sign read word words letters steht schrift lies écrit dit lire mots
texte dice escrito pone texto leer"""
ABOUT_COLOR = "colour color colours colors farbe farben couleur couleurs colores"


def about_pictures(messages: list[Message], sights: list[Sight]) -> str:
    """One answer a picture, after the number it was given ("[3] trip/new.jpg") or its place among several."""
    question, marks = question_and_marks(messages)
    speech = spoken(question)
    answers = [about(question, sight, speech) for sight in sights]
    if len(answers) == 1 and not marks[0]:
        return answers[0]
    numbered = [mark or speech.say("picture", number=place + 1) for place, mark in enumerate(marks)]
    return "\n".join(f"{mark} {said}" for mark, said in zip(numbered, answers, strict=True))


def question_and_marks(messages: list[Message]) -> tuple[str, list[str]]:
    """What is asked, and for each picture the number in brackets that stands before it, or ""."""
    asked: list[str] = []
    marks: list[str] = []
    for message in messages:
        mark = ""
        for part in message.parts() if message.role == "user" else []:
            if isinstance(part, ImagePart):
                marks.append(mark)
                mark = ""
            elif isinstance(part, TextPart) and (found := MARK.match(part.text)):
                mark = found[0]
            elif isinstance(part, TextPart):
                asked.append(part.text)
    return "\n".join(asked), marks


def about(question: str, sight: Sight, speech: Language) -> str:
    """What one picture tells about a question."""
    words = set(question.lower().replace("?", " ").split())
    people = set(speech.words["people_words"].split())
    if words & people:
        count = people_in(sight)
        phrase = {0: "people_none", 1: "people_one"}.get(count, "people_many")
        return speech.say(phrase, count=count)
    if words & set(ABOUT_COLOR.split()):
        return speech.say("colors", colors=speech.joined([shade.name for shade in sight.shades]))
    if words & set(ABOUT_TEXT.split()):
        return text_of(sight, speech)
    asked = asked_for(question, sight, speech)
    if asked:
        return asked
    named = [thing.phrase() for thing in grouped(sight.things)]
    said = speech.say("objects", objects=speech.joined(named)) if named else speech.say("objects_none")
    return f"{said} {text_of(sight, speech)}" if sight.text else said


def asked_for(question: str, sight: Sight, speech: Language) -> str:
    """Yes or no to a question about a thing that has a word: "is there a dog in it?"."""
    found = {name for thing in sight.things for name in with_kinds(thing.label)}
    for word in words_of(question):
        if word in speech.function_words or not (names := meanings(word, speech.code)[1:]):
            continue
        seen = [name for name in found if any(alike(name, other) for other in names)]
        return speech.say("yes_object" if seen else "no_object", object=seen[0] if seen else word)
    return ""


def text_of(sight: Sight, speech: Language) -> str:
    """The text in a picture, quoted."""
    if not sight.text:
        return speech.say("text_none")
    return speech.say("text_read", text=" / ".join(f"“{line.text}”" for line in sight.text))
