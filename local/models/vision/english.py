"""English phrases for detections: how many of what, and how certain."""

from collections import Counter
from dataclasses import dataclass

from local.models.vision.analysis import Detection
from local.models.vision.taxonomy import kinds_of

# Below this score a phrase starts with "probably".
MIN_CONFIDENT_SCORE = 0.5
NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
IRREGULAR_PLURALS = {
    "person": "people",
    "knife": "knives",
    "wolf": "wolves",
    "mouse": "mice",
    "computer mouse": "computer mice",
}
INVARIANT_PLURALS = ("sheep", "fish", "bison", "skis", "scissors", "aircraft", "food", "coffee", "bread", "broccoli")
# Nouns without a plural or an article: "a coffee" is fine, "a food" isn't.
MASS_NOUNS = ("food", "clothing", "furniture", "bread", "broccoli", "hay", "space")


@dataclass(frozen=True)
class LabelGroup:
    """All detections with the same label: how many, and the best score among them."""

    label: str
    count: int
    score: float
    detections: tuple[Detection, ...]

    @property
    def is_confident(self) -> bool:
        """Whether the phrase needs no "probably"."""
        return self.score >= MIN_CONFIDENT_SCORE

    def phrase(self) -> str:
        """Such as "a dog", "three people", "probably a boat"."""
        phrase = count_phrase(self.label, self.count)
        return phrase if self.is_confident else f"probably {phrase}"


def group_by_label(detections: tuple[Detection, ...]) -> list[LabelGroup]:
    """Detections by label, the most confident first, but people before everything else."""
    counts = Counter(detection.label for detection in detections)
    groups = [
        LabelGroup(
            label,
            count,
            max(detection.score for detection in detections if detection.label == label),
            tuple(detection for detection in detections if detection.label == label),
        )
        for label, count in counts.items()
    ]
    return sorted(groups, key=lambda group: (group.label != "person", -group.score))


def count_phrase(label: str, count: int) -> str:
    """ "A dog", "two dogs", "many people"."""
    if label in MASS_NOUNS:
        return label
    if count == 1:
        return "one person" if label == "person" else f"{indefinite_article(label)} {label}"
    number = NUMBER_WORDS[count] if count < len(NUMBER_WORDS) else "many"
    return f"{number} {plural_of(label)}"


def indefinite_article(word: str) -> str:
    """ "A" or "an"."""
    return "an" if word[0].lower() in "aeiou" and not word.startswith(("uni", "one", "eu")) else "a"


def plural_of(word: str) -> str:
    """The plural of a noun."""
    if word in INVARIANT_PLURALS or word.endswith(INVARIANT_PLURALS):
        return word
    if word in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[word]
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"


def join_words(words: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def capitalize(text: str) -> str:
    """The text with a capital first letter; the rest is unchanged."""
    return text[:1].upper() + text[1:]


def horizontal_position(detection: Detection) -> str:
    """Roughly where in the image something is."""
    left, _, right, _ = detection.box
    middle = (left + right) / 2
    return "on the left" if middle < 0.36 else "on the right" if middle > 0.64 else "in the middle"


def label_and_kinds(label: str) -> tuple[str, ...]:
    """A label and its kinds, any of which people may search for."""
    return (label, *(kind for kind in kinds_of(label) if kind != label))
