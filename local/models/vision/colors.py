"""The colours of an image by plain names, its brightness, and how colourful it is."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from local.models.vision.analysis import LightStatistics, PaletteColor

SAMPLE_SIDE = 96
# A colour with a smaller share isn't worth mentioning.
MIN_SHARE = 0.07
MAX_COLORS = 4

Pixels = NDArray[np.float32]


def sample_pixels(image: Image.Image) -> Pixels:
    """The image shrunk to at most 96 pixels a side: one row for each pixel, as floats from 0 to 1."""
    small = image.convert("RGB")
    small.thumbnail((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).reshape(-1, 3) / np.float32(255)


def light_statistics(pixels: Pixels) -> LightStatistics:
    """Brightness and colourfulness."""
    luminance = pixels @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
    chroma = pixels.max(axis=1) - pixels.min(axis=1)
    return LightStatistics(float(luminance.mean()), float(np.percentile(chroma, 90)) / 2)


def palette(pixels: Pixels) -> tuple[PaletteColor, ...]:
    """The colours that cover a good part of the image, largest first."""
    names = _color_names(pixels)
    unique_names, counts = np.unique(names, return_counts=True)
    shares = sorted(zip(counts / len(names), unique_names, strict=True), reverse=True)
    return tuple(PaletteColor(str(name), float(share)) for share, name in shares if share >= MIN_SHARE)[:MAX_COLORS]


def sky_share(image: Image.Image) -> float:
    """The share of the top sixth that is light and blue, as a daytime sky is."""
    top_strip = (
        image.convert("RGB").crop((0, 0, image.width, max(1, image.height // 6))).resize((64, 16), Image.Resampling.BOX)
    )
    pixels = np.asarray(top_strip, dtype=np.float32).reshape(-1, 3) / np.float32(255)
    hue, saturation, value = _to_hsv(pixels)
    return float(((hue > 185) & (hue < 245) & (saturation > 0.12) & (value > 0.45)).mean())


def _color_names(pixels: Pixels) -> NDArray[np.str_]:
    """The plain name of each pixel's colour, by hue, saturation and value."""
    hue, saturation, value = _to_hsv(pixels)
    names = np.full(len(pixels), "gray", dtype="<U9")
    is_gray = (saturation < 0.14) | (value < 0.14) | ((saturation < 0.22) & (value < 0.35))
    names[is_gray & (value < 0.2)] = "black"
    names[is_gray & (value > 0.82)] = "white"
    for name, low, high in HUE_RANGES:
        names[~is_gray & (hue >= low) & (hue < high)] = name
    is_warm = ~is_gray & (hue >= 12) & (hue < 52)
    names[is_warm & (value < 0.62)] = "brown"
    names[is_warm & (saturation < 0.42) & (value >= 0.62)] = "beige"
    is_pinkish = ~is_gray & ((hue >= 325) | (hue < 12)) & (saturation < 0.5) & (value > 0.7)
    names[is_pinkish] = "pink"
    return names


# In degrees of the colour wheel.
HUE_RANGES = (
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


def _to_hsv(pixels: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Hue in degrees, saturation and value from 0 to 1."""
    highest, lowest = pixels.max(axis=1), pixels.min(axis=1)
    spread = np.maximum(highest - lowest, 1e-6)
    red, green, blue = pixels.T
    hue = np.where(
        highest == red,
        (green - blue) / spread % 6,
        np.where(highest == green, (blue - red) / spread + 2, (red - green) / spread + 4),
    )
    return (hue * 60).astype(np.float32), (spread / np.maximum(highest, 1e-6)).astype(np.float32), highest
