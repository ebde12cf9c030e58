"""
What kind of thing a label means: a macaw is a parrot, a bird and an animal.

The kinds come with ImageNet's classes; labels that only the detector knows have theirs here.
"""

import functools
from collections import Counter

from local.models.vision.networks import classifier

# The kinds of labels that only the detector knows.
DETECTOR_ONLY_KINDS = {
    "giraffe": ("animal",),
    "person": (),
    "sandwich": ("food",),
    "cake": ("food",),
    "donut": ("food",),
}
# A kind of at most this many classes is small.
MAX_SMALL_KIND = 3
# Kinds that comprise hundreds of classes.
BROAD_KINDS = frozenset(["animal", "vehicle"])


@functools.cache
def kinds_of(label: str) -> tuple[str, ...]:
    """The kinds of thing that a label is, from specific to general."""
    if label in DETECTOR_ONLY_KINDS:
        return DETECTOR_ONLY_KINDS[label]
    return next(
        (image_class.kinds for image_class in classifier.imagenet_classes() if image_class.label == label),
        _broader_kinds(label),
    )


@functools.cache
def _broader_kinds(kind: str) -> tuple[str, ...]:
    """The kinds above a kind."""
    chains = (image_class.kinds for image_class in classifier.imagenet_classes() if kind in image_class.kinds)
    return next((chain[chain.index(kind) + 1 :] for chain in chains), ())


@functools.cache
def large_kinds() -> frozenset[str]:
    """The kinds that comprise more than a few classes."""
    counts = Counter(kind for image_class in classifier.imagenet_classes() for kind in image_class.kinds)
    return frozenset(kind for kind, count in counts.items() if count > MAX_SMALL_KIND)


@functools.cache
def _all_kinds() -> frozenset[str]:
    """Every kind in the classifier's taxonomy."""
    return frozenset(kind for image_class in classifier.imagenet_classes() for kind in image_class.kinds)


@functools.cache
def known_labels() -> frozenset[str]:
    """Every label and kind that the classifier knows."""
    return _all_kinds() | {image_class.label for image_class in classifier.imagenet_classes() if image_class.label}


def implies(specific: str, general: str) -> bool:
    """Whether a label says at least as much as another."""
    return specific == general or general in kinds_of(specific)
