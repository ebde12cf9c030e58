"""English for what was found: how many of what, and how sure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from local.models.vision.objects import kinds_of
from local.models.vision.sight import Thing

# Below this score a word comes with "probably".
SURE = 0.5
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
PLURALS = {"person": "people", "knife": "knives", "wolf": "wolves", "mouse": "mice", "computer mouse": "computer mice"}
UNCHANGED = ("sheep", "fish", "bison", "skis", "scissors", "aircraft", "food", "coffee", "bread", "broccoli")
# Things one does not count: "a coffee" is fine, "a food" is not.
MASS = ("food", "clothing", "furniture", "bread", "broccoli", "hay", "space")


@dataclass(frozen=True)
class Group:
    """All things of one name: how many, and the best score among them."""

    label: str
    count: int
    score: float
    things: tuple[Thing, ...]

    @property
    def sure(self) -> bool:
        """Whether it can be said without "probably"."""
        return self.score >= SURE

    def phrase(self) -> str:
        """Such as "a dog", "three people", "probably a boat"."""
        said = counted(self.label, self.count)
        return said if self.sure else f"probably {said}"


def grouped(things: tuple[Thing, ...]) -> list[Group]:
    """Things by name, the surest first; people come before all else."""
    counts = Counter(thing.label for thing in things)
    groups = [
        Group(
            label, count, max(t.score for t in things if t.label == label), tuple(t for t in things if t.label == label)
        )
        for label, count in counts.items()
    ]
    return sorted(groups, key=lambda group: (group.label != "person", -group.score))


def counted(label: str, count: int) -> str:
    """ "A dog", "two dogs", "many people"."""
    if label in MASS:
        return label
    if count == 1:
        return "one person" if label == "person" else f"{article(label)} {label}"
    number = NUMBERS[count] if count < len(NUMBERS) else "many"
    return f"{number} {plural(label)}"


def article(word: str) -> str:
    """ "A" or "an"."""
    return "an" if word[0].lower() in "aeiou" and not word.startswith(("uni", "one", "eu")) else "a"


def plural(word: str) -> str:
    """More than one of it."""
    if word in UNCHANGED or word.endswith(UNCHANGED):
        return word
    if word in PLURALS:
        return PLURALS[word]
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"


def joined(words: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def sentence(text: str) -> str:
    """With a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def place_of(thing: Thing) -> str:
    """Where in the picture something is, in rough words."""
    left, _, right, _ = thing.box
    middle = (left + right) / 2
    return "on the left" if middle < 0.36 else "on the right" if middle > 0.64 else "in the middle"


def with_kinds(label: str) -> tuple[str, ...]:
    """A name and the kinds of thing it is: what people may search for instead."""
    return (label, *(kind for kind in kinds_of(label) if kind != label))
