"""Telling photographs from screenshots, documents and drawn pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image

from local.models.vision.sight import Kind, Line

SIDE = 256


def kind_of(image: Image.Image, text: tuple[Line, ...]) -> Kind:
    """
    What sort of picture this is.

    A camera leaves noise: hardly any neighbouring pixels are alike. Flat areas
    mean something drawn; flat areas with many lines of text a screen, and text
    on bright paper a document.
    """
    flat = flatness(image)
    written = sum((line.box[2] - line.box[0]) * (line.box[3] - line.box[1]) for line in text)
    bright = float(np.asarray(image.convert("L").resize((64, 64)), dtype=np.float32).mean()) / 255
    if flat > 0.55 and len(text) >= 4:
        return "document" if bright > 0.85 and image.height > image.width else "screenshot"
    if written > 0.12 and len(text) >= 8 and bright > 0.5:
        return "document"
    return "graphic" if flat > 0.92 else "photo"


def flatness(image: Image.Image) -> float:
    """The share of pixels that equal their neighbours, at the picture's own scale."""
    width, height = image.size
    side = min(SIDE * 2, width, height)
    patch = image.convert("L").crop(
        ((width - side) // 2, (height - side) // 2, (width + side) // 2, (height + side) // 2)
    )
    grey = np.asarray(patch, dtype=np.int16)
    alike = (np.abs(np.diff(grey, axis=0)[:, :-1]) <= 1) & (np.abs(np.diff(grey, axis=1)[:-1]) <= 1)
    return float(alike.mean())
