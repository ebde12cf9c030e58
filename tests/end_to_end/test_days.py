"""A day is the day that was lived, for every reader: in filters, facets, the order, chat and counts."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from ingest.fill_times import fill_times
from shared.photo import photo_id
from shared.services import Services
from shared.settings import load
from tests.machine import eventually
from tests.world import World, picture

READERS = ["Pacific/Auckland", "America/Los_Angeles", "UTC"]
NEW_YEARS_EVE, LAST_OF_MAY, UNDATED = PATHS = ("days/eve.jpg", "days/may.jpg", "days/undated.jpg")


def taken(seed: int, date: str, offset: str = "") -> bytes:
    exif = Image.Exif()
    exif[0x8769] = {0x9003: date} | ({0x9011: offset} if offset else {})
    return picture(seed, exif=exif)


@pytest.fixture(scope="module")
def days(world: World) -> Iterator[World]:
    """A photo of which it is 1 January in UTC, one without a zone, and one without a date."""
    world.put(NEW_YEARS_EVE, taken(701, "2024:12:31 22:30:00", "-05:00")).raise_for_status()
    world.put(LAST_OF_MAY, taken(702, "2024:05:31 23:30:00")).raise_for_status()
    world.put(UNDATED, picture(703)).raise_for_status()
    eventually(lambda: contains(world, PATHS), timeout=60)
    yield world
    for path in PATHS:
        world.http.delete(f"/api/photos/{photo_id(path)}").raise_for_status()


def contains(world: World, paths: tuple[str, ...]) -> None:
    assert set(paths) <= world.paths()


def search(world: World, zone: str = "UTC", **parameters: Any) -> list[str]:
    """The paths of the photos of these tests that a search lists, for a reader in some zone."""
    answer = world.http.get("/api/search", params={"folder": "days", **parameters}, headers={"X-Timezone": zone})
    answer.raise_for_status()
    return [each["path"] for each in answer.json()["photos"]]


def test_the_records_say_what_is_known_and_nothing_else(days: World) -> None:
    eve, may, undated = (days.get(f"/api/photos/{photo_id(path)}") for path in PATHS)
    names = ("taken_local", "taken_zone", "taken_precision", "taken_at", "taken_at_source", "taken_at_zone")

    assert [eve[name] for name in names] == [
        "2024-12-31T22:30:00", "-05:00", "second", "2025-01-01T03:30:00Z", "exif", "-05:00",
    ]  # fmt: skip
    assert [may[name] for name in names] == ["2024-05-31T23:30:00", None, "second", None, "exif", None]
    assert [undated[name] for name in names] == [None] * 6
    assert all(each["arrived_at"] for each in (eve, may, undated))


@pytest.mark.parametrize("zone", READERS)
@pytest.mark.parametrize(
    ("parameters", "paths"),
    [
        ({"taken_in": "2024-12-31"}, [NEW_YEARS_EVE]),
        ({"taken_in": "2025-01-01"}, []),
        ({"taken_in": "2025"}, []),
        ({"taken_in": "2024-05-31"}, [LAST_OF_MAY]),
        ({"taken_in": "2024-06"}, []),
        ({"taken_in": "2024"}, [NEW_YEARS_EVE, LAST_OF_MAY]),
        ({"taken_after": "2024-12-31", "taken_before": "2025"}, [NEW_YEARS_EVE]),
        ({"taken_after": "2024-12-31T22:30", "taken_before": "2024-12-31T22:31"}, [NEW_YEARS_EVE]),
        ({"taken_after": "1000"}, [NEW_YEARS_EVE, LAST_OF_MAY]),
        ({"dated": "true"}, [NEW_YEARS_EVE, LAST_OF_MAY]),
        ({"dated": "false"}, [UNDATED]),
    ],
)
def test_filters_mean_the_clock_on_the_wall(
    days: World, zone: str, parameters: dict[str, str], paths: list[str]
) -> None:
    assert search(days, zone, **parameters) == paths


@pytest.mark.parametrize(
    ("parameters", "paths"),
    [
        ({"taken_after": "2025-01-01T00:00:00Z"}, [NEW_YEARS_EVE]),
        ({"taken_after": "2025-01-01T03:30:00Z", "taken_before": "2025-01-01T03:30:01Z"}, [NEW_YEARS_EVE]),
        ({"taken_after": "2024-12-31T22:30:01-05:00"}, []),
        ({"taken_after": "2025-01-01T12:30:00+09:00"}, [NEW_YEARS_EVE]),
        # Without a zone, the wall clock is read as one of the offset that was asked for.
        ({"taken_after": "2024-05-31T00:00:00+12:00", "taken_before": "2024-06-01T00:00:00+12:00"}, [LAST_OF_MAY]),
        ({"taken_after": "2024-05-31T00:00:00-08:00", "taken_before": "2024-06-01T00:00:00-08:00"}, [LAST_OF_MAY]),
    ],
)
def test_a_moment_with_an_offset_is_an_instant(days: World, parameters: dict[str, str], paths: list[str]) -> None:
    assert search(days, **parameters) == paths


def test_months_and_years_count_dated_photos_alone(days: World) -> None:
    response = days.get("/api/search", folder="days")

    assert response["total"] == 3
    assert response["facets"]["month"] == [{"value": "2024-12", "count": 1}, {"value": "2024-05", "count": 1}]
    assert response["facets"]["year"] == [{"value": "2024", "count": 2}]


def test_undated_photos_sort_by_their_arrival(days: World) -> None:
    assert search(days, sort="newest") == [UNDATED, NEW_YEARS_EVE, LAST_OF_MAY]
    assert search(days, sort="oldest") == [LAST_OF_MAY, NEW_YEARS_EVE, UNDATED]
    assert [search(days, top=1, skip=skip)[0] for skip in range(3)] == [UNDATED, NEW_YEARS_EVE, LAST_OF_MAY]


@pytest.mark.parametrize("zone", READERS)
@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many photos are there from 2024 in the folder days?", "2 such photos"),
        ("How many photos are there from 2025 in the folder days?", "no such photos"),
        ("How many photos are there from 2026 in the folder days?", "no such photos"),
        ("How many photos are there per month in the folder days?", "2024-12 (1) and 2024-05 (1)"),
        ("Show me photos from 31 December 2024 in the folder days", "31 December 2024"),
    ],
)
def test_chat_counts_and_tells_the_days_of_the_wall_clock(days: World, zone: str, question: str, words: str) -> None:
    body = {"messages": [{"role": "user", "content": question}]}

    answer = days.http.post("/v1/chat/completions", json=body, headers={"X-Timezone": zone})

    assert words in answer.json()["choices"][0]["message"]["content"]


def test_photos_of_the_last_release_have_days_before_they_are_read_again(world: World) -> None:
    eve, may, undated = paths = ("former/eve.jpg", "former/may.jpg", "former/undated.jpg")
    for number, path in enumerate(paths):
        world.put(path, picture(711 + number)).raise_for_status()
    eventually(lambda: contains(world, paths), timeout=60)
    new_fields: dict[str, str | None] = dict.fromkeys(
        ("taken_local", "taken_zone", "taken_precision", "taken_until", "taken_month", "arrived_at", "sorted_at")
    )
    times: list[dict[str, str | None]] = [
        {"taken_at": "2025-01-01T03:30:00Z", "taken_at_source": "exif", "taken_at_zone": "-05:00"},
        {"taken_at": "2024-05-31T23:30:00Z", "taken_at_source": "exif", "taken_at_zone": None},
        {"taken_at": "2026-05-01T12:00:00Z", "taken_at_source": "blob", "taken_at_zone": "+00:00"},
    ]
    documents = [{"id": photo_id(path), **new_fields, **each} for path, each in zip(paths, times, strict=True)]
    world.merge_documents(*documents)

    assert world.get(f"/api/photos/{photo_id(eve)}")["taken_local"] == "2024-12-31T22:30:00"
    assert eventually(lambda: filled(world)) == 3

    assert search(world, folder="former", taken_in="2024", sort="oldest") == [may, eve]
    assert search(world, folder="former", taken_in="2024", known_to="month", sort="oldest") == [may, eve]
    assert world.get("/api/search", folder="former")["facets"]["year"] == [{"value": "2024", "count": 2}]
    assert search(world, folder="former", sort="newest") == [undated, eve, may]
    for path in paths:
        world.http.delete(f"/api/photos/{photo_id(path)}").raise_for_status()


def filled(world: World) -> int:
    count = asyncio.run(fill(world))
    assert count
    return count


async def fill(world: World) -> int:
    services = Services(load(world.host.environment))
    try:
        return await fill_times(services.index)
    finally:
        await services.close()
