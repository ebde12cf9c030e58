"""
What a picture shows: a detector says where things may be, a classifier says what they are.

The two disagree a lot below a score of one half, and mostly the classifier is
right. So the detector proposes boxes, the classifier takes a second look at
each, and only what both support is said, or what one of them is sure of. The
numbers below come from the comparison in benchmarks/vision/README.md.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from local.models.vision.nets import classifier, detector
from local.models.vision.sight import Box, Thing

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
LOOKED_AT_TWICE = 6
# A species is named only if it holds this part of the score of its kind.
SPREAD = 0.6
FEW = 3
MARGIN = 0.05
SMALLEST = 16
# COCO's names for what the classifier calls otherwise.
SAME = {"airplane": "aircraft", "wine glass": "glass", "potted plant": "plant", "dining table": "table"}

# The kinds of what only the detector knows.
ELSE = {"giraffe": ("animal",), "person": (), "sandwich": ("food",), "cake": ("food",), "donut": ("food",)}


@dataclass(frozen=True)
class Cuts:
    """From which score on something is said."""

    word: float = 0.3  # the classifier alone, of a word
    kind: float = 0.4  # ... of a kind, which sums up several classes
    broad: float = 0.5  # ... of "animal" and "vehicle", which sum up hundreds
    seconded: float = 0.35  # the detector, when the second look knows the thing
    agreeing: float = 0.3  # the second look, to agree
    faint: float = 0.12  # ... when nothing else that the detector knows comes closer
    unknown: float = 0.55  # the detector alone
    person: float = 0.3  # the detector alone, of people
    small_person: float = 0.5  # ... of people who take less than a fiftieth of the picture


CUTS = Cuts()
BROAD = frozenset(["animal", "vehicle"])
Totals = Mapping[str, float]


def find_objects(image: Image.Image) -> tuple[Thing, ...]:
    """The objects in a picture, surest first; people one by one, of other things the places the detector saw."""
    whole = classifier.summed(classifier.classify(image))
    seen = detector.detect(image) if detector.available() else []
    looks = [second_look(image, thing) for thing in seen[:LOOKED_AT_TWICE]]
    return decide(whole, seen, looks, CUTS)


def second_look(image: Image.Image, thing: Thing) -> Totals:
    """What the classifier makes of a box, with a little of what is around it; nothing of a tiny one."""
    left, top, right, bottom = thing.box
    edges = (left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN)
    inside = [min(1.0, max(0.0, edge)) for edge in edges]
    cut = image.crop(
        (
            round(inside[0] * image.width),
            round(inside[1] * image.height),
            round(inside[2] * image.width),
            round(inside[3] * image.height),
        )
    )
    return classifier.summed(classifier.glimpse(cut)) if min(cut.size) >= SMALLEST else {}


def decide(whole: Totals, seen: list[Thing], looks: list[Totals], cuts: Cuts) -> tuple[Thing, ...]:
    """What to say of all that: the classifier's words for the picture, and the objects found in it."""
    general = [Thing(word, score, WHOLE) for word, score in said(whole, cuts)]
    found = [judged(thing, looks[place] if place < len(looks) else None, cuts) for place, thing in enumerate(seen)]
    return merged(general, [thing for thing in found if thing is not None])


def said(totals: Totals, cuts: Cuts) -> list[tuple[str, float]]:
    """
    The most special words that are sure enough, surest first.

    "Jaguar" rather than "big cat" or "animal"; but "bird" when its score is
    spread over many species.
    """
    sure = {word: score for word, score in totals.items() if score >= cut_of(word, cuts)}
    special = {word for word in sure if not spread(word, sure)}
    covered = {kind for word in special for kind in kinds_of(word) if kind != word}
    return sorted(((word, sure[word]) for word in special - covered), key=lambda one: -one[1])


def spread(word: str, sure: Totals) -> bool:
    """Whether a word holds too little of the score of its kind; broad kinds are no measure."""
    return any(sure[word] < SPREAD * sure.get(kind, 0.0) for kind in kinds_of(word) if kind not in BROAD)


def cut_of(word: str, cuts: Cuts) -> float:
    """The score from which the classifier's word is said."""
    if word in BROAD:
        return cuts.broad
    return cuts.kind if word in large_kinds() else cuts.word


def judged(thing: Thing, look: Totals | None, cuts: Cuts) -> Thing | None:
    """A detected thing under the name that it is sure enough to have; None when it is not."""
    if thing.label == "person":
        cut = cuts.small_person if thing.area < 0.02 else cuts.person
        return thing if thing.score >= cut else None
    label = SAME.get(thing.label, thing.label)
    if label not in known_words():
        return Thing(label, thing.score, thing.box) if thing.score >= cuts.unknown else None
    if look and thing.score >= cuts.seconded and agrees(look, label, cuts):
        score = 1 - (1 - thing.score) * (1 - look[label])
        return Thing(label, score, thing.box)
    others = said(look, cuts) if look else []
    if others and thing.score >= cuts.seconded:
        return Thing(others[0][0], others[0][1], thing.box)
    return Thing(label, thing.score, thing.box) if thing.score >= cuts.unknown and not others else None


def agrees(look: Totals, label: str, cuts: Cuts) -> bool:
    """Whether the second look sees the same: surely, or faintly but more than anything else the detector knows."""
    score = look.get(label, 0.0)
    rivals = (look.get(SAME.get(other, other), 0.0) for other in detector.LABELS)
    return score >= cuts.agreeing or (score >= cuts.faint and score == max(rivals))


def merged(general: list[Thing], found: list[Thing]) -> tuple[Thing, ...]:
    """Both lists as one, surest first: a found thing takes the more special word if there is one for it."""
    placed = [named_better(thing, general) for thing in found]
    kept = [thing for thing in general if not any(covers(other.label, thing.label) for other in placed)]
    return tuple(sorted([*kept, *placed], key=lambda thing: -thing.score))


def covers(special: str, general: str) -> bool:
    """Whether one word says at least what the other does."""
    return special == general or general in kinds_of(special)


def named_better(thing: Thing, general: list[Thing]) -> Thing:
    """ "Bird" with a place and "macaw" without are a macaw with a place."""
    for word in general:
        if thing.label != word.label and covers(word.label, thing.label):
            return Thing(word.label, max(thing.score, word.score), thing.box)
    return thing


@functools.cache
def kinds_of(word: str) -> tuple[str, ...]:
    """What kind of thing a word means, special to general."""
    if word in ELSE:
        return ELSE[word]
    return next((known.kinds for known in classifier.classes() if known.word == word), broader(word))


@functools.cache
def broader(kind: str) -> tuple[str, ...]:
    """The kinds that contain a kind."""
    chains = (known.kinds for known in classifier.classes() if kind in known.kinds)
    return next((chain[chain.index(kind) + 1 :] for chain in chains), ())


@functools.cache
def all_kinds() -> frozenset[str]:
    """Every kind the classifier sums up."""
    return frozenset(kind for known in classifier.classes() for kind in known.kinds)


@functools.cache
def large_kinds() -> frozenset[str]:
    """The kinds that sum up more than a few classes."""
    counts = Counter(kind for known in classifier.classes() for kind in known.kinds)
    return frozenset(kind for kind, count in counts.items() if count > FEW)


@functools.cache
def known_words() -> frozenset[str]:
    """Everything the classifier has a word for."""
    return all_kinds() | {known.word for known in classifier.classes() if known.word}
