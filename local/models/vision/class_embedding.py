"""
Images and words in one space: the 1,000 classes of the classifier.

An image's vector has the square root of each class's probability, a text's the classes that its words name, all in
the same measure. So the cosine of both is high where the classifier sees what the words say. A text that names no class
lies in the middle of all. The vectors are filled up with zeros to the length of Azure Vision's.
"""

import re

import numpy as np
from PIL import Image

from local.models.vision.networks.classifier import classify, imagenet_classes
from local.models.vision.networks.session import Array

DIMENSIONS = 1024
WORD = re.compile(r"[a-z]+")


def embed_image(image: Image.Image) -> Array:
    """The vector of an image, of unit length."""
    return _filled(classify(image))


def embed_text(text: str) -> Array:
    """The vector of a text, of unit length."""
    words = f" {' '.join(_singular(word) for word in WORD.findall(text.lower()))} "
    named = np.array([_is_named(names, words) for names in _names()], dtype=np.float32)
    return _filled(named if named.any() else np.ones_like(named))


def _names() -> list[tuple[str, ...]]:
    """What each class may be called: its label and its kinds."""
    return [tuple(filter(None, (each.label, *each.kinds))) for each in imagenet_classes()]


def _is_named(names: tuple[str, ...], words: str) -> bool:
    return any(f" {' '.join(_singular(word) for word in WORD.findall(name.lower()))} " in words for name in names)


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _filled(weights: Array) -> Array:
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[: len(weights)] = np.sqrt(weights / weights.sum())
    return vector
