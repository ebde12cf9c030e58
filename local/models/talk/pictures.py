"""Answering a question about pictures that are in the conversation, from what was measured in them."""

from __future__ import annotations

from local.models.talk.lexicon import Language, spoken
from local.models.vision.describe import looks, people_in
from local.models.vision.sight import Sight
from local.models.vision.words import sentence

ABOUT_TEXT = """text say says written sign read word words letters steht schrift lies écrit dit lire mots
texte dice escrito pone texto leer"""
ABOUT_COLOR = "colour color colours colors farbe farben couleur couleurs colores"


def about_pictures(question: str, sights: list[Sight]) -> str:
    """One answer a picture, numbered when there are several."""
    speech = spoken(question)
    answers = [about(question, sight, speech) for sight in sights]
    if len(answers) == 1:
        return answers[0]
    return "\n".join(speech.say("picture", number=i + 1, answer=said) for i, said in enumerate(answers))


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
    said = sentence(f"{looks(sight)}.")
    return f"{said} {text_of(sight, speech)}" if sight.text else said


def text_of(sight: Sight, speech: Language) -> str:
    """The text in a picture, quoted."""
    if not sight.text:
        return speech.say("text_none")
    return speech.say("text_read", text=" / ".join(f"“{line.text}”" for line in sight.text))
