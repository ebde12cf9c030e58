"""The times of photos that the last release indexed."""

from typing import Any

import pytest

from shared.photo import Photo


def photo_of(**fields: Any) -> Photo:
    return Photo.from_document({"id": "a", "path": "a.jpg", "sorted_at": None, "taken_local": None, **fields})


@pytest.mark.parametrize(
    ("zone", "local", "normal_zone"),
    [
        ("-05:00", "2024-12-31T22:30:00", "-05:00"),
        ("+0545", "2025-01-01T09:15:00", "+05:45"),
        ("-0330", "2025-01-01T00:00:00", "-03:30"),
        ("+00:00", "2025-01-01T03:30:00", "+00:00"),
    ],
)
def test_an_instant_with_a_zone_gives_the_clock_on_the_wall(zone: str, local: str, normal_zone: str) -> None:
    photo = photo_of(taken_at="2025-01-01T03:30:00Z", taken_at_source="exif", taken_at_zone=zone)

    assert (photo.taken_local, photo.taken_zone, photo.taken_at) == (local, normal_zone, "2025-01-01T03:30:00Z")
    assert photo.sorted_at == local + "Z"
    assert photo.taken_month == local[:7]


def test_without_a_zone_it_was_the_clock_on_the_wall() -> None:
    photo = photo_of(taken_at="2024-05-31T23:30:00Z", taken_at_source="exif")

    assert (photo.taken_local, photo.taken_zone, photo.taken_at) == ("2024-05-31T23:30:00", None, None)
    assert (photo.taken_at_source, photo.sorted_at) == ("exif", "2024-05-31T23:30:00Z")


def test_the_time_of_an_upload_is_an_arrival() -> None:
    photo = photo_of(taken_at="2026-05-01T12:00:00Z", taken_at_source="blob", taken_at_zone="+00:00")

    assert (photo.taken_local, photo.taken_at, photo.taken_at_source, photo.taken_at_zone) == (None, None, None, None)
    assert photo.arrived_at == photo.sorted_at == "2026-05-01T12:00:00Z"


def test_what_this_release_wrote_is_left_alone() -> None:
    photo = Photo(
        id="a",
        path="a.jpg",
        taken_local="2024-12-31T22:30:00",
        taken_zone="-05:00",
        taken_until="2024-12-31T22:30:01",
        taken_month="2024-12",
        taken_at="2025-01-01T03:30:00Z",
        sorted_at="2024-12-31T22:30:00Z",
    )

    assert photo.to_document()["taken_local"] == "2024-12-31T22:30:00Z"
    assert Photo.from_document(photo.to_document()) == photo
    assert photo.record()["taken_local"] == "2024-12-31T22:30:00"


def test_fields_without_any_time_stay_without_one() -> None:
    assert photo_of() == Photo(id="a", path="a.jpg")
