"""Filters: no value breaks out of its literal, and every filter means what it says."""

import re
from datetime import datetime

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from shared.photo import Photo
from shared.search.any_spelling import holds_words
from shared.search.filters import Filters
from shared.search.odata import id_filter, other_photos_filter, quoted_phrase, string_literal
from shared.search.time_clauses import date_range
from shared.taken_period import LATEST

PLACES = ("city", "state", "country")
HOSTILE_TEXT = st.one_of(
    st.text(), st.sampled_from(["' or 1 eq 1 or 'a' eq '", "a') or (b eq 'c", '"', "\\", "'", "x\x00y"])
)


def unquoted(literal: str) -> str:
    assert literal[0] == literal[-1] == "'"
    inner = literal[1:-1]
    assert "'" not in inner.replace("''", "")
    return inner.replace("''", "'")


@given(HOSTILE_TEXT)
def test_no_text_breaks_out_of_its_literal(text: str) -> None:
    printable = "".join(
        char for char in text if ord(char) >= 32 and ord(char) != 127 and not 0xD800 <= ord(char) <= 0xDFFF
    )

    assert unquoted(string_literal(text)) == printable


@given(HOSTILE_TEXT)
def test_no_phrase_ends_before_its_closing_quote(text: str) -> None:
    phrase = quoted_phrase(text)

    assert phrase == "" or (phrase[0] == phrase[-1] == '"' and not set('"\\') & set(phrase[1:-1]))


@given(
    folder=HOSTILE_TEXT,
    tag=HOSTILE_TEXT,
    color=HOSTILE_TEXT,
    camera=HOSTILE_TEXT,
    place=HOSTILE_TEXT,
    city=HOSTILE_TEXT,
    exact=HOSTILE_TEXT,
    words=HOSTILE_TEXT,
)
def test_any_values_make_an_expression_of_the_same_shape(
    folder: str, tag: str, color: str, camera: str, place: str, city: str, exact: str, words: str
) -> None:
    lists = {name: [words] for name in ("creators", "keywords", "keyword_paths", "persons")}
    texts = {"made_by": words, "credit": words, "rights": words, "filed_under": words}
    odata = Filters.model_validate(
        {"folder": folder, "tags": [tag], "colors": [color], "camera": camera, "place": place, "city": city}
        | {"exact": [exact]}
        | lists
        | texts
    ).odata()

    assert odata is not None
    bare = skeleton(odata)
    assert bare.count("folder") == 3
    assert bare.count("tags/any") == 1
    assert bare.count("colors/any") == 1
    assert bare.count("creators/any") == 1
    assert bare.count("keywords/any") == 1
    assert bare.count("keyword_path_prefixes/any") == 1
    assert bare.count("persons/any") == 1
    assert bare.replace(" or search.ismatch(, , , )", "").count(" or ") == 2  # those of other spellings aside


def skeleton(expression: str) -> str:
    """An OData expression without what stands inside its literals."""
    outside, inside, index = [], False, 0
    while index < len(expression):
        if expression[index] == "'" and inside and expression[index + 1 : index + 2] == "'":
            index += 2
            continue
        if expression[index] == "'":
            inside = not inside
        elif not inside:
            outside.append(expression[index])
        index += 1
    assert not inside
    return "".join(outside)


@given(
    st.from_regex(r"\A\d{4}(-\d\d(-\d\d)?)?\Z"),
    st.sampled_from(["", "T12:00", "T12:00Z", "T12:00+14:00", "T12:00-12:00"]),
)
def test_every_date_is_a_moment_or_refused(date: str, time: str) -> None:
    text = date + time
    try:
        filters = Filters(taken_after=text, taken_in=text)
    except ValidationError:
        return

    assert "taken_local ge" in str(filters.odata())


def test_a_period_covers_the_whole_of_what_it_names() -> None:
    assert date_range("2024") == (datetime(2024, 1, 1), datetime(2025, 1, 1))
    assert date_range("2024-02") == (datetime(2024, 2, 1), datetime(2024, 3, 1))
    assert date_range("2024-02-29") == (datetime(2024, 2, 29), datetime(2024, 3, 1))


def test_a_day_is_that_of_the_clock_on_the_wall() -> None:
    assert Filters(taken_in="2024-07-01").odata() == (
        "taken_local ge 2024-07-01T00:00:00Z and taken_until le 2024-07-02T00:00:00Z"
    )


@pytest.mark.parametrize(
    "text",
    [
        "2024-07-01T08:00:00+02:00",
        "2024-07-01 08:00+0200",
        "2024-07-01T08:00:00.000+02:00",
        "2024-07-01T08:00:00 02:00",  # in an address a plus is a blank
    ],
)
def test_a_moment_with_an_offset_is_an_instant(text: str) -> None:
    assert Filters(taken_after=text).odata() == (
        "(taken_at ge 2024-07-01T06:00:00Z or taken_at eq null and taken_local ge 2024-07-01T08:00:00Z)"
    )


@pytest.mark.parametrize("text", ["2024-07-01T08:00", "2024-07-01T08:00:00", "2024-07-01 08:00:00"])
def test_a_moment_without_an_offset_is_a_reading_of_the_clock_on_the_wall(text: str) -> None:
    assert Filters(taken_before=text).odata() == "taken_until le 2024-07-01T08:00:00Z"
    assert date_range(text) == (datetime(2024, 7, 1, 8),) * 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"near": "1"}, "latitude,longitude,kilometres"),
        ({"near": "1,2,3,4"}, "latitude,longitude,kilometres"),
        ({"near": "1,181"}, "longitude"),
        ({"near": "1,2,0"}, "km"),
        ({"near": "1,2,20101"}, "km"),
        ({"people": -1}, "people"),
        ({"people": 1001}, "people"),
        ({"tags": ["x"] * 51}, "tags"),
        ({"creators": ["x"] * 51}, "creators"),
        ({"rating": 6}, "rating"),
        ({"rating": "good"}, "rating"),
        ({"max_rating": 0}, "max_rating"),
        ({"folder": "x" * 501}, "folder"),
        ({"taken_before": "2024-02-30"}, "day"),
        ({"taken_in": "2024-05-31T25:00"}, "taken_in|hour"),
        ({"taken_after": "2024-13"}, "month"),
        ({"taken_after": "yesterday"}, "taken_after"),
        ({"near": "here"}, "near"),
        ({"near": "91,0,5"}, "near"),
        ({"people": "a few"}, "people"),
        ({"orientation": "diagonal"}, "orientation"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_invalid_filters_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Filters.model_validate(values)


def test_people_are_none_some_or_at_least_so_many() -> None:
    assert Filters(people="none").odata() == Filters(people=0).odata() == "people eq 0"
    assert Filters(people="some").odata() == "people ge 1"
    assert Filters(people=3).odata() == "people ge 3"


def test_nothing_to_filter_is_no_filter() -> None:
    assert Filters().odata() is None
    assert Filters(exact=['"', "!?"]).odata() is None


@given(st.lists(st.text()))
def test_only_ids_are_looked_up(texts: list[str]) -> None:
    good = "0123456789abcdef0123456789abcdef"

    assert id_filter([*texts, good]) == f"search.in(id, '{good}', ',')"


def test_others_leave_out_the_photo_and_its_copies() -> None:
    assert other_photos_filter(Photo(id="ab", path="x", digest="cd")) == "id ne 'ab' and digest ne 'cd'"


@pytest.mark.parametrize("year", ["0001", "0999", "1000", "9999"])
def test_any_year_is_written_with_four_plain_digits(year: str) -> None:
    odata = Filters(taken_in=year).odata()

    assert odata is not None
    assert re.fullmatch(r"taken_local ge [1-9]\d{3}-[-\d:TZ]+ and taken_until le [1-9]\d{3}-[-\d:TZ]+", odata)


@pytest.mark.parametrize(
    ("filters", "odata"),
    [
        (Filters(taken_after="2024-05"), "taken_local ge 2024-05-01T00:00:00Z"),
        (Filters(taken_before="2024-05"), "taken_until le 2024-05-01T00:00:00Z"),
        (
            Filters(taken_after="9999-12-31T23:00-05:00"),
            "(taken_at ge 9999-12-31T23:59:59Z or taken_at eq null and taken_local ge 9999-12-31T23:00:00Z)",
        ),
        (
            Filters(taken_before="0001-01-01T00:00+05:00"),
            "(taken_at lt 1000-01-01T00:00:00Z or taken_at eq null and taken_until le 1000-01-01T00:00:00Z)",
        ),
        (Filters(taken_after="0999"), "taken_local ge 1000-01-01T00:00:00Z"),
        (Filters(dated=True), "taken_local ne null"),
        (Filters(dated=False), "taken_local eq null"),
        (Filters(known_to="year"), "taken_precision eq 'year'"),
        (Filters(known_to="month"), "taken_local ne null and taken_precision ne 'year'"),
        (
            Filters(folder="/a/b/"),
            "(folder eq 'a/b' or (folder ge 'a/b/' and folder lt 'a/b0'))",
        ),
        (Filters(folder=""), "(folder eq '' or (folder ge '/' and folder lt '0'))"),
        (Filters(city="Bern", country="Peru"), "city eq 'Bern' and country eq 'Peru'"),
        (Filters(city="", country=""), None),
        (Filters(place="new york"), holds_words("new york", PLACES)),
        (Filters(place="Zürich"), holds_words("Zürich", PLACES)),
        (Filters(place="!?"), None),
        (
            Filters.model_validate({"near": "47.37, 8.54"}),
            "geo.distance(location, geography'POINT(8.540000 47.370000)') le 10.000000",
        ),
        (
            Filters.model_validate({"near": "-1,2,3.5"}),
            "geo.distance(location, geography'POINT(2.000000 -1.000000)') le 3.500000",
        ),
        (Filters(tags=["Dog", "cat"]), "tags/any(tag: tag eq 'dog') and tags/any(tag: tag eq 'cat')"),
        (Filters.model_validate({"tags": "Dog"}), "tags/any(tag: tag eq 'dog')"),
        (Filters(any_tag=["Dog", "cat"]), "tags/any(tag: tag eq 'dog' or tag eq 'cat')"),
        (Filters(colors=["Red", "blue"]), "colors/any(color: color eq 'Red') and colors/any(color: color eq 'blue')"),
        (Filters(camera="sony"), "search.ismatch('\"sony\"', 'camera')"),
        (Filters(camera='"'), None),
        (Filters(orientation="square"), "orientation eq 'square'"),
        (Filters(has_text=True), "has_text"),
        (Filters(has_text=False), "not has_text"),
        (Filters(people=1), "people ge 1"),
        (Filters(state="Lazio"), "state eq 'Lazio'"),
        (
            Filters(creators=["Ann O'Hara", "Doe, Jo"]),
            "(creator eq 'Ann O''Hara' or creators/any(person: person eq 'Ann O''Hara')) and "
            "(creator eq 'Doe, Jo' or creators/any(person: person eq 'Doe, Jo'))",
        ),
        (Filters(made_by="o'hara"), holds_words("o'hara", ("creator", "creators"))),
        (Filters(made_by="?"), None),
        (Filters(filed_under="Moon"), holds_words("Moon", ("keywords", "keyword_paths"))),
        (Filters(filed_under="!"), None),
        (Filters(without=["café"]), "not search.ismatch('\"café\" \"cafe\"', 'tags,title')"),
        (Filters(credit="AP"), "credit eq 'AP'"),
        (Filters(rights="CC BY"), holds_words("CC BY", ("rights", "usage_terms"))),
        (Filters(rights='"'), None),
        (Filters(rating=4), "rating ge 4"),
        (Filters(rating=1, max_rating=1), "rating ge 1 and rating ge 1 and rating le 1"),
        (Filters(rating="none"), "(rating eq null or rating eq 0)"),
        (Filters(rating=0), "(rating eq null or rating eq 0)"),
        (Filters(rating="rejected"), "rating eq -1"),
        (Filters(max_rating=2), "rating ge 1 and rating le 2"),
        (
            Filters(keywords=["Moon", "b, c"]),
            "keywords/any(word: word eq 'Moon') and keywords/any(word: word eq 'b, c')",
        ),
        (Filters(keyword_paths=["a > b"]), "keyword_path_prefixes/any(path: path eq 'a > b')"),
        (Filters(keyword_paths=[" a>b  c >"]), "keyword_path_prefixes/any(path: path eq 'a > b c')"),
        (Filters.model_validate({"keyword_paths": "a"}), "keyword_path_prefixes/any(path: path eq 'a')"),
        (Filters(city="o'x", people="none"), "city eq 'o''x' and people eq 0"),
    ],
)
def test_every_filter_has_its_clause(filters: Filters, odata: str | None) -> None:
    assert filters.odata() == odata


def test_exact_phrases_are_looked_for_in_every_text() -> None:
    odata = str(Filters(exact=["thin ice", "", "keep off"]).odata())

    assert odata.count("search.ismatch") == 2
    assert odata.startswith("search.ismatch('\"thin ice\"', 'title,caption,alt_text,text_in_photo,")


def test_a_period_may_end_with_the_year_or_the_last_date_there_is() -> None:
    assert date_range("2024-12")[1] == date_range("2024-12-31")[1] == datetime(2025, 1, 1)
    assert date_range("9999-12")[1] == date_range("9999-12-31")[1] == date_range("9999")[1] == LATEST
    assert date_range("9999-05")[1] == datetime(9999, 6, 1)


def test_at_most_a_hundred_ids_are_looked_up_each_once() -> None:
    ids = [f"{number:032x}" for number in range(150)]

    assert id_filter([]) is None
    assert str(id_filter([ids[0], ids[0]])).count(ids[0]) == 1
    assert str(id_filter(ids)).split("'")[1].split(",") == ids[:100]


def test_a_phrase_is_words_between_quotes() -> None:
    assert quoted_phrase(' a "b\\c" \n') == '"a  b c"'
    assert quoted_phrase('"!?"') == ""
