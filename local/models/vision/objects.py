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

from local.models.vision.nets import classifier, detector, faces
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
    renaming: float = 0.5  # the second look, to say that it is something else
    unknown: float = 0.55  # the detector alone
    face: float = 0.85  # a face alone; less sure ones count on what may be a person
    person: float = 0.3  # the detector alone, of people
    small_person: float = 0.5  # ... of people who take less than a fiftieth of the picture


CUTS = Cuts()
BROAD = frozenset(["animal", "vehicle"])
Totals = Mapping[str, float]


@dataclass(frozen=True)
class Observation:
    """All that the networks said of a picture, before anything is decided."""

    whole: Totals
    seen: tuple[Thing, ...] = ()
    looks: tuple[Totals, ...] = ()
    faces: tuple[Thing, ...] = ()


def observe(image: Image.Image) -> Observation:
    """Ask the networks; without the detector's package only the classifier is there to ask."""
    whole = classifier.summed(classifier.classify(image))
    if not detector.available():
        return Observation(whole)
    seen = tuple(detector.detect(image))
    looks = tuple(second_look(image, thing) for thing in seen[:LOOKED_AT_TWICE])
    return Observation(whole, seen, looks, faces.find_faces(image))


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


def decide(observed: Observation, cuts: Cuts = CUTS) -> tuple[tuple[Thing, ...], tuple[Thing, ...]]:
    """What to say of it: the things found, surest first, people one by one; and the faces."""
    general = [Thing(word, score, WHOLE) for word, score in said(observed.whole, cuts)]
    looks = [*observed.looks, *[None] * len(observed.seen)]
    found = [judged(thing, look, cuts) for thing, look in zip(observed.seen, looks, strict=False)]
    things = [thing for thing in found if thing is not None]
    counted = true_faces(observed, cuts)
    return merged(general, [*things, *faceless(counted, things)]), tuple(counted)


def true_faces(observed: Observation, cuts: Cuts) -> list[Thing]:
    """The faces that are sure, or that sit on something that may be a person."""
    people = [thing for thing in observed.seen if thing.label == "person"]
    return [face for face in observed.faces if face.score >= cuts.face or any(holds(one, face) for one in people)]


def faceless(counted: list[Thing], things: list[Thing]) -> list[Thing]:
    """A person for each face that is not the one face of somebody who was found."""
    bodies = [thing for thing in things if thing.label == "person"]
    more = []
    for face in counted:
        body = next((one for one in bodies if holds(one, face)), None)
        if body is None:
            more.append(Thing("person", face.score, face.box))
        else:
            bodies.remove(body)
    return more


def holds(person: Thing, face: Thing) -> bool:
    """Whether the middle of a face is inside a person's box."""
    x, y = (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2
    left, top, right, bottom = person.box
    return left <= x <= right and top <= y <= bottom


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
    if others and others[0][1] >= cuts.renaming and thing.score >= cuts.seconded:
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
