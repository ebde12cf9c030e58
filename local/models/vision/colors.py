"""Colours by area with plain names, brightness, and how colourful a picture is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from local.models.vision.sight import Light, Shade

SIDE = 96
# Below this share a colour is an accident, not a colour of the picture.
LEAST = 0.07
MOST = 4

Pixels = NDArray[np.float32]
Mask = NDArray[np.bool_]


def pixels(image: Image.Image) -> Pixels:
    """The picture shrunk to at most 96 pixels a side, as floats 0 to 1, one row a pixel."""
    small = image.convert("RGB")
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).reshape(-1, 3) / np.float32(255)


def light(rgb: Pixels) -> Light:
    """Brightness, contrast and colourfulness."""
    luminance = rgb @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
    chroma = rgb.max(axis=1) - rgb.min(axis=1)
    return Light(float(luminance.mean()), float(luminance.std()), float(np.percentile(chroma, 90)) / 2)


def shades(rgb: Pixels) -> tuple[Shade, ...]:
    """The colours that cover a good part of the picture, largest first."""
    names = named(rgb)
    found, counts = np.unique(names, return_counts=True)
    shares = sorted(zip(counts / len(names), found, strict=True), reverse=True)
    return tuple(Shade(str(name), float(share)) for share, name in shares if share >= LEAST)[:MOST]


def sky(image: Image.Image) -> float:
    """The share of the top sixth that is smooth, light and blue: a sky by day."""
    top = (
        image.convert("RGB").crop((0, 0, image.width, max(1, image.height // 6))).resize((64, 16), Image.Resampling.BOX)
    )
    rgb = np.asarray(top, dtype=np.float32).reshape(-1, 3) / np.float32(255)
    hue, saturation, value = hsv(rgb)
    return float(((hue > 185) & (hue < 245) & (saturation > 0.12) & (value > 0.45)).mean())


def named(rgb: Pixels) -> NDArray[np.str_]:
    """The plain name of each pixel's colour, by hue, saturation and value."""
    hue, saturation, value = hsv(rgb)
    names = np.full(len(rgb), "gray", dtype="<U9")
    grey = (saturation < 0.14) | (value < 0.14) | ((saturation < 0.22) & (value < 0.35))
    names[grey & (value < 0.2)] = "black"
    names[grey & (value > 0.82)] = "white"
    for name, low, high in HUES:
        names[~grey & (hue >= low) & (hue < high)] = name
    warm = ~grey & (hue >= 12) & (hue < 52)
    names[warm & (value < 0.62)] = "brown"
    names[warm & (saturation < 0.42) & (value >= 0.62)] = "beige"
    pinkish = ~grey & ((hue >= 325) | (hue < 12)) & (saturation < 0.5) & (value > 0.7)
    names[pinkish] = "pink"
    return names


# Degrees of the colour circle.
HUES = (
    ("red", 0, 12),
    ("orange", 12, 42),
    ("yellow", 42, 68),
    ("green", 68, 165),
    ("turquoise", 165, 190),
    ("blue", 190, 255),
    ("purple", 255, 295),
    ("pink", 295, 335),
    ("red", 335, 361),
)


def hsv(rgb: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Hue in degrees, saturation and value in 0 to 1."""
    top, bottom = rgb.max(axis=1), rgb.min(axis=1)
    spread = np.maximum(top - bottom, 1e-6)
    red, green, blue = rgb.T
    hue = np.where(
        top == red,
        (green - blue) / spread % 6,
        np.where(top == green, (blue - red) / spread + 2, (red - green) / spread + 4),
    )
    return (hue * 60).astype(np.float32), (spread / np.maximum(top, 1e-6)).astype(np.float32), top
