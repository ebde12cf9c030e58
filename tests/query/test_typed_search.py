"""What is typed into the search box, through the running app: names first, dates and places as filters."""

from typing import Any

import pytest

from tests.world import World


def search(world: World, q: str, **options: Any) -> tuple[list[str], dict[str, Any]]:
    response = world.get("/api/search", q=q, **options)
    return [each["path"] for each in response["photos"]], response["interpreted"]


@pytest.mark.parametrize("mode", ["hybrid", "keyword"])
@pytest.mark.parametrize(
    ("q", "path"),
    [
        ("DSC_0202.jpg", "2023/winter/DSC_0202.jpg"),
        ("dsc_0202", "2023/winter/DSC_0202.jpg"),
        ("2023/winter/DSC_0202.jpg", "2023/winter/DSC_0202.jpg"),
        ("zurich tram", "city/zurich-tram.jpg"),
        ("what is in scan-0611.jpg?", "2024/june/scan-0611.jpg"),
        ("SF-99812", "2024/may/invoices/scan-0418.jpg"),
        ('"ICE KEEP"', "city/sign.jpg"),
        ("sparkler", "burst/sparkler.jpg"),
    ],
)
def test_the_photo_that_is_named_is_first(world: World, mode: str, q: str, path: str) -> None:
    best = world.get("/api/search", q=q, mode=mode)["photos"][0]

    assert (best["path"], best["ranked_by"]) == (path, "exact")


def test_the_photos_of_a_creator_are_first(world: World) -> None:
    assert set(search(world, "Jo Doe")[0][:2]) == {"2023/winter/DSC_0202.jpg", "city/market.jpg"}
    assert set(search(world, "pictures by ann example")[0][:2]) == {"city/zurich-tram.jpg", "city/market.jpg"}


@pytest.mark.parametrize(
    ("q", "words", "filters", "names"),
    [
        (
            "rimini july 2023",
            "rimini",
            {"place": "Rimini", "taken_in": "2023-07"},
            {"IMG_1001", "IMG_1002", "IMG_1003"},
        ),
        ("2022 sofa", "sofa", {"taken_in": "2022"}, {"grandma", "cat"}),
        ("Rechnung im Mai 2024", "Rechnung", {"taken_in": "2024-05"}, {"scan-0417", "scan-0418", "scan-0503"}),
        ("janvier 2021", "", {"taken_in": "2021-01"}, {"sign"}),
        ("snow -dog", "snow", {"without": ["dog"]}, None),
        ("snow 1999", "snow 1999", {}, None),
        ("tram in berlin 2021", "tram in berlin", {"taken_in": "2021"}, {"zurich-tram", "sign"}),
        ("snow in berlin 2021", "snow in berlin 2021", {}, None),  # no photo of 2021 has snow
    ],
)
def test_dates_and_places_narrow_the_search_as_long_as_photos_remain(
    world: World, q: str, words: str, filters: dict[str, Any], names: set[str] | None
) -> None:
    paths, interpreted = search(world, q)

    assert interpreted == {"q": words, "filters": filters}
    if names is not None:
        assert {path.rpartition("/")[2].removesuffix(".jpg") for path in paths} == names


def test_what_is_excluded_is_neither_a_tag_nor_in_the_title(world: World) -> None:
    paths, _ = search(world, "snow without dogs", top=50)

    assert "2023/winter/DSC_0202.jpg" in paths
    assert "2023/winter/DSC_0201.jpg" not in paths
    assert "2023/winter/DSC_0201.jpg" not in search(world, "", without="dog", top=50)[0]


def test_the_reading_can_be_turned_off_and_quotes_are_not_read(world: World) -> None:
    assert search(world, "rimini july 2023", interpret="off")[1] == {"q": "rimini july 2023", "filters": {}}
    assert search(world, "rimini july 2023", interpret="places")[1]["filters"] == {"place": "Rimini"}
    assert search(world, '"july 2023"')[1] == {"q": '"july 2023"', "filters": {}}
    assert world.http.get("/api/search", params={"interpret": "maybe"}).status_code == 400


def test_pages_of_named_photos_neither_overlap_nor_skip(world: World) -> None:
    whole = search(world, "Jo Doe", top=20)[0]
    parts = [search(world, "Jo Doe", top=5, skip=skip)[0] for skip in (0, 5, 10, 15)]

    assert [path for part in parts for path in part] == whole
    assert len(set(whole)) == len(whole)
