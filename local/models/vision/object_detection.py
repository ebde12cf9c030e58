"""
Detects objects: a detector says where objects may be, a classifier says what they are.

The two disagree a lot below a score of one half, and then the classifier is
usually right. So the detector proposes boxes, the classifier classifies each
box, and a label is reported if both support it or one of them is confident.
The thresholds come from the comparison in benchmarks/vision/README.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from local.models.vision.analysis import BoundingBox, Detection
from local.models.vision.networks import classifier, face_detector, object_detector
from local.models.vision.taxonomy import BROAD_KINDS, implies, kinds_of, known_labels, large_kinds

WHOLE_IMAGE: BoundingBox = (0.0, 0.0, 1.0, 1.0)
# Only the best detections are classified again.
MAX_RECLASSIFIED = 6
# A label is reported only if it has at least this share of the score of its kind.
MIN_SHARE_OF_KIND = 0.6
REGION_MARGIN = 0.05
MIN_REGION_SIDE = 16
# The detector's labels that the classifier has other names for.
CLASSIFIER_NAMES = {"airplane": "aircraft", "wine glass": "glass", "potted plant": "plant", "dining table": "table"}


@dataclass(frozen=True)
class ScoreThresholds:
    """The scores from which on something is reported."""

    label: float = 0.3  # the classifier alone, for a label
    category: float = 0.4  # ... for a kind, which comprises several classes
    broad_category: float = 0.5  # ... for "animal" and "vehicle", which comprise hundreds
    confirmed_detection: float = 0.35  # the detector, if the classifier agrees
    agreement: float = 0.3  # the classifier, to agree
    weak_agreement: float = 0.12  # ... if none of the detector's other labels scores higher
    correction: float = 0.5  # the classifier, to replace the detector's label
    unclassifiable: float = 0.55  # the detector alone, for a label the classifier doesn't know
    face: float = 0.85  # a face alone; less certain ones count inside a possible person
    person: float = 0.3  # the detector alone, for people
    small_person: float = 0.5  # ... for people who cover less than a fiftieth of the image


THRESHOLDS = ScoreThresholds()
LabelScores = Mapping[str, float]


@dataclass(frozen=True)
class NetworkOutputs:
    """The outputs of all networks for an image, before thresholds are applied."""

    image_scores: LabelScores
    detections: tuple[Detection, ...] = ()
    region_scores: tuple[LabelScores, ...] = ()
    faces: tuple[Detection, ...] = ()


def run_networks(image: Image.Image) -> NetworkOutputs:
    """Run the networks. Without the detector's npm package only the classifier runs."""
    image_scores = classifier.label_scores(classifier.classify(image))
    if not object_detector.is_available():
        return NetworkOutputs(image_scores)
    detections = tuple(object_detector.detect(image))
    region_scores = tuple(_classify_region(image, detection) for detection in detections[:MAX_RECLASSIFIED])
    return NetworkOutputs(image_scores, detections, region_scores, face_detector.detect_faces(image))


def _classify_region(image: Image.Image, detection: Detection) -> LabelScores:
    """The classifier's scores for a box with a margin around it; no scores for a tiny box."""
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
    """The objects to report, the most confident first and each person separately, and the faces."""
    image_labels = [
        Detection(label, score, WHOLE_IMAGE) for label, score in confident_labels(outputs.image_scores, thresholds)
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
    """The faces that are certain, or that are inside a possible person."""
    people = [detection for detection in outputs.detections if detection.label == "person"]
    return [
        face
        for face in outputs.faces
        if face.score >= thresholds.face or any(_contains_face(person, face) for person in people)
    ]


def _people_from_faces(faces: list[Detection], objects: list[Detection]) -> list[Detection]:
    """A person for each face that doesn't belong to a detected person. A person has one face."""
    bodies = [detection for detection in objects if detection.label == "person"]
    people = []
    for face in faces:
        body = next((person for person in bodies if _contains_face(person, face)), None)
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
    The most specific labels that are confident enough, the most confident first.

    "Jaguar" rather than "big cat" or "animal"; but "bird" when its score is
    spread over many species.
    """
    confident = {label: score for label, score in scores.items() if score >= _threshold_for(label, thresholds)}
    specific = {label for label in confident if not _is_spread_out(label, confident)}
    covered = {kind for label in specific for kind in kinds_of(label) if kind != label}
    return sorted(((label, confident[label]) for label in specific - covered), key=lambda item: -item[1])


def _is_spread_out(label: str, confident: LabelScores) -> bool:
    """Whether a label has too little of the score of its kind; broad kinds don't count."""
    return any(
        confident[label] < MIN_SHARE_OF_KIND * confident.get(kind, 0.0)
        for kind in kinds_of(label)
        if kind not in BROAD_KINDS
    )


def _threshold_for(label: str, thresholds: ScoreThresholds) -> float:
    """The score from which on a label of the classifier is reported."""
    if label in BROAD_KINDS:
        return thresholds.broad_category
    return thresholds.category if label in large_kinds() else thresholds.label


def _confirm_detection(
    detection: Detection, region_scores: LabelScores | None, thresholds: ScoreThresholds
) -> Detection | None:
    """The detection with its confirmed or corrected label, or None if it isn't confident enough."""
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
    """Whether the classifier agrees: clearly, or weakly but more than with any other label of the detector."""
    score = region_scores.get(label, 0.0)
    rival_scores = (region_scores.get(CLASSIFIER_NAMES.get(other, other), 0.0) for other in object_detector.LABELS)
    return score >= thresholds.agreement or (score >= thresholds.weak_agreement and score == max(rival_scores))


def _merge_detections(image_labels: list[Detection], objects: list[Detection]) -> tuple[Detection, ...]:
    """Both lists as one, the most confident first. A detected object takes the more specific label if there is one."""
    refined = [_refine_label(detection, image_labels) for detection in objects]
    unlocated = [
        detection for detection in image_labels if not any(implies(other.label, detection.label) for other in refined)
    ]
    return tuple(sorted([*unlocated, *refined], key=lambda detection: -detection.score))


def _refine_label(detection: Detection, image_labels: list[Detection]) -> Detection:
    """A "bird" with a box and a "macaw" without one are a macaw with a box."""
    for image_label in image_labels:
        if detection.label != image_label.label and implies(image_label.label, detection.label):
            return Detection(image_label.label, max(detection.score, image_label.score), detection.box)
    return detection
