"""`GET /api/search` and similar photos, through the running app."""

from typing import Any

import pytest

from shared.photo import photo_id
from tests.query.photo_seeder import PhotoSeeder
from tests.query.photos import library, photo
from tests.world import World


def paths(response: dict[str, Any]) -> list[str]:
    return [each["path"] for each in response["photos"]]


def test_without_words_it_lists_the_library_newest_first(world: World) -> None:
    response = world.get("/api/search", top=200)

    dates = [each["sorted_at"] for each in response["photos"]]
    assert response["total"] == len(dates) == len(library())
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize("mode", ["hybrid", "keyword", "vector"])
def test_every_mode_finds_the_red_bicycle(world: World, mode: str) -> None:
    best = world.get("/api/search", q="red bicycle", mode=mode)["photos"][0]

    assert best["path"] == "2023/summer/IMG_1001.jpg"
    assert best["score"] > 0
    assert best["ranked_by"] == {"hybrid": "semantic", "keyword": "keywords", "vector": "vector"}[mode]
    assert bool(best["highlights"]) == (mode != "vector")


def test_the_ranker_can_be_left_out(world: World) -> None:
    best = world.get("/api/search", q="red bicycle", ranker="false")["photos"][0]

    assert (best["path"], best["ranked_by"]) == ("2023/summer/IMG_1001.jpg", "hybrid")


def test_without_the_ranker_pages_are_cut_from_one_list_by_score(world: World) -> None:
    whole = world.get("/api/search", q="red bicycle", ranker="false", top=9)["photos"]
    pages = [world.get("/api/search", q="red bicycle", ranker="false", top=3, skip=skip) for skip in (0, 3, 6)]

    assert [path for page in pages for path in paths(page)] == [each["path"] for each in whole]
    scores = [each["score"] for each in whole]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[0] <= 1


@pytest.mark.parametrize("query", ["un vélo rouge sur la plage", "ein rotes Fahrrad am Strand"])
def test_a_question_in_another_language_finds_it_too(world: World, query: str) -> None:
    assert "2023/summer/IMG_1001.jpg" in paths(world.get("/api/search", q=query, top=3))


def test_quotes_mean_exactly_this(world: World) -> None:
    assert paths(world.get("/api/search", q='"thin ice"')) == ["city/sign.jpg"]
    assert paths(world.get("/api/search", q='"ice thin"')) == []
    assert paths(world.get("/api/search", q="«thin ice» lake")) == ["city/sign.jpg"]


def test_an_invoice_number_is_found_first(world: World) -> None:
    assert paths(world.get("/api/search", q="HP-2024-0417"))[0] == "2024/may/invoices/scan-0417.jpg"
    assert paths(world.get("/api/search", q="please show me the invoice numbered 7740021"))[0].endswith("scan-0503.jpg")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"taken_in": "2024-05"}, {"scan-0417", "scan-0418", "scan-0503"}),
        ({"taken_after": "2024-06", "taken_before": "2024-09"}, {"scan-0611"}),
        ({"folder": "2024"}, {"scan-0417", "scan-0418", "scan-0503", "scan-0611"}),
        ({"folder": "2024/may/"}, {"scan-0417", "scan-0418", "scan-0503"}),
        ({"tag": "snow"}, {"DSC_0201", "DSC_0202"}),
        ({"tag": ["snow", "dog"]}, {"DSC_0201"}),
        ({"any_tag": "dog,cat"}, {"DSC_0201", "cat"}),
        ({"camera": "sony"}, {"shot-01", "shot-02", "shot-03"}),
        ({"people": "4"}, {"DSC_0202", "shot-02", "shot-03"}),
        ({"people": "none", "folder": "family"}, {"cat"}),
        ({"people": "some", "folder": "family"}, {"grandma", "birthday"}),
        ({"place": "zurich"}, {"zurich-tram", "sign"}),
        ({"place": "switzerland", "taken_in": "2023"}, {"DSC_0201", "DSC_0202"}),
        ({"city": "Berlin", "people": "1", "tag": "stage"}, {"shot-01"}),
        ({"country": "France"}, {"market"}),
        ({"near": "46.80,9.83,2"}, {"DSC_0201", "DSC_0202"}),
        ({"near": "46.80,9.83,0.9"}, {"DSC_0201"}),
        ({"has_text": "true", "folder": "city"}, {"sign"}),
        ({"orientation": "portrait"}, set()),
        ({"creator": "Ann Example"}, {"zurich-tram", "market"}),
        ({"creator": ["Ann Example", "Jo Doe"]}, {"market"}),
        ({"creator": "Ann"}, set()),
        ({"made_by": "jo DOE"}, {"DSC_0202", "market"}),
        ({"made_by": "example"}, {"zurich-tram", "market"}),
        ({"credit": "Example Archive"}, {"zurich-tram"}),
        ({"rights": "all rights reserved"}, {"zurich-tram"}),
        ({"rights": "cc by"}, {"market"}),
        ({"rating": "4"}, {"zurich-tram", "market"}),
        ({"rating": "1", "max_rating": "4"}, {"zurich-tram", "DSC_0202"}),
        ({"rating": "none", "folder": "family"}, {"grandma", "cat", "birthday"}),
        ({"rating": "rejected"}, set()),
        ({"keyword": "public transport"}, {"zurich-tram"}),
        ({"keyword": "transport"}, set()),
        ({"filed_under": "Transport"}, {"zurich-tram", "DSC_0202"}),
        ({"keyword_path": "transport"}, {"zurich-tram", "DSC_0202"}),
        ({"keyword_path": "transport > rail"}, {"zurich-tram"}),
        ({"keyword_path": "transport>rail>tram"}, {"zurich-tram"}),
        ({"keyword_path": "rail"}, set()),
    ],
)
def test_filters_let_through_what_they_say(world: World, filters: dict[str, Any], expected: set[str]) -> None:
    response = world.get("/api/search", top=100, **filters)

    assert {path.rpartition("/")[2].removesuffix(".jpg") for path in paths(response)} == expected
    assert response["total"] == len(expected)


def test_a_colour_lets_through_the_photos_that_have_it_and_two_colours_those_with_both(
    world: World, seeder: PhotoSeeder
) -> None:
    tulip = photo("colors/tulip.jpg", title="A tulip", colors=["red", "dark green"])
    rose = photo("colors/rose.jpg", title="A rose", colors=["red"])

    with seeder.extra_photos(tulip, rose):
        red = world.get("/api/search", color="red")
        both = world.get("/api/search", color=["red", "dark green"])

    assert set(paths(red)) == {"colors/tulip.jpg", "colors/rose.jpg"}
    assert paths(both) == ["colors/tulip.jpg"]
    assert {"value": "dark green", "count": 1} in red["facets"]["colors"]


def test_all_filters_work_together(world: World) -> None:
    response = world.get(
        "/api/search", q='"it\'s" bike', tag=["a'b", "c"], any_tag="d", folder="o'x", camera="C's", people="2",
        near="1,2,3", has_text="false", orientation="square", color=["r'd", "blue"], place="x'y", city="z", country="q",
        taken_in="2024", taken_after="2020-01-01", taken_before="2030", creator=["A, B'", "c"], made_by="d'e",
        credit="f'", rights="g'", rating="3", max_rating="4", keyword="h, i'", keyword_path="j > k'", filed_under="l'",
        state="m'",
    )  # fmt: skip

    assert response["total"] == 0


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("near", "nowhere"),
        ("taken_after", "last week"),
        ("top", "many"),
        ("top", "201"),
        ("skip", "-1"),
        ("mode", "magic"),
        ("sort", "best"),
        ("colour", "red"),
        ("min_relevance", "5"),
    ],
)
def test_what_makes_no_sense_is_a_400_that_names_it(world: World, parameter: str, value: str) -> None:
    answer = world.http.get("/api/search", params={parameter: value})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"].startswith(parameter)
    assert answer.json()["error"]["message"]


def test_shots_of_one_moment_are_shown_once(world: World) -> None:
    response = world.get("/api/search", q="fireworks over a harbour at night", top=5)

    fireworks = [path for path in paths(response) if path.startswith("burst/fireworks")]
    [best] = [each for each in response["photos"] if each["path"] in fireworks]
    assert len(best["alike"]) == 2
    assert "burst/sparkler.jpg" in paths(response)
    assert len(paths(response)) == 5
    unfolded = paths(world.get("/api/search", q="fireworks over a harbour at night", top=5, fold="false"))
    assert len([path for path in unfolded if path.startswith("burst/fireworks")]) == 3


@pytest.mark.parametrize(
    "query", [{}, {"q": "people"}, {"q": "snow", "mode": "keyword"}, {"q": "sea", "mode": "vector"}]
)
def test_pages_neither_overlap_nor_skip(world: World, query: dict[str, str]) -> None:
    whole = paths(world.get("/api/search", top=20, **query))

    pages = [paths(world.get("/api/search", top=3, skip=skip, **query)) for skip in range(0, 20, 3)]

    assert [path for page in pages for path in page][: len(whole)] == whole


@pytest.mark.parametrize("mode", ["hybrid", "keyword", "vector"])
def test_beyond_the_last_photo_is_an_empty_page(world: World, mode: str) -> None:
    assert world.get("/api/search", q="sea", mode=mode, skip=100_000)["photos"] == []


def test_newest_and_oldest_come_in_order_and_fit_the_words(world: World) -> None:
    newest = world.get("/api/search", q="invoice", sort="newest")
    oldest = world.get("/api/search", q="invoice", sort="oldest")

    assert paths(newest) == paths(oldest)[::-1]
    assert newest["total"] == 4
    assert paths(newest)[0] == "2024/june/scan-0611.jpg"


def test_by_date_without_exact_words_only_the_nearest_are_ordered(world: World) -> None:
    response = world.get("/api/search", q="Rechnungen", sort="newest")

    dates = [each["sorted_at"] for each in response["photos"]]
    assert dates == sorted(dates, reverse=True)
    assert len(dates) < len(library())


def test_facets_count_what_matches(world: World) -> None:
    facets = world.get("/api/search", folder="2024", top=1)["facets"]

    def counts(name: str) -> dict[str, int]:
        return {each["value"]: each["count"] for each in facets[name]}

    assert counts("folder") == {"2024/may/invoices": 3, "2024/june": 1}
    assert counts("month") == {"2024-06": 1, "2024-05": 3}
    assert counts("year") == {"2024": 4}
    assert counts("tags")["invoice"] == 4
    assert counts("camera") == {"Apple iPhone 13": 4}
    assert {"people", "city", "country", "colors"} <= facets.keys()


def test_facets_count_creators_ratings_and_keyword_paths_at_every_level(world: World) -> None:
    facets = world.get("/api/search", top=1)["facets"]

    def counts(name: str) -> dict[str, int]:
        return {each["value"]: each["count"] for each in facets[name]}

    assert counts("creators") == {"Ann Example": 2, "Jo Doe": 2}
    assert counts("rating") == {"2": 1, "4": 1, "5": 1}
    assert counts("keywords") == {"tram": 1, "public transport": 1}
    assert counts("keyword_paths") == {
        "transport": 2, "transport > cable": 1, "transport > rail": 1, "transport > rail > tram": 1,
    }  # fmt: skip
    assert "keyword_path_prefixes" not in facets


@pytest.mark.parametrize("query", ["Jo Doe", "Example Archive", '"All rights reserved"', '"line 4 at the limmat"'])
def test_what_a_file_says_of_itself_is_found_by_its_words(world: World, query: str) -> None:
    best = world.get("/api/search", q=query, mode="keyword")["photos"][0]["path"]

    assert best in {"city/zurich-tram.jpg", "city/market.jpg", "2023/winter/DSC_0202.jpg"}


def test_a_page_of_photos_is_gzipped_for_callers_that_accept_it(world: World) -> None:
    whole = world.http.get("/api/search", params={"top": 60}, headers={"Accept-Encoding": "identity"})
    gzipped = world.http.get("/api/search", params={"top": 60}, headers={"Accept-Encoding": "gzip, br"})

    assert gzipped.json() == whole.json()
    assert gzipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in whole.headers
    assert int(gzipped.headers["Content-Length"]) < int(whole.headers["Content-Length"]) / 3
    assert gzipped.headers["Vary"] == whole.headers["Vary"] == "Accept-Encoding"


def test_a_minimum_relevance_cuts_off_only_where_a_ranker_ranked(world: World) -> None:
    ranked = world.get("/api/search", q="red bicycle on the beach", min_relevance=2)
    unranked = world.get("/api/search", q="red bicycle on the beach", mode="vector", min_relevance=3.9)

    assert 0 < ranked["total"] < len(library())
    assert all(each["score"] >= 2 for each in ranked["photos"])
    assert unranked["photos"]


def test_similar_photos_leave_out_the_photo_and_its_moment(world: World) -> None:
    response = world.get(f"/api/photos/{photo_id('burst/fireworks-1.jpg')}/similar", top=5)

    assert paths(response)[0] == "burst/sparkler.jpg"
    assert not [path for path in paths(response) if path.startswith("burst/fireworks")]
    assert world.http.get("/api/photos/nonsense/similar").status_code == 404


def test_copies_of_the_same_bytes_are_one_hit(world: World, seeder: PhotoSeeder) -> None:
    facts = {"title": "Hot air balloon", "caption": "A striped hot air balloon above fields.", "digest": "same"}

    with seeder.extra_photos(photo("a/balloon.jpg", **facts), photo("b/copy of balloon.jpg", **facts)):
        response = world.get("/api/search", q="hot air balloon")

    assert len([path for path in paths(response) if "balloon" in path]) == 1
    assert len(response["photos"][0]["alike"]) == 1
