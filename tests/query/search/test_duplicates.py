"""Photos that look alike."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from query.search.duplicates import are_duplicates, fold_duplicates, without_duplicates_of
from tests.query.fakes import hit

HASH = "93a1c6b2d80f5e71"
ONE = hit(1, perceptual_hash=HASH, digest="1", taken_at="2024-05-01T10:00:00Z").photo


def other(bits: int, *, seconds: int = 0, **facts: Any) -> bool:
    """Whether a photo whose hash differs by so many bits, taken so many seconds later, is a duplicate of `ONE`."""
    moment = f"2024-05-01T10:{seconds // 60:02}:{seconds % 60:02}Z"
    hash_ = f"{int(HASH, 16) ^ (2**bits - 1):016x}"
    photo = replace(ONE, id="2", digest="2", perceptual_hash=hash_, taken_at=moment)
    return are_duplicates(ONE, replace(photo, **facts))


@pytest.mark.parametrize(("bits", "seconds", "duplicate"), [
    (0, 60, True), (0, 61, False), (6, 600, False),
    (12, 0, True), (13, 0, False),
    (12, 60, True), (12, 61, False),
])  # fmt: skip
def test_copies_differ_by_few_bits_and_shots_of_one_moment_by_some_more(
    bits: int, seconds: int, duplicate: bool
) -> None:
    assert other(bits, seconds=seconds) == duplicate


@pytest.mark.parametrize(("facts", "duplicate"), [
    ({"custom": {"colour": "red"}}, False),
    ({"text_in_photo": "MUG-0005"}, False),
    ({"title": "Mug for Ada", "sources": ["title:person"]}, False),
    ({"embedded_title": "Mug for Ada"}, False),
    ({"title": "A red mug"}, True),  # in other words of the model
    ({"caption": "A red mug.", "tags": ["mug"]}, True),
])  # fmt: skip
@pytest.mark.parametrize("digest", ["1", "2"], ids=["the same bytes", "other bytes"])
def test_photos_that_say_something_else_are_none(facts: dict[str, Any], duplicate: bool, digest: str) -> None:
    photo = replace(ONE, id="2", digest=digest, **facts)

    assert are_duplicates(ONE, photo) == are_duplicates(photo, ONE) == duplicate


def test_photos_that_say_the_same_are() -> None:
    one = replace(ONE, custom={"sizes": ["S", "M"]}, text_in_photo="Café 12\nOpen", embedded_title="Shop")
    other = replace(one, id="2", digest="2", text_in_photo="open CAFE 12", embedded_title="", title="shop")

    assert are_duplicates(one, replace(other, sources=["title:person"]))
    assert not are_duplicates(one, other)  # whose title is the model's


@pytest.mark.parametrize(("date", "precision", "duplicate"), [
    ("2024-05-01T00:00:00", "day", True), ("2024-05-02T00:00:00", "day", False),
    ("2024-01-01T00:00:00", "year", True), ("2023-01-01T00:00:00", "year", False), (None, None, True),
])  # fmt: skip
def test_a_copy_has_no_other_date(date: str | None, precision: str | None, duplicate: bool) -> None:
    one = replace(ONE, taken_at=None, taken_local="2024-05-01T12:00:00", taken_precision="second")
    copy = replace(one, id="2", digest="2", taken_local=date, taken_precision=precision)

    assert are_duplicates(one, copy) == are_duplicates(copy, one) == duplicate


def test_the_order_of_two_photos_does_not_matter() -> None:
    later = replace(ONE, perceptual_hash=f"{int(HASH, 16) ^ 0xFFF:016x}", taken_at="2024-05-01T10:05:00Z", digest="2")

    assert not are_duplicates(ONE, later)
    assert not are_duplicates(later, ONE)


def test_the_time_of_an_upload_is_no_moment() -> None:
    assert other(8)
    assert not other(8, taken_at=None)
    assert not other(8, taken_at=None, arrived_at=ONE.taken_at)


@pytest.mark.parametrize(
    ("local", "precision", "duplicate"),
    [
        ("2024-05-01T12:01:00", "second", True),
        ("2024-05-01T12:01:01", "second", False),
        ("2024-05-01T12:00:00", "minute", True),
        ("2024-05-01T12:00:00", None, True),
        ("2024-05-01T12:00:00", "day", False),
        ("2024-05-01T12:00:00", "month", False),
        ("2024-05-01T12:00:00", "year", False),
    ],
)
def test_where_an_instant_is_not_known_the_wall_clocks_are_compared(
    local: str, precision: str | None, duplicate: bool
) -> None:
    one = replace(ONE, taken_local="2024-05-01T12:00:00", taken_precision="second")
    hash_ = f"{int(HASH, 16) ^ 0xFF:016x}"
    another = replace(
        one, id="2", digest="2", perceptual_hash=hash_, taken_at=None, taken_local=local, taken_precision=precision
    )

    assert are_duplicates(one, another) == are_duplicates(another, one) == duplicate


def test_the_same_bytes_are_duplicates_whatever_the_hash() -> None:
    assert are_duplicates(hit(1, digest="same").photo, hit(2, digest="same").photo)
    assert not are_duplicates(hit(1, digest="").photo, hit(2, digest="").photo)


@pytest.mark.parametrize(("hash_", "duplicates"), [
    ("", False), ("not hex", False), ("0" * 16, False), ("f" * 16, False),
    ("00000000000000ff", True), ("000000000000007f", False),
    ("00ffffffffffffff", True), ("01ffffffffffffff", False),
])  # fmt: skip
def test_hashes_of_plain_surfaces_tell_nothing(hash_: str, duplicates: bool) -> None:
    assert are_duplicates(hit(1, perceptual_hash=hash_).photo, hit(2, perceptual_hash=hash_).photo) == duplicates


def test_a_hash_on_one_side_only_tells_nothing() -> None:
    assert not are_duplicates(ONE, hit(2).photo)
    assert not are_duplicates(hit(2).photo, ONE)


def test_the_first_of_several_duplicates_stands_for_all() -> None:
    hits = [hit(number, digest="ab"[number % 2]) for number in range(5)]

    folded = fold_duplicates(hits)

    assert [each.photo.path for each in folded] == ["0.jpg", "1.jpg"]
    assert [photo.path for photo in folded[0].alike] == ["2.jpg", "4.jpg"]
    assert [photo.path for photo in folded[1].alike] == ["3.jpg"]


def test_photos_without_digest_and_hash_are_all_shown() -> None:
    assert len(fold_duplicates([hit(number) for number in range(3)])) == 3


@pytest.mark.parametrize("seconds", [0, 61])
def test_folding_compares_each_photo_with_all_that_are_shown(seconds: int) -> None:
    hashes = ["", HASH, "0000000000000001", f"{int(HASH, 16) ^ 0xFFF:016x}", f"{int(HASH, 16) ^ 0x1FFF:016x}"]
    moments = [f"2024-05-01T10:0{number * seconds // 60}:{number * seconds % 60:02}Z" for number in range(2)]
    hits = [
        hit(number, perceptual_hash=hash_, digest=digest, taken_at=moment)
        for number, (hash_, digest, moment) in enumerate(product(hashes, ["", "a", "b"], moments))
    ]
    folded = fold_duplicates(hits)

    assert 1 < len(folded) < len(hits)
    for later, each in enumerate(folded):
        assert not any(are_duplicates(shown.photo, each.photo) for shown in folded[:later])
        assert all(are_duplicates(each.photo, photo) for photo in each.alike)


def test_a_longer_list_begins_as_a_shorter_one() -> None:
    hits = [
        hit(number, perceptual_hash=f"{(number // 3) * 0x1234567890ABCD ^ 0x5A5A5A5A5A5A5A:016x}")
        for number in range(30)
    ]

    whole = [each.photo.id for each in fold_duplicates(hits)]

    assert 1 < len(whole) < 30
    for length in range(30):
        folded = fold_duplicates(hits[:length])
        assert whole[: len(folded)] == [each.photo.id for each in folded]


def test_duplicates_of_one_photo_are_left_out() -> None:
    hits = [hit(number, digest="ab"[number % 2]) for number in range(4)]

    assert [each.photo.path for each in without_duplicates_of(hits[0].photo, hits)] == ["1.jpg", "3.jpg"]
