"""Which photo a sidecar belongs to, and where a listing has the two."""

import re

import pytest
from hypothesis import given, strategies as st

from ingest.facts.sidecar_names import (
    TAKEOUT,
    belongs_to,
    family,
    is_past,
    is_sidecar,
    listing_prefixes,
    photos_of,
    sidecars_of,
)

LONG = "a photograph with a name of more than forty-six characters"
PAIRS = [
    ("DSC_1.xmp", "DSC_1.jpg"),
    ("DSC_1.xmp", "DSC_1.NEF"),
    ("DSC_1.XMP", "DSC_1.jpg"),
    ("DSC_1.jpg.xmp", "DSC_1.jpg"),
    ("2024/a b/DSC_1.xmp", "2024/a b/DSC_1.jpg"),
    ("2024.05.01 trip.xmp", "2024.05.01 trip.jpg"),
    ("IMG_7.jpg.supplemental-metadata.json", "IMG_7.jpg"),
    ("IMG_7.jpg.supplemental-me.json", "IMG_7.jpg"),
    ("IMG_7.jpg.suppl.json", "IMG_7.jpg"),
    ("IMG_7.jpg.s.json", "IMG_7.jpg"),
    ("IMG_7.jpg..json", "IMG_7.jpg"),
    ("IMG_7.jpg.json", "IMG_7.jpg"),
    ("IMG_7.JPG.json", "IMG_7.jpg"),
    ("IMG_7.HEIC.supplemental-metadata.json", "IMG_7.HEIC"),
    ("IMG_7.jpg(1).json", "IMG_7(1).jpg"),
    ("IMG_7.jpg.supplemental-metadata(1).json", "IMG_7(1).jpg"),
    ("IMG_7.jpg.suppl(12).json", "IMG_7(12).jpg"),
    ("IMG_7(1).jpg.json", "IMG_7(1).jpg"),
    ("IMG_7.jpg.supplemental-metadata.json", "IMG_7-edited.jpg"),
    ("IMG_7.jpg.supplemental-metadata(1).json", "IMG_7-edited(1).jpg"),
    ("IMG_7-edited.jpg(1).json", "IMG_7-edited(1).jpg"),
    ("IMG(1).jpg(2).json", "IMG(1)(2).jpg"),
    ("PXL_7.MP.jpg.supplemental-metadata.json", "PXL_7.MP.jpg"),
    ("PXL_7.MP.jpg.supplemental-metadata(1).json", "PXL_7.MP(1).jpg"),
    ("PXL_7.MP.supplemental-metadata.json", "PXL_7.MP"),
    ("PXL_7.MP.xmp", "PXL_7.MP.jpg"),
    ("IMG_7.MP4.metadata.json", "IMG_7.MP4"),
    ("IMG_7.MP4.metadata(1).json", "IMG_7(1).MP4"),
    ("IMG_7.jpg.metadata.json", "IMG_7.jpg"),
    (f"{LONG[:46]}.json", f"{LONG[:47]}.jpg"),
    (f"{f'{LONG[:40]}.jpg.supplemental-metadata'[:46]}.json", f"{LONG[:40]}.jpg"),
    ("original_1234-abcd_PXL_20240607_101112345.jpg.j.json", "nothing"),
]
NO_PAIRS = [
    ("DSC_1.xmp", "DSC_10.jpg"),
    ("DSC_1.xmp", "sub/DSC_1.jpg"),
    ("DSC_1.jpg.xmp", "DSC_1.NEF"),
    ("IMG_7.jpg(1).json", "IMG_7.jpg"),
    ("IMG_7.jpg.json", "IMG_7(1).jpg"),
    ("IMG_7.jpg.json", "IMG_7.jpeg"),
    ("IMG_7.jpg.json", "IMG_77.jpg"),
    ("IMG_7.jpg.supplemental-metadata.json", "IMG_7.png"),
    ("metadata.json", "metadata.jpg"),
    ("package.json", "package.jpg"),
    ("._DSC_1.xmp", "DSC_1.jpg"),
    ("dsc_1.xmp", "DSC_1.jpg"),  # to the container these are two names
    ("DSC_1.jpg", "DSC_1.jpg"),
]


@pytest.mark.parametrize(("sidecar", "photo"), PAIRS[:-1])
def test_a_sidecar_belongs_to_its_photo_and_both_are_listed_by_one_prefix(sidecar: str, photo: str) -> None:
    assert is_sidecar(sidecar)
    assert belongs_to(sidecar, photo)
    assert sidecar.startswith(listing_prefixes(photo))
    assert photo.startswith(listing_prefixes(sidecar))
    assert family(sidecar) == family(photo)


@pytest.mark.parametrize(("sidecar", "photo"), NO_PAIRS)
def test_a_sidecar_belongs_to_no_other_photo(sidecar: str, photo: str) -> None:
    assert not belongs_to(sidecar, photo)


@pytest.mark.parametrize("name", ["a.jpg", "notes.json", "tsconfig.json", "._a.xmp", "xmp", ".xmp", "a.xmp.jpg"])
def test_other_files_are_no_sidecars(name: str) -> None:
    assert not is_sidecar(name)


def test_raw_and_jpeg_of_one_stem_share_theirs() -> None:
    names = ["a/DSC_1.jpg", "a/DSC_1.NEF", "a/DSC_1.xmp", "a/DSC_1.jpg.xmp", "a/DSC_2.jpg", "DSC_1.jpg"]

    assert photos_of("a/DSC_1.xmp", names) == ("a/DSC_1.jpg", "a/DSC_1.NEF")
    assert photos_of("a/DSC_1.jpg.xmp", names) == ("a/DSC_1.jpg",)
    assert sidecars_of("a/DSC_1.jpg", names) == ("a/DSC_1.jpg.xmp", "a/DSC_1.xmp")
    assert sidecars_of("a/DSC_1.NEF", names) == ("a/DSC_1.xmp",)


@given(st.text(max_size=80), st.sampled_from([".jpg", ".xmp", ".json", "(1).json", ".jpg.json"]))
def test_any_names_have_an_answer(stem: str, end: str) -> None:
    listing_prefixes(stem + end)
    family(stem + end)
    belongs_to(stem + end, stem + ".jpg")


STEMS = st.one_of(
    st.text(st.sampled_from("aB1 ._-()é"), min_size=1, max_size=60),
    st.builds(
        "{}{}{}".format,
        st.text(st.sampled_from("aB1 _"), min_size=1, max_size=50),
        st.sampled_from(["", "-edited", "(1)"]),
        st.sampled_from(["", "-edited", "(1)", "(23)"]),
    ),
).filter(lambda stem: not stem.startswith("._"))


def names_of_sidecars(photo: str) -> list[str]:
    """All that programs call the sidecars of a photo."""
    stem, extension = photo.rsplit(".", 1)
    numbered = re.fullmatch(r"(.*)(\(\d+\))", stem)
    plain, number = numbered.groups() if numbered else (stem, "")
    original = f"{plain.removesuffix('-edited')}.{extension}"
    texts = {(photo, ""), (f"{plain}.{extension}", number), (original, number)}
    cuts = {(f"{text}{TAKEOUT}"[:46], number) for text, number in texts} | texts
    return [f"{stem}.xmp", f"{photo}.xmp", *(f"{text}{number}.json" for text, number in cuts)]


@given(STEMS, st.sampled_from(["jpg", "HEIC"]))
def test_what_belongs_together_is_found_by_the_listings_of_either(stem: str, extension: str) -> None:
    photo = f"a/{stem}.{extension}"
    matches = [f"a/{each}" for each in names_of_sidecars(f"{stem}.{extension}") if belongs_to(f"a/{each}", photo)]

    assert f"a/{stem}.xmp" in matches
    for sidecar in matches:
        assert sidecar.startswith(listing_prefixes(photo))
        assert photo.startswith(listing_prefixes(sidecar))


@given(st.lists(STEMS, max_size=8), STEMS)
def test_a_sorted_listing_is_past_a_family_only_after_its_last_name(others: list[str], stem: str) -> None:
    photo = f"{stem}.jpg"
    names = sorted({photo, *names_of_sidecars(photo), *(f"{other}.jpg" for other in others)})

    for index, name in enumerate(names):
        assert not any(is_past(family(later), name) for later in names[index:])


def test_an_ordinary_photo_needs_one_listing() -> None:
    assert listing_prefixes("2024/DSC_1.jpg") == ("2024/DSC_1.",)
    assert listing_prefixes("2024/DSC_1.xmp") == ("2024/DSC_1.",)
    assert listing_prefixes("IMG_7(1).jpg") == ("IMG_7(1).", "IMG_7.")
    assert listing_prefixes("IMG_7.jpg.json") == ("IMG_7.", "IMG_7-")
    assert is_past("IMG_7", "IMG_70.jpg")
