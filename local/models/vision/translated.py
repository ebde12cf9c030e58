"""Describes an analysed image in German, French or Spanish: the same facts as in English, in other words."""

from dataclasses import replace
from typing import Any

from local.models.vision.analysis import Detection, SceneAnalysis
from local.models.vision.describe import (
    MAX_ALT_TEXT_LENGTH,
    MAX_QUOTED_LINES,
    MAX_SUBJECTS,
    MAX_TITLE_LENGTH,
    brightness_of,
    count_people,
    describe,
)
from local.models.vision.english import LabelGroup, capitalize, group_by_label, horizontal_position, label_and_kinds
from local.models.vision.grammar import label_with_noun, nouns
from local.models.vision.prompt_hints import PromptHints
from local.models.vision.setting import classify_setting
from local.models.vision.wording import Wording, load_wording

POSITIONS = {"on the left": "left", "on the right": "right", "in the middle": "middle"}


def describe_in(code: str, analysis: SceneAnalysis, hints: PromptHints) -> dict[str, Any]:
    """What `describe` says, with title, alternative text, caption and tags in the language with this code."""
    facts = describe(analysis, hints)
    if code == "en":
        return facts
    wording, general = load_wording(code), _with_known_nouns(analysis)
    return facts | {
        "title": _title(general, hints, wording),
        "alt_text": _alt_text(general, wording),
        "caption": _caption(general, hints, wording),
        "tags": _tags(analysis, hints, wording),
        "language": code,
    }


def _with_known_nouns(analysis: SceneAnalysis) -> SceneAnalysis:
    """The analysis with labels that have nouns; two labels of one thing become one detection."""
    detections = (replace(each, label=label_with_noun(each.label)) for each in analysis.detections)
    unique: dict[tuple[str, object], Detection] = {}
    for each in detections:
        unique.setdefault((each.label, each.box), each)
    return replace(analysis, detections=tuple(unique.values()))


def _subjects(analysis: SceneAnalysis) -> list[LabelGroup]:
    return group_by_label(analysis.detections)[:MAX_SUBJECTS]


def _title(analysis: SceneAnalysis, hints: PromptHints, wording: Wording) -> str:
    subjects = wording.join([wording.phrase_without_article(group) for group in _subjects(analysis)[:2]])
    quote = wording.quote(analysis.text_lines[0].text) if analysis.text_lines and analysis.kind != "photo" else ""
    appearance = wording.appearance(analysis, brightness_of(analysis))
    parts = [subjects, hints.file_name_words] if subjects else [hints.file_name_words or quote or appearance]
    if not hints.file_name_words and hints.folder_words:
        parts.append(hints.folder_words[-1])
    colon = " : " if wording.code == "fr" else ": "
    return capitalize(colon.join(part for part in parts if part))[:MAX_TITLE_LENGTH].rstrip(" :,")


def _alt_text(analysis: SceneAnalysis, wording: Wording) -> str:
    phrases = wording.join([wording.phrase(group) for group in _subjects(analysis)[:3]])
    colors = wording.say("monochrome" if analysis.light.monochrome else "mostly", palette=wording.palette(analysis))
    semicolon = " ; " if wording.code == "fr" else "; "
    text = f"{phrases}{semicolon}{colors}" if phrases else wording.appearance(analysis, brightness_of(analysis))
    if analysis.text_lines:
        note = wording.say("words", quote=wording.quote(analysis.text_lines[0].text))
        text += note if len(text) + len(note) < MAX_ALT_TEXT_LENGTH else ""
    return capitalize(text[:MAX_ALT_TEXT_LENGTH]) + "."


def _caption(analysis: SceneAnalysis, hints: PromptHints, wording: Wording) -> str:
    sentences = [
        _opening_sentence(analysis, wording),
        *_subject_sentences(analysis, wording),
        *_text_sentences(analysis, wording),
        *_hint_sentences(hints, wording),
    ]
    return " ".join(capitalize(sentence) for sentence in sentences)


def _opening_sentence(analysis: SceneAnalysis, wording: Wording) -> str:
    setting = classify_setting(analysis)
    where = wording.entries[setting] if setting in ("indoors", "outdoors") else ""
    return f"{wording.appearance(analysis, brightness_of(analysis), article=True)}{where}."


def _subject_sentences(analysis: SceneAnalysis, wording: Wording) -> list[str]:
    """What the image shows, and where in it, as far as that is known."""
    groups = _subjects(analysis)
    if not groups:
        return []
    sentences = [wording.say("shows", phrases=wording.join([wording.phrase(group) for group in groups]))]
    for group in groups:
        located = [detection for detection in group.detections if detection.area < 0.98]
        if group.count == 1 and located:
            sentences.append(_position_sentence(group, located[0], wording))
        elif located:
            positions = dict.fromkeys(_position(each, wording) for each in located)
            sentences.append(wording.say("are", subject=wording.subject(group), position=wording.join(list(positions))))
    return sentences


def _position_sentence(group: LabelGroup, detection: Detection, wording: Wording) -> str:
    if detection.area > 0.45:
        return wording.say("fills", subject=wording.subject(group))
    position = _position(detection, wording)
    place = wording.say("small", position=position) if detection.area < 0.04 else position
    return wording.say("is", subject=wording.subject(group), position=place)


def _position(detection: Detection, wording: Wording) -> str:
    return str(wording.entries[POSITIONS[horizontal_position(detection)]])


def _text_sentences(analysis: SceneAnalysis, wording: Wording) -> list[str]:
    if not analysis.text_lines:
        return []
    quote = wording.quote(" / ".join(line.text for line in analysis.text_lines[:MAX_QUOTED_LINES]))
    return [wording.say("reads_more" if len(analysis.text_lines) > MAX_QUOTED_LINES else "reads", quote=quote)]


def _hint_sentences(hints: PromptHints, wording: Wording) -> list[str]:
    sentences = [wording.date_sentence(hints)] if hints.taken else []
    if hints.place:
        sentences.append(wording.say("place", place=hints.place))
    if hints.file_name_words:
        sentences.append(wording.say("file", quote=wording.quote(hints.file_name_words)))
    if hints.folder_words:
        quotes = wording.join([wording.quote(words) for words in hints.folder_words])
        sentences.append(wording.say("folders", quotes=quotes))
    return sentences


def _tags(analysis: SceneAnalysis, hints: PromptHints, wording: Wording) -> list[str]:
    """Single words to filter by, the most certain first, each once."""
    table, setting = nouns(wording.code), classify_setting(analysis)
    labels = [each for group in group_by_label(analysis.detections) for each in label_and_kinds(group.label)]
    words = [table[label].singular.lower() for label in labels if label in table]
    words += [wording.tag("people")] if count_people(analysis) else []
    words += [word.lower() for word in (*hints.folder_words, hints.file_name_words) if word]
    words.append(wording.entries[analysis.kind].partition(" ")[2].lower())
    words += [wording.tag(color.name) for color in analysis.palette]
    words += [wording.entries["black_and_white"].lower()] if analysis.light.monochrome else []
    ours = [setting] if setting in ("indoors", "outdoors") else []
    ours += ["text"] if analysis.text_lines else []
    ours += [analysis.orientation, brightness_of(analysis)]
    words += [wording.tag(word) for word in ours if word]
    words += [str(hints.taken.year), wording.month(hints.taken.month).lower()] if hints.taken else []
    words += [wording.tag(word) for word in (hints.season, hints.time_of_day) if word]
    return list(dict.fromkeys(words))
