"""What sidecars and movies are called when their photo has another name."""

import pytest

from ingest.facts.sidecar_names import belongs_to
from ingest.live_photo import is_picture_of
from ingest.moved_files import movie_name, sidecar_name

LONG = "a photo whose name Google has cut as it is far too long.jpg"


@pytest.mark.parametrize(
    ("sidecar", "photo", "new_photo", "new_name"),
    [
        ("DSC_1.xmp", "DSC_1.jpg", "x/b.jpg", "x/b.xmp"),
        ("DSC_1.XMP", "DSC_1.jpg", "x/DSC_1.jpg", "x/DSC_1.XMP"),
        ("a/DSC_1.jpg.xmp", "a/DSC_1.jpg", "b.jpg", "b.jpg.xmp"),
        ("IMG_7.jpg.json", "IMG_7.jpg", "x/IMG_7.jpg", "x/IMG_7.jpg.json"),
        ("IMG_7.jpg.json", "IMG_7.jpg", "b.jpg", "b.jpg.supplemental-metadata.json"),
        ("IMG_7.jpg(1).json", "IMG_7(1).jpg", "b.jpg", "b.jpg.supplemental-metadata.json"),
        ("IMG_7.jpg.supplemental-me.json", "IMG_7.jpg", "b(2).jpg", "b(2).jpg.supplemental-metadata.json"),
        (f"{LONG[:46]}.json", LONG, "b.jpg", "b.jpg.supplemental-metadata.json"),
        ("IMG_7.jpg.json", "IMG_7-edited.jpg", "b.jpg", "b.jpg.supplemental-metadata.json"),
    ],
)
def test_a_sidecar_belongs_to_its_photo_again(sidecar: str, photo: str, new_photo: str, new_name: str) -> None:
    assert belongs_to(sidecar, photo)

    name = sidecar_name(sidecar, photo, new_photo)

    assert name == new_name
    assert belongs_to(name, new_photo)


def test_two_sidecars_never_get_the_same_name() -> None:
    first = sidecar_name("a.jpg.json", "a.jpg", "b.jpg")
    second = sidecar_name("a.jpg.supplemental-metadata.json", "a.jpg", "b.jpg", [first])

    assert first != second
    assert belongs_to(second, "b.jpg")


@pytest.mark.parametrize(
    ("movie", "photo", "new_photo", "new_name"),
    [
        ("IMG_7.MOV", "IMG_7.HEIC", "x/b.HEIC", "x/b.MOV"),
        ("x/IMG_7.MOV", "x/IMG_7.HEIC", "IMG_7.HEIC", "IMG_7.MOV"),
        ("PXL_1.MP", "PXL_1.MP.jpg", "x/PXL_1.MP.jpg", "x/PXL_1.MP"),
        ("PXL_1.MP", "PXL_1.MP.jpg", "b.jpg", "b.MP"),
        ("PXL_1.MP", "PXL_1.MP.jpg", "b.MP.jpg", "b.MP.MP"),
    ],
)
def test_a_movie_belongs_to_its_photo_again(movie: str, photo: str, new_photo: str, new_name: str) -> None:
    assert is_picture_of(movie, photo)

    name = movie_name(movie, photo, new_photo)

    assert name == new_name
    assert is_picture_of(name, new_photo)
