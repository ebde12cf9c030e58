"""Parameters of requests."""

import pytest

from shared.blob_name import MAX_PATH_LENGTH
from shared.errors import BadRequest, NotFound
from shared.search.filters import Filters, Near
from shared.search.search import Search
from web.parameters import (
    parse_flag,
    parse_photo_id,
    parse_search,
    parse_time_zone,
    parse_upload_path,
    parse_whole_number,
)


def test_a_search_without_parameters_has_facets() -> None:
    assert parse_search([]) == Search(facets=True)


def test_every_parameter_reaches_its_field() -> None:
    parameters = {
        "q": "dog", "mode": "keyword", "sort": "newest", "top": "5", "skip": "7", "min_relevance": "1.5",
        "ranker": "false", "fold": "false", "facets": "no", "tag": "a, b", "any_tag": "c", "color": "red",
        "folder": "x", "people": "3", "near": "1,2,3", "has_text": "true", "taken_in": "2024",
    }  # fmt: skip

    assert parse_search(parameters.items()) == Search(
        q="dog", mode="keyword", sort="newest", top=5, skip=7, min_relevance=1.5, ranker=False, fold=False,
        facets=False,
        filters=Filters(
            tags=["a", "b"], any_tag=["c"], colors=["red"], folder="x", people=3,
            near=Near(latitude=1, longitude=2, km=3), has_text=True, taken_in="2024",
        ),
    )  # fmt: skip


def test_a_list_may_be_given_in_several_parameters() -> None:
    assert parse_search([("tag", "a"), ("tag", "b,c")]).filters.tags == ["a", "b", "c"]


def test_names_with_commas_stay_whole_and_each_has_a_parameter_of_its_own() -> None:
    parameters = [
        ("creator", "Doe, Jo"), ("creator", " Ann "), ("keyword", "Paris, France"), ("keyword_path", "a > b"),
        ("rating", "4"), ("max_rating", "5"), ("made_by", "doe"), ("credit", "x, y"), ("rights", "a, b"),
        ("filed_under", "b, c"),
    ]  # fmt: skip

    assert parse_search(parameters).filters == Filters(
        creators=["Doe, Jo", "Ann"], keywords=["Paris, France"], keyword_paths=["a > b"], rating=4, max_rating=5,
        made_by="doe", credit="x, y", rights="a, b", filed_under="b, c",
    )  # fmt: skip
    assert parse_search([("rating", "none")]).filters.rating == "none"


def test_function_keys_and_empty_parameters_are_ignored() -> None:
    assert parse_search([("code", "k"), ("clientId", "x"), ("q", " "), ("nonsense", "")]) == Search(facets=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("top", "201"),
        ("skip", "x"),
        ("mode", "magic"),
        ("near", "nowhere"),
        ("taken_in", "last week"),
        ("people", "few"),
        ("rating", "6"),
        ("max_rating", "0"),
    ],
)
def test_an_invalid_value_names_its_parameter(name: str, value: str) -> None:
    with pytest.raises(BadRequest) as error:
        parse_search([(name, value)])

    assert error.value.param == name


@pytest.mark.parametrize("name", ["sortby", "tags", "exact", "filters", "creators"])
def test_an_unknown_parameter_is_told_the_known_ones(name: str) -> None:
    with pytest.raises(
        BadRequest, match=f"a search has no parameter {name}; its parameters are any_tag, .*top"
    ) as error:
        parse_search([(name, "x")])

    assert error.value.param == name


def test_time_zones_have_iana_names() -> None:
    assert parse_time_zone("Europe/Zurich").key == "Europe/Zurich"
    assert parse_time_zone(None).key == parse_time_zone("").key == "UTC"


@pytest.mark.parametrize(
    "name",
    ["Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe", "x\0y", "a/" * 5000 + "a", "Europe.Zurich", "a" * 100],
)
def test_other_time_zones_are_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="Europe/Zurich") as error:
        parse_time_zone(name)

    assert error.value.param == "X-Timezone"


def test_whole_numbers_have_a_default_and_a_maximum() -> None:
    assert parse_whole_number({}, "top", 12, maximum=100) == 12
    assert parse_whole_number({"top": "0"}, "top", 12, maximum=100) == 0
    assert parse_whole_number({"top": "100"}, "top", 12, maximum=100) == 100


@pytest.mark.parametrize("value", ["1001", "-1", "1.5", "", "x", "²"])
def test_other_numbers_are_refused(value: str) -> None:
    with pytest.raises(BadRequest, match="top must be a whole number from 0 to 1,000") as error:
        parse_whole_number({"top": value}, "top", 12, maximum=1000)

    assert error.value.param == "top"


def test_an_id_has_32_hexadecimal_digits() -> None:
    assert parse_photo_id({"id": "0123456789abcdef" * 2}) == "0123456789abcdef" * 2


@pytest.mark.parametrize("id_", ["", "x", "0" * 31, "0" * 33, "G" * 32, "A" * 32])
def test_what_cannot_be_an_id_is_not_found(id_: str) -> None:
    with pytest.raises(NotFound, match="32 hexadecimal digits") as error:
        parse_photo_id({"id": id_})

    assert error.value.param == "id"


@pytest.mark.parametrize("path", ["a", "a/b c/ü.jpg", "x" * MAX_PATH_LENGTH, ".hidden/a", "a.b/c", " a", "...a"])
def test_paths_of_blobs_are_taken(path: str) -> None:
    assert parse_upload_path(path) == path


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "1 to 1024 characters"),
        ("x" * (MAX_PATH_LENGTH + 1), "1 to 1024 characters"),
        ("/a", "must not be empty"),
        ("a//b", "must not be empty"),
        ("a/", "must not be empty"),
        ("a/./b", "must not end in a dot"),
        ("../a", "must not end in a dot"),
        ("a./b", "must not end in a dot"),
        ("a\\b", "backslashes"),
        ("a\tb", "U\\+0009"),
        ("a\x1fb", "U\\+001F"),
        ("a\x7fb", "U\\+007F"),
        (" ", "blanks"),
        ("a\uffffb", "U\\+FFFF"),
    ],
)
def test_other_paths_are_refused(path: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message) as error:
        parse_upload_path(path)

    assert error.value.param == "path"


@pytest.mark.parametrize(
    ("parameters", "value"), [({}, False), ({"x": ""}, False), ({"x": "false"}, False), ({"x": "true"}, True)]
)
def test_a_flag_is_true_or_false(parameters: dict[str, str], value: bool) -> None:
    assert parse_flag(parameters, "x") is value


@pytest.mark.parametrize("value", ["1", "yes", "True", " true"])
def test_a_flag_is_nothing_else(value: str) -> None:
    with pytest.raises(BadRequest, match="x must be true or false"):
        parse_flag({"x": value}, "x")


@pytest.mark.parametrize("raw", [b"/api/photos/%FF.jpg", b"/api/photos/%ED%A0%80.jpg", b"/api/photos/%C3"])
def test_a_path_in_another_encoding_is_refused(raw: bytes) -> None:
    assert parse_upload_path("\ufffd.jpg", b"/api/photos/%EF%BF%BD.jpg") == "\ufffd.jpg"
    with pytest.raises(BadRequest, match="UTF-8") as error:
        parse_upload_path("\ufffd.jpg", raw)

    assert error.value.param == "path"
