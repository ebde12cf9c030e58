"""Answers questions about images in the conversation from what was measured in them."""

import re

from local.models.api.requests import ImagePart, RequestMessage, TextPart
from local.models.chat.lexicon import Lexicon, detect_language, tokenize
from local.models.chat.vocabulary import english_meanings, same_stem
from local.models.vision.analysis import SceneAnalysis
from local.models.vision.describe import count_people
from local.models.vision.english import group_by_label, label_and_kinds

IMAGE_LABEL = re.compile(r"\[\d+\]")
TEXT_WORDS = """text say says written sign read word words letters steht schrift lies écrit dit lire mots
texte dice escrito pone texto leer"""
COLOR_WORDS = "colour color colours colors farbe farben couleur couleurs colores"


def answer_image_question(messages: list[RequestMessage], analyses: list[SceneAnalysis]) -> str:
    """One answer for each image, after its label ("[3] trip/new.jpg") or its position among several."""
    question, labels = _question_and_labels(messages)
    language = detect_language(question)
    answers = [_answer_about_image(question, analysis, language) for analysis in analyses]
    if len(answers) == 1 and not labels[0]:
        return answers[0]
    numbered = [label or language.say("picture", number=position + 1) for position, label in enumerate(labels)]
    return "\n".join(f"{label} {answer}" for label, answer in zip(numbered, answers, strict=True))


def _question_and_labels(messages: list[RequestMessage]) -> tuple[str, list[str]]:
    """The question, and for each image the number in brackets before it, or ""."""
    texts: list[str] = []
    labels: list[str] = []
    for message in messages:
        label = ""
        for part in message.parts() if message.role == "user" else []:
            if isinstance(part, ImagePart):
                labels.append(label)
                label = ""
            elif isinstance(part, TextPart) and (match := IMAGE_LABEL.match(part.text)):
                label = match[0]
            elif isinstance(part, TextPart):
                texts.append(part.text)
    return "\n".join(texts), labels


def _answer_about_image(question: str, analysis: SceneAnalysis, language: Lexicon) -> str:
    """The answer to the question for one image."""
    words = set(question.lower().replace("?", " ").split())
    people_words = set(language.entries["people_words"].split())
    if words & people_words:
        count = count_people(analysis)
        phrase = {0: "people_none", 1: "people_one"}.get(count, "people_many")
        return language.say(phrase, count=count)
    if words & set(COLOR_WORDS.split()):
        return language.say("colors", colors=language.join([color.name for color in analysis.palette]))
    if words & set(TEXT_WORDS.split()):
        return _text_answer(analysis, language)
    object_answer = _answer_about_object(question, analysis, language)
    if object_answer:
        return object_answer
    phrases = [group.phrase() for group in group_by_label(analysis.detections)]
    sentence = language.say("objects", objects=language.join(phrases)) if phrases else language.say("objects_none")
    return f"{sentence} {_text_answer(analysis, language)}" if analysis.text_lines else sentence


def _answer_about_object(question: str, analysis: SceneAnalysis, language: Lexicon) -> str:
    """Yes or no to a question about a known object, such as "is there a dog in it?"; otherwise ""."""
    visible = [label for detection in analysis.detections for label in label_and_kinds(detection.label)]
    for word in tokenize(question):
        if word in language.function_words or not (meanings := english_meanings(word, language.code)[1:]):
            continue
        matches = [label for label in visible if any(same_stem(label, meaning) for meaning in meanings)]
        return language.say("yes_object" if matches else "no_object", object=matches[0] if matches else word)
    return ""


def _text_answer(analysis: SceneAnalysis, language: Lexicon) -> str:
    """The text in the image, quoted."""
    if not analysis.text_lines:
        return language.say("text_none")
    return language.say("text_read", text=" / ".join(f"“{line.text}”" for line in analysis.text_lines))
