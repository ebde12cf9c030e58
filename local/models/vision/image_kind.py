"""Tells photographs from screenshots, documents and graphics."""

import numpy as np
from PIL import Image

from local.models.vision.analysis import ImageKind, TextLine

PATCH_SIDE = 256


def classify_image_kind(image: Image.Image, text_lines: tuple[TextLine, ...]) -> ImageKind:
    """
    Whether the image is a photo, a screenshot, a document or a graphic.

    A camera leaves noise, so hardly any neighbouring pixels are equal. Flat areas
    suggest a graphic, flat areas with many lines of text a screenshot, and text on
    bright paper a document.
    """
    flat_share = _flat_share(image)
    text_share = sum((line.box[2] - line.box[0]) * (line.box[3] - line.box[1]) for line in text_lines)
    brightness = float(np.asarray(image.convert("L").resize((64, 64)), dtype=np.float32).mean()) / 255
    if flat_share > 0.55 and len(text_lines) >= 4:
        return "document" if brightness > 0.85 and image.height > image.width else "screenshot"
    if text_share > 0.12 and len(text_lines) >= 8 and brightness > 0.5:
        return "document"
    return "graphic" if flat_share > 0.92 else "photo"


def _flat_share(image: Image.Image) -> float:
    """The share of pixels that equal their neighbours, in a patch at full resolution."""
    width, height = image.size
    side = min(PATCH_SIDE * 2, width, height)
    patch = image.convert("L").crop(
        ((width - side) // 2, (height - side) // 2, (width + side) // 2, (height + side) // 2)
    )
    gray = np.asarray(patch, dtype=np.int16)
    is_equal = (np.abs(np.diff(gray, axis=0)[:, :-1]) <= 1) & (np.abs(np.diff(gray, axis=1)[:-1]) <= 1)
    return float(is_equal.mean())
