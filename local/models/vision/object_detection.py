"""
What a picture shows: a detector says where things may be, a classifier says what they are.

The two disagree a lot below a score of one half, and mostly the classifier is
right. So the detector proposes boxes, the classifier takes a second look at
each, and only what both support is said, or what one of them is sure of. The
numbers below come from the comparison in benchmarks/vision/README.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from local.models.vision.analysis import BoundingBox, Detection
from local.models.vision.networks import classifier, face_detector, object_detector
from local.models.vision.taxonomy import BROAD_KINDS, implies, kinds_of, known_labels, large_kinds

WHOLE_IMAGE: BoundingBox = (0.0, 0.0, 1.0, 1.0)
MAX_RECLASSIFIED = 6
# A species is named only if it holds this part of the score of its kind.
MIN_SHARE_OF_KIND = 0.6
REGION_MARGIN = 0.05
MIN_REGION_SIDE = 16
# COCO's names for what the classifier calls otherwise.
CLASSIFIER_NAMES = {"airplane": "aircraft", "wine glass": "glass", "potted plant": "plant", "dining table": "table"}


@dataclass(frozen=True)
class ScoreThresholds:
    """From which score on something is said."""

    label: float = 0.3  # the classifier alone, of a word
    category: float = 0.4  # ... of a kind, which sums up several classes
    broad_category: float = 0.5  # ... of "animal" and "vehicle", which sum up hundreds
    confirmed_detection: float = 0.35  # the detector, when the second look knows the thing
    agreement: float = 0.3  # the second look, to agree
    weak_agreement: float = 0.12  # ... when nothing else that the detector knows comes closer
    correction: float = 0.5  # the second look, to say that it is something else
    unclassifiable: float = 0.55  # the detector alone
    face: float = 0.85  # a face alone; less sure ones count on what may be a person
    person: float = 0.3  # the detector alone, of people
    small_person: float = 0.5  # ... of people who take less than a fiftieth of the picture


THRESHOLDS = ScoreThresholds()
LabelScores = Mapping[str, float]


@dataclass(frozen=True)
class NetworkOutputs:
    """All that the networks said of a picture, before anything is decided."""

    image_scores: LabelScores
    detections: tuple[Detection, ...] = ()
    region_scores: tuple[LabelScores, ...] = ()
    faces: tuple[Detection, ...] = ()


def run_networks(image: Image.Image) -> NetworkOutputs:
    """Ask the networks; without the detector's package only the classifier is there to ask."""
    image_scores = classifier.label_scores(classifier.classify(image))
    if not object_detector.is_available():
        return NetworkOutputs(image_scores)
    detections = tuple(object_detector.detect(image))
    region_scores = tuple(_classify_region(image, detection) for detection in detections[:MAX_RECLASSIFIED])
    return NetworkOutputs(image_scores, detections, region_scores, face_detector.detect_faces(image))


def _classify_region(image: Image.Image, detection: Detection) -> LabelScores:
    """What the classifier makes of a box, with a little of what is around it; nothing of a tiny one."""
    left, top, right, bottom = detection.box
    edges = (left - REGION_MARGIN, top - REGION_MARGIN, right + REGION_MARGIN, bottom + REGION_MARGIN)
    clipped = [min(1.0, max(0.0, edge)) for edge in edges]
    region = image.crop(
        (
            round(clipped[0] * image.width),
            round(clipped[1] * image.height),
            round(clipped[2] * image.width),
            round(clipped[3] * image.height),
        )
    )
    return classifier.label_scores(classifier.classify_crop(region)) if min(region.size) >= MIN_REGION_SIDE else {}


def fuse_detections(
    outputs: NetworkOutputs, thresholds: ScoreThresholds = THRESHOLDS
) -> tuple[tuple[Detection, ...], tuple[Detection, ...]]:
    """What to say of it: the things found, surest first, people one by one; and the faces."""
    image_labels = [
        Detection(word, score, WHOLE_IMAGE) for word, score in confident_labels(outputs.image_scores, thresholds)
    ]
    region_scores = [*outputs.region_scores, *[None] * len(outputs.detections)]
    confirmed = [
        _confirm_detection(detection, scores, thresholds)
        for detection, scores in zip(outputs.detections, region_scores, strict=False)
    ]
    objects = [detection for detection in confirmed if detection is not None]
    faces = _confident_faces(outputs, thresholds)
    return _merge_detections(image_labels, [*objects, *_people_from_faces(faces, objects)]), tuple(faces)


def _confident_faces(outputs: NetworkOutputs, thresholds: ScoreThresholds) -> list[Detection]:
    """The faces that are sure, or that sit on something that may be a person."""
    people = [detection for detection in outputs.detections if detection.label == "person"]
    return [
        face
        for face in outputs.faces
        if face.score >= thresholds.face or any(_contains_face(person, face) for person in people)
    ]


def _people_from_faces(faces: list[Detection], objects: list[Detection]) -> list[Detection]:
    """A person for each face that is not the one face of somebody who was found."""
    bodies = [detection for detection in objects if detection.label == "person"]
    people = []
    for face in faces:
        body = next((one for one in bodies if _contains_face(one, face)), None)
        if body is None:
            people.append(Detection("person", face.score, face.box))
        else:
            bodies.remove(body)
    return people


def _contains_face(person: Detection, face: Detection) -> bool:
    """Whether the middle of a face is inside a person's box."""
    x, y = (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2
    left, top, right, bottom = person.box
    return left <= x <= right and top <= y <= bottom


def confident_labels(scores: LabelScores, thresholds: ScoreThresholds) -> list[tuple[str, float]]:
    """
    The most special words that are sure enough, surest first.

    "Jaguar" rather than "big cat" or "animal"; but "bird" when its score is
    spread over many species.
    """
    confident = {word: score for word, score in scores.items() if score >= _threshold_for(word, thresholds)}
    specific = {word for word in confident if not _is_spread_out(word, confident)}
    covered = {kind for word in specific for kind in kinds_of(word) if kind != word}
    return sorted(((word, confident[word]) for word in specific - covered), key=lambda one: -one[1])


def _is_spread_out(label: str, confident: LabelScores) -> bool:
    """Whether a word holds too little of the score of its kind; broad kinds are no measure."""
    return any(
        confident[label] < MIN_SHARE_OF_KIND * confident.get(kind, 0.0)
        for kind in kinds_of(label)
        if kind not in BROAD_KINDS
    )


def _threshold_for(label: str, thresholds: ScoreThresholds) -> float:
    """The score from which the classifier's word is said."""
    if label in BROAD_KINDS:
        return thresholds.broad_category
    return thresholds.category if label in large_kinds() else thresholds.label


def _confirm_detection(
    detection: Detection, region_scores: LabelScores | None, thresholds: ScoreThresholds
) -> Detection | None:
    """A detected thing under the name that it is sure enough to have; None when it is not."""
    if detection.label == "person":
        threshold = thresholds.small_person if detection.area < 0.02 else thresholds.person
        return detection if detection.score >= threshold else None
    label = CLASSIFIER_NAMES.get(detection.label, detection.label)
    if label not in known_labels():
        return (
            Detection(label, detection.score, detection.box) if detection.score >= thresholds.unclassifiable else None
        )
    if (
        region_scores
        and detection.score >= thresholds.confirmed_detection
        and _agrees(region_scores, label, thresholds)
    ):
        score = 1 - (1 - detection.score) * (1 - region_scores[label])
        return Detection(label, score, detection.box)
    alternatives = confident_labels(region_scores, thresholds) if region_scores else []
    if (
        alternatives
        and alternatives[0][1] >= thresholds.correction
        and detection.score >= thresholds.confirmed_detection
    ):
        return Detection(alternatives[0][0], alternatives[0][1], detection.box)
    return (
        Detection(label, detection.score, detection.box)
        if detection.score >= thresholds.unclassifiable and not alternatives
        else None
    )


def _agrees(region_scores: LabelScores, label: str, thresholds: ScoreThresholds) -> bool:
    """Whether the second look sees the same: surely, or faintly but more than anything else the detector knows."""
    score = region_scores.get(label, 0.0)
    rival_scores = (region_scores.get(CLASSIFIER_NAMES.get(other, other), 0.0) for other in object_detector.LABELS)
    return score >= thresholds.agreement or (score >= thresholds.weak_agreement and score == max(rival_scores))


def _merge_detections(image_labels: list[Detection], objects: list[Detection]) -> tuple[Detection, ...]:
    """Both lists as one, surest first: a found thing takes the more special word if there is one for it."""
    refined = [_refine_label(detection, image_labels) for detection in objects]
    unlocated = [
        detection for detection in image_labels if not any(implies(other.label, detection.label) for other in refined)
    ]
    return tuple(sorted([*unlocated, *refined], key=lambda detection: -detection.score))


def _refine_label(detection: Detection, image_labels: list[Detection]) -> Detection:
    """ "Bird" with a place and "macaw" without are a macaw with a place."""
    for image_label in image_labels:
        if detection.label != image_label.label and implies(image_label.label, detection.label):
            return Detection(image_label.label, max(detection.score, image_label.score), detection.box)
    return detection
