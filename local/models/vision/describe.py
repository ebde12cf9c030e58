"""Describes an analysed image: title, alt text, caption and tags that claim no more than was measured."""

from typing import Any

from local.models.vision.analysis import Detection, SceneAnalysis
from local.models.vision.english import (
    LabelGroup,
    capitalize,
    group_by_label,
    horizontal_position,
    indefinite_article,
    join_words,
    label_and_kinds,
    plural_of,
)
from local.models.vision.prompt_hints import PromptHints
from local.models.vision.setting import classify_setting

MAX_ALT_TEXT_LENGTH = 125
MAX_TITLE_LENGTH = 60
MAX_SUBJECTS = 4
MAX_QUOTED_LINES = 20


def describe(analysis: SceneAnalysis, hints: PromptHints) -> dict[str, Any]:
    """Everything that can be said about an image, under the names that `schema_filling` knows."""
    people = count_people(analysis)
    return {
        "title": _title(analysis, hints),
        "alt_text": _alt_text(analysis),
        "caption": _caption(analysis, hints),
        "tags": _tags(analysis, hints),
        "text_in_photo": "\n".join(line.text for line in analysis.text_lines),
        "people": people,
        "faces": len(analysis.faces),
        "setting": classify_setting(analysis),
        "colors": [color.name for color in analysis.palette],
        "objects": [group.label for group in group_by_label(analysis.detections)],
        "language": "en",
        "confidence": round(_confidence(analysis), 2),
        "needs_review": _confidence(analysis) < 0.5,
        "has_text": bool(analysis.text_lines),
        "has_people": people > 0,
        "orientation": analysis.orientation,
        "kind": analysis.kind,
        "brightness": brightness_of(analysis),
        "monochrome": analysis.light.monochrome,
        "taken_at": hints.taken.isoformat() if hints.taken else None,
        "place": hints.place or None,
    }


def count_people(analysis: SceneAnalysis) -> int:
    """How many people were detected, by their bodies or by their faces alone."""
    return sum(detection.label == "person" for detection in analysis.detections)


def _confidence(analysis: SceneAnalysis) -> float:
    """The best score of anything detected."""
    return max(
        [detection.score for detection in analysis.detections] + [line.score for line in analysis.text_lines],
        default=0.0,
    )


def _main_subjects(analysis: SceneAnalysis) -> list[LabelGroup]:
    """What the image shows, the most important first."""
    return group_by_label(analysis.detections)[:MAX_SUBJECTS]


def _title(analysis: SceneAnalysis, hints: PromptHints) -> str:
    """The main subject and the name of the file, or else the first words in the image or its appearance."""
    subject_phrases = [_without_article(group) for group in _main_subjects(analysis)[:2]]
    quote = f"“{analysis.text_lines[0].text}”" if analysis.text_lines and analysis.kind != "photo" else ""
    parts = (
        [join_words(subject_phrases), hints.file_name_words]
        if subject_phrases
        else [hints.file_name_words or quote or _appearance(analysis)]
    )
    if not hints.file_name_words and hints.folder_words:
        parts.append(hints.folder_words[-1])
    return capitalize(": ".join(part for part in parts if part))[:MAX_TITLE_LENGTH].rstrip(" :,")


def _without_article(group: LabelGroup) -> str:
    """The phrase without its article, for a title."""
    return group.phrase().removeprefix("a ").removeprefix("an ").replace("probably a ", "probably ")


def _alt_text(analysis: SceneAnalysis) -> str:
    """The main subjects, the colours and the first words in the image, in about 125 characters."""
    phrases = join_words([group.phrase() for group in _main_subjects(analysis)[:3]])
    colors = f"{'in' if analysis.light.monochrome else 'mostly'} {_palette_phrase(analysis)}"
    subject = f"{phrases}; {colors}" if phrases else _appearance(analysis)
    text_note = f", with the words “{analysis.text_lines[0].text}”" if analysis.text_lines else ""
    text = subject + (text_note if len(subject) + len(text_note) < MAX_ALT_TEXT_LENGTH else "")
    return capitalize(text[:MAX_ALT_TEXT_LENGTH]) + "."


def _caption(analysis: SceneAnalysis, hints: PromptHints) -> str:
    """A few sentences: subjects, their positions, appearance, text, and time, place and occasion from the hints."""
    sentences = [
        _opening_sentence(analysis),
        *_position_sentences(analysis),
        *_text_sentences(analysis),
        *_hint_sentences(hints),
    ]
    return " ".join(capitalize(sentence) for sentence in sentences)


def _opening_sentence(analysis: SceneAnalysis) -> str:
    """The appearance of the image, what it shows, and whether it is indoors or outdoors."""
    phrases = join_words([group.phrase() for group in _main_subjects(analysis)])
    what = capitalize(_appearance(analysis))
    where = {"indoors": ", indoors", "outdoors": ", outdoors"}.get(classify_setting(analysis), "")
    return f"{indefinite_article(what)} {what[0].lower()}{what[1:]}{f', showing {phrases}' if phrases else ''}{where}."


def _position_sentences(analysis: SceneAnalysis) -> list[str]:
    """Where in the image the main subjects are, as far as that is known."""
    sentences = []
    for group in _main_subjects(analysis):
        located = [detection for detection in group.detections if detection.area < 0.98]
        if len(located) == 1 and group.count == 1:
            sentences.append(f"The {group.label} {_position_phrase(located[0])}.")
        elif group.count > 1:
            positions = list(dict.fromkeys(horizontal_position(detection) for detection in located))
            sentences.append(f"The {plural_of(group.label)} are {join_words(positions)}.")
    return sentences


def _position_phrase(detection: Detection) -> str:
    """Where a single object is, and whether it is large or small."""
    if detection.area > 0.45:
        return "fills most of the picture"
    return f"is {'small, ' if detection.area < 0.04 else ''}{horizontal_position(detection)}"


def _text_sentences(analysis: SceneAnalysis) -> list[str]:
    """The text in the image, quoted; only the first part of a long text."""
    if not analysis.text_lines:
        return []
    quote = " / ".join(line.text for line in analysis.text_lines[:MAX_QUOTED_LINES])
    more = " and more" if len(analysis.text_lines) > MAX_QUOTED_LINES else ""
    return [f"It reads: “{quote}”{more}."]


def _hint_sentences(hints: PromptHints) -> list[str]:
    """The time, place and occasion, as given by the hints."""
    sentences = []
    if hints.taken:
        when = f"taken on {hints.taken:%A} {hints.taken.day} {hints.taken:%B %Y}"
        sentences.append(f"{when}{f', in the {hints.time_of_day}' if hints.time_of_day else ''} ({hints.season}).")
    if hints.place:
        sentences.append(f"place: {hints.place}.")
    if hints.file_name_words:
        sentences.append(f"its file is called “{hints.file_name_words}”.")
    if hints.folder_words:
        sentences.append(f"filed under {join_words([f'“{words}”' for words in hints.folder_words])}.")
    return sentences


def _appearance(analysis: SceneAnalysis) -> str:
    """Such as "bright landscape photo in blue and white"."""
    return f"{brightness_of(analysis)} {analysis.orientation} {analysis.kind} in {_palette_phrase(analysis)}".strip()


def _palette_phrase(analysis: SceneAnalysis) -> str:
    """The main colours in words."""
    if analysis.light.monochrome:
        return "black and white"
    return join_words([color.name for color in analysis.palette[:3]]) or "many colours"


def _tags(analysis: SceneAnalysis, hints: PromptHints) -> list[str]:
    """Single words to filter by, the most certain first, each once."""
    words = [name for group in group_by_label(analysis.detections) for name in label_and_kinds(group.label)]
    words += ["people"] if count_people(analysis) else []
    words += [word.lower() for word in (*hints.folder_words, hints.file_name_words) if word]
    words += [analysis.kind, *(color.name for color in analysis.palette)]
    words += ["black and white"] if analysis.light.monochrome else []
    setting = classify_setting(analysis)
    words += [setting] if setting in ("indoors", "outdoors") else []
    words += ["text"] if analysis.text_lines else []
    words += [analysis.orientation, brightness_of(analysis)]
    words += [f"{hints.taken:%Y}", f"{hints.taken:%B}".lower()] if hints.taken else []
    words += [part for part in (hints.season, hints.time_of_day) if part]
    return list(dict.fromkeys(word for word in words if word))


def brightness_of(analysis: SceneAnalysis) -> str:
    """`dark`, `bright` or, in between, an empty string."""
    if analysis.light.brightness < 0.25:
        return "dark"
    return "bright" if analysis.light.brightness > 0.62 else ""
