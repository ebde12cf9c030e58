"""
What kind of thing a label means: a macaw is a parrot, a bird and an animal.

The kinds come with ImageNet's classes; labels that only the detector knows have theirs here.
"""

import functools
from collections import Counter

from local.models.vision.networks import classifier

# The kinds of what only the detector knows.
DETECTOR_ONLY_KINDS = {
    "giraffe": ("animal",),
    "person": (),
    "sandwich": ("food",),
    "cake": ("food",),
    "donut": ("food",),
}
MAX_SMALL_KIND = 3
BROAD_KINDS = frozenset(["animal", "vehicle"])


@functools.cache
def kinds_of(label: str) -> tuple[str, ...]:
    """What kind of thing a word means, special to general."""
    if label in DETECTOR_ONLY_KINDS:
        return DETECTOR_ONLY_KINDS[label]
    return next(
        (image_class.kinds for image_class in classifier.imagenet_classes() if image_class.label == label),
        _broader_kinds(label),
    )


@functools.cache
def _broader_kinds(kind: str) -> tuple[str, ...]:
    """The kinds that contain a kind."""
    chains = (image_class.kinds for image_class in classifier.imagenet_classes() if kind in image_class.kinds)
    return next((chain[chain.index(kind) + 1 :] for chain in chains), ())


@functools.cache
def large_kinds() -> frozenset[str]:
    """The kinds that sum up more than a few classes."""
    counts = Counter(kind for image_class in classifier.imagenet_classes() for kind in image_class.kinds)
    return frozenset(kind for kind, count in counts.items() if count > MAX_SMALL_KIND)


@functools.cache
def _all_kinds() -> frozenset[str]:
    """Every kind the classifier sums up."""
    return frozenset(kind for image_class in classifier.imagenet_classes() for kind in image_class.kinds)


@functools.cache
def known_labels() -> frozenset[str]:
    """Everything the classifier has a word for."""
    return _all_kinds() | {image_class.label for image_class in classifier.imagenet_classes() if image_class.label}


def implies(specific: str, general: str) -> bool:
    """Whether one word says at least what the other does."""
    return specific == general or general in kinds_of(specific)
