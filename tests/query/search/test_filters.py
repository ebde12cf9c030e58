"""Filters: every value stays inside its literal, and every filter means what it says."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from query.search.filters import Filters, among, others, period, phrase, quoted
from shared.photo import Photo

ZURICH = ZoneInfo("Europe/Zurich")
NASTY = st.one_of(st.text(), st.sampled_from(["' or 1 eq 1 or 'a' eq '", "a') or (b eq 'c", '"', "\\", "'", "x\x00y"]))


def unquoted(literal: str) -> str:
    assert literal[0] == literal[-1] == "'"
    inner = literal[1:-1]
    assert "'" not in inner.replace("''", "")
    return inner.replace("''", "'")


@given(NASTY)
def test_no_text_breaks_out_of_its_literal(text: str) -> None:
    kept = "".join(char for char in text if ord(char) >= 32 and ord(char) != 127 and not 0xD800 <= ord(char) <= 0xDFFF)

    assert unquoted(quoted(text)) == kept


@given(NASTY)
def test_no_phrase_ends_before_its_closing_quote(text: str) -> None:
    made = phrase(text)

    assert made == "" or (made[0] == made[-1] == '"' and not set('"\\') & set(made[1:-1]))


@given(folder=NASTY, tag=NASTY, color=NASTY, camera=NASTY, place=NASTY, city=NASTY, exact=NASTY)
def test_any_values_make_an_expression_of_the_same_shape(
    folder: str, tag: str, color: str, camera: str, place: str, city: str, exact: str
) -> None:
    made = Filters(
        folder=folder, tags=[tag], colors=[color], camera=camera, place=place, city=city, exact=[exact]
    ).odata()

    assert made is not None
    bare = skeleton(made)
    assert bare.count("folder") == 3
    assert bare.count("tags/any") == 1
    assert bare.count("colors/any") == 1
    assert " or " in bare
    assert bare.count(" or ") == 1


def skeleton(expression: str) -> str:
    """An OData expression without what stands inside its literals."""
    kept, inside, place = [], False, 0
    while place < len(expression):
        if expression[place] == "'" and inside and expression[place + 1 : place + 2] == "'":
            place += 2
            continue
        if expression[place] == "'":
            inside = not inside
        elif not inside:
            kept.append(expression[place])
        place += 1
    assert not inside
    return "".join(kept)


@given(
    st.from_regex(r"\A\d{4}(-\d\d(-\d\d)?)?\Z"), st.sampled_from(["Pacific/Kiritimati", "Pacific/Midway", "Asia/Tokyo"])
)
def test_every_date_is_a_moment_or_refused(text: str, zone: str) -> None:
    try:
        made = Filters(taken_after=text, taken_in=text)
    except ValidationError:
        return

    assert "taken_at ge" in str(made.odata(ZoneInfo(zone)))


def test_a_period_covers_the_whole_of_what_it_names() -> None:
    assert period("2024", UTC) == (datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    assert period("2024-02", UTC) == (datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC))
    assert period("2024-02-29", UTC) == (datetime(2024, 2, 29, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC))


def test_days_begin_at_midnight_where_the_caller_is() -> None:
    assert Filters(taken_in="2024-07-01").odata(ZURICH) == (
        "taken_at ge 2024-06-30T22:00:00Z and taken_at lt 2024-07-01T22:00:00Z"
    )


def test_a_moment_keeps_its_own_zone() -> None:
    made = Filters(taken_after="2024-07-01T08:00:00+02:00").odata(ZoneInfo("Asia/Tokyo"))

    assert made == "taken_at ge 2024-07-01T06:00:00Z"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"taken_after": "2024-13"}, "2024-13"),
        ({"taken_after": "yesterday"}, "taken_after"),
        ({"near": "here"}, "near"),
        ({"near": "91,0,5"}, "near"),
        ({"people": "a few"}, "people"),
        ({"orientation": "diagonal"}, "orientation"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError):
        Filters.model_validate(given)


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

    assert among([*texts, good]) == f"search.in(id, '{good}', ',')"


def test_others_leave_out_the_photo_and_its_copies() -> None:
    assert others(Photo(id="ab", path="x", digest="cd")) == "id ne 'ab' and digest ne 'cd'"


@pytest.mark.parametrize("year", ["0001", "0999", "1000", "9999"])
@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/New_York"])
def test_any_year_is_written_with_four_plain_digits(year: str, zone: str) -> None:
    made = Filters(taken_in=year).odata(ZoneInfo(zone))

    assert made is not None
    assert re.fullmatch(r"taken_at ge [1-9]\d{3}-[-\d:TZ]+ and taken_at lt [1-9]\d{3}-[-\d:TZ]+", made)
