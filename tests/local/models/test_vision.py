"""How network outputs become labels and descriptions; and real photographs, through the server."""

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from local.models.vision.analysis import Detection, LightStatistics, PaletteColor, SceneAnalysis
from local.models.vision.describe import describe
from local.models.vision.english import count_phrase, group_by_label
from local.models.vision.networks import object_detector
from local.models.vision.object_detection import NetworkOutputs, fuse_detections
from local.models.vision.prompt_hints import parse_hints
from local.models.vision.setting import classify_setting
from local.models.vision.taxonomy import kinds_of
from tests.local.models.stand_in import ModelStandIn, data_url
from tests.machine import ROOT, missing

SAMPLES = ROOT / "samples"
LEFT, RIGHT = (0.1, 0.2, 0.3, 0.9), (0.6, 0.2, 0.9, 0.9)


def fused_labels(outputs: NetworkOutputs) -> list[str]:
    return [detection.label for detection in fuse_detections(outputs)[0]]


def analysis_of(*detections: Detection, faces: tuple[Detection, ...] = ()) -> SceneAnalysis:
    return SceneAnalysis(
        1024,
        768,
        "photo",
        (PaletteColor("blue", 0.8),),
        LightStatistics(0.5, 0.2),
        detections=detections,
        faces=faces,
    )


def test_the_most_specific_confident_label_is_reported() -> None:
    assert fused_labels(NetworkOutputs({"animal": 0.9, "big cat": 0.8, "jaguar": 0.7})) == ["jaguar"]


def test_a_score_spread_over_species_is_reported_as_their_kind() -> None:
    assert fused_labels(NetworkOutputs({"animal": 0.9, "bird": 0.8, "jacamar": 0.3, "bee eater": 0.3})) == ["bird"]


def test_a_weak_detection_needs_a_classifier_that_agrees() -> None:
    cat = Detection("cat", 0.4, LEFT)

    assert fused_labels(NetworkOutputs({}, (cat,), ({"cat": 0.5},))) == ["cat"]
    assert fused_labels(NetworkOutputs({}, (cat,), ({"cat": 0.01, "dog": 0.05},))) == []


def test_the_classifier_corrects_the_detector() -> None:
    assert fused_labels(NetworkOutputs({}, (Detection("dog", 0.5, LEFT),), ({"cat": 0.8, "dog": 0.05},))) == ["cat"]


def test_a_body_has_one_face_and_every_other_face_is_somebody_else() -> None:
    body, inside = Detection("person", 0.6, LEFT), Detection("face", 0.9, (0.15, 0.25, 0.25, 0.4))
    beside, elsewhere = Detection("face", 0.9, (0.2, 0.5, 0.3, 0.6)), Detection("face", 0.9, (0.7, 0.3, 0.8, 0.4))

    detections, faces = fuse_detections(NetworkOutputs({}, (body,), ({},), (inside, beside, elsewhere)))

    assert [detection.label for detection in detections] == ["person"] * 3
    assert len(faces) == 3


def test_a_weak_face_counts_only_inside_a_possible_person() -> None:
    face = Detection("face", 0.75, (0.15, 0.25, 0.25, 0.4))

    assert fuse_detections(NetworkOutputs({}, (), (), (face,)))[1] == ()
    assert fuse_detections(NetworkOutputs({}, (Detection("person", 0.22, LEFT),), ({},), (face,)))[1] == (face,)


def test_kinds_go_from_specific_to_general() -> None:
    assert kinds_of("macaw") == ("parrot", "bird", "animal")
    assert kinds_of("bird") == ("animal",)


@pytest.mark.parametrize(
    ("label", "count", "phrase"),
    [
        ("person", 1, "one person"),
        ("owl", 1, "an owl"),
        ("sheep", 3, "three sheep"),
        ("bus", 2, "two buses"),
        ("person", 40, "many people"),
    ],
)
def test_counts_read_as_english(label: str, count: int, phrase: str) -> None:
    assert count_phrase(label, count) == phrase


def test_an_uncertain_label_is_probable() -> None:
    assert group_by_label((Detection("boat", 0.4, LEFT),))[0].phrase() == "probably a boat"
    assert describe(analysis_of(Detection("boat", 0.4, LEFT)), parse_hints(""))["title"] == "Probably boat"


def test_a_description_names_objects_their_kinds_and_their_positions() -> None:
    description = describe(
        analysis_of(Detection("macaw", 0.9, RIGHT), Detection("person", 0.8, LEFT)), parse_hints("path: zoo/IMG_1.jpg")
    )

    assert description["title"] == "One person and macaw: zoo"
    assert {"macaw", "parrot", "bird", "animal", "person", "zoo"} <= set(description["tags"])
    assert "The macaw is on the right." in description["caption"]
    assert description["people"] == 1


@pytest.mark.parametrize(
    ("labels", "setting"),
    [(["beach"], "outdoors"), (["couch"], "indoors"), (["couch", "beach"], "unclear"), ([], "unclear")],
)
def test_the_setting_is_reported_only_when_the_signs_agree(labels: list[str], setting: str) -> None:
    assert classify_setting(analysis_of(*(Detection(label, 0.9, LEFT) for label in labels))) == setting


@pytest.mark.parametrize(
    ("hints", "season", "part"),
    [
        ("taken: 2024-05-01T10:11:12+02:00", "spring", "morning"),
        ("taken: 2024-12-24T23:30:00\nlocation: 48.1, 11.5 (latitude, longitude)", "winter", "night"),
        ("taken: 2024-12-24T13:00:00\nlocation: -33.9, 151.2 (latitude, longitude)", "summer", "midday"),
        ("taken: 2024-07-01T00:00:00", "summer", None),
        ("taken: yesterday", None, None),
    ],
)
def test_hints_tell_season_and_time_of_day(hints: str, season: str | None, part: str | None) -> None:
    parsed = parse_hints(hints)

    assert (parsed.season, parsed.time_of_day) == (season, part)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a/IMG_1234.jpg", ""),
        ("a/DSC_0046.jpg", ""),
        ("a/20240501_101112.jpg", ""),
        ("a/3f2a9bc1d0e4.jpg", ""),
        ("a/OldBridge_02.jpg", "Old Bridge 02"),
    ],
)
def test_file_names_count_as_words_unless_a_camera_gave_them(path: str, words: str) -> None:
    assert parse_hints(f"path: {path}").file_name_words == words


def photograph_url(path: Path) -> str:
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    image.thumbnail((1024, 1024))
    return data_url(image)


def tags_of(stand_in: ModelStandIn, path: str) -> set[str]:
    return set(stand_in.describe(photograph_url(SAMPLES / path), "path: 1.jpg")["tags"])


@pytest.mark.parametrize(
    ("path", "tag"),
    [("animals/Chelsea.png", "cat"), ("animals/DSC_0046.jpg", "bee"), ("holiday/second breakfast.jpg", "coffee")],
)
def test_real_photographs_are_recognised(stand_in: ModelStandIn, path: str, tag: str) -> None:
    assert tag in tags_of(stand_in, path)


def test_people_in_a_real_photograph_are_counted(stand_in: ModelStandIn) -> None:
    if not object_detector.is_available():
        missing("@vladmandic/human (npm install in local/)")

    description = stand_in.describe(photograph_url(SAMPLES / "space/crew portrait.png"), "path: 1.png")

    assert description["people"] == 1
    assert "person" in description["tags"]
