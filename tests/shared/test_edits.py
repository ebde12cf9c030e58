"""What people write, laid over a photo and taken back: nothing of what file and model say is lost."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from shared.catalogue.in_force import put_in_force
from shared.edits import (
    EDITED,
    FieldEdit,
    PhotoEdits,
    apply_edits,
    edited_fields,
    is_sound,
    original_of,
    parse_taken,
    rebound,
)
from shared.embedded_text import text_digest, text_to_embed
from shared.errors import PreconditionFailed
from shared.photo import EDITABLE, Photo
from tests.shared.catalogue.definitions import shop

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
PHOTO = Photo(
    id="a" * 32,
    path="a.jpg",
    title="A lake",
    caption="A lake in the evening.",
    alt_text="A lake.",
    tags=["lake"],
    keywords=["calm"],
    keyword_paths=["nature > lake", "mood > calm"],
    keyword_path_prefixes=["nature", "nature > lake", "mood", "mood > calm"],
    creators=["A. Writer"],
    creator="A. Writer",
    rating=3,
    taken_local="2024-05-31T10:11:12",
    taken_precision="second",
    taken_zone="+02:00",
    taken_at_zone="+02:00",
    taken_at="2024-05-31T08:11:12Z",
    taken_at_source="exif",
    taken_until="2024-05-31T10:11:13",
    taken_month="2024-05",
    arrived_at="2026-05-01T00:00:00Z",
    sorted_at="2024-05-31T10:11:12Z",
    location=(8.5, 47.4),
    city="Zürich",
    country="Switzerland",
    digest="d1",
    etag='"1"',
    recipe="r",
)
PHOTO = replace(PHOTO, embedded_text=text_digest(PHOTO))


def field_edit(value: Any, *, by: str = "ann", digest: str = "d1", **place: str) -> FieldEdit:
    return FieldEdit(value=value, by=by, at="2026-11-02T09:30:00Z", digest=digest, place=place)


def edits_of(**values: Any) -> PhotoEdits:
    edits = {name: field_edit(value) for name, value in values.items()}
    return replace(PhotoEdits(id=PHOTO.id).changed(edits, by="ann", at=NOW), etag='"e"')


VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("title", "alt_text", "caption", "credit", "rights", "city", "state", "country"), st.text()),
    **dict.fromkeys(("tags", "keywords", "creators", "persons"), st.lists(st.text(min_size=1), max_size=3)),
    "rating": st.integers(-1, 5),
    "taken_local": st.sampled_from(["", "1969", "1969-07", "1969-07-20", "1969-07-20T20:17:40-05:00"]),
    "location": st.sampled_from(["", {"latitude": 1.5, "longitude": -2.5}]),
    "favorite": st.booleans(),
    "reviewed": st.booleans(),
}


def test_every_editable_field_is_tried_here() -> None:
    assert VALUES.keys() == set(EDITABLE)


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_what_is_written_counts_and_comes_off_again(values: dict[str, Any]) -> None:
    edited = apply_edits(PHOTO, edits_of(**values))

    plain = values.keys() - {"taken_local", "location"}
    assert {name: getattr(edited, name) for name in plain} == {name: values[name] for name in plain}
    assert {name: getattr(edited, name) for name in EDITED} == {
        name: getattr(Photo.from_document(edited.to_document()), name) for name in EDITED
    }
    follows = replace(PHOTO, embedded_text=edited.embedded_text, alt_text_faults=edited.alt_text_faults)
    assert original_of(edited) == follows
    assert apply_edits(edited, edits_of(**values)) == edited
    assert apply_edits(edited, PhotoEdits(id=PHOTO.id)) == PHOTO


def test_the_record_tells_whose_each_value_is_and_what_it_was() -> None:
    record = apply_edits(PHOTO, edits_of(title="My lake", persons=["Ann Example"])).record()

    assert (record["sources"]["title"], record["sources"]["persons"]) == ("person", "person")
    assert (record["sources"]["caption"], record["sources"]["creators"]) == ("model", "file")
    assert record["sources"].keys() & {"state", "favorite", "credit"} == set()  # they have no value
    assert record["unedited"] == {"title": "A lake", "persons": []}


def test_a_date_is_as_exact_as_its_text_and_moves_all_that_follows_from_it() -> None:
    edited = apply_edits(PHOTO, edits_of(taken_local="1969-07"))

    assert (edited.taken_local, edited.taken_precision) == ("1969-07-01T00:00:00", "month")
    assert (edited.taken_until, edited.taken_month) == ("1969-08-01T00:00:00", "1969-07")
    assert (edited.sorted_at, edited.taken_at_source) == ("1969-07-01T00:00:00Z", "person")
    assert edited.taken_zone is edited.taken_at_zone is edited.taken_at is None
    assert text_to_embed(edited).splitlines()[-1] == "July 1969"


def test_a_date_with_an_offset_has_an_instant() -> None:
    edited = apply_edits(PHOTO, edits_of(taken_local="2024-12-31T22:30:00-05:00"))

    assert (edited.taken_local, edited.taken_zone) == ("2024-12-31T22:30:00", "-05:00")
    assert edited.taken_at == "2025-01-01T03:30:00Z"


def test_a_photo_whose_date_nobody_knows_sorts_by_its_arrival() -> None:
    edited = apply_edits(PHOTO, edits_of(taken_local=""))

    assert (edited.taken_local, edited.taken_month, edited.sorted_at) == (None, None, "2026-05-01T00:00:00Z")


@pytest.mark.parametrize(
    "text", ["1", "2024-13", "2024-02-30", "2024-05-31T25:00", "2024-05-31 10:00", "2024-05+02:00"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"use 2024|must be in|out of range|day|Invalid"):
        parse_taken(text)


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("2024", "year"),
        ("2024-05", "month"),
        ("2024-05-31", "day"),
        ("2024-05-31T10:11", "minute"),
        ("2024-05-31T10:11+02:00", "minute"),
        ("2024-05-31T10:11:12", "second"),
        ("2024-05-31T10:11:12+05:45", "second"),
    ],
)
def test_the_length_of_a_date_tells_its_precision(text: str, precision: str) -> None:
    moment, as_read, zone = parse_taken(text)

    assert moment
    assert as_read == precision
    assert (zone or "") == text[16:].removeprefix(":12") if len(text) > 16 else zone is None


def test_a_new_location_brings_its_place_but_for_what_a_person_wrote() -> None:
    spot = field_edit({"latitude": 41.9, "longitude": 12.5}, city="Rome", state="", country="Italy")
    edits = replace(edits_of(city="Roma"), etag='"e"')
    edits = edits.changed({"location": spot}, by="ann", at=NOW)

    edited = apply_edits(PHOTO, edits)

    assert (edited.location, edited.city, edited.country) == ((12.5, 41.9), "Roma", "Italy")


def test_a_keyword_that_goes_takes_its_path_along() -> None:
    edited = apply_edits(PHOTO, edits_of(keywords=["lake", "new"]))

    assert edited.keyword_paths == ["nature > lake"]
    assert edited.keyword_path_prefixes == ["nature", "nature > lake"]


def test_an_edit_stays_with_other_bytes_and_is_marked() -> None:
    edits = edits_of(title="My lake")
    other = replace(PHOTO, digest="d2", title="A river")

    assert apply_edits(other, edits).for_earlier_file == ["title"]
    assert apply_edits(other, edits).title == "My lake"
    assert apply_edits(PHOTO, edits).for_earlier_file == []


def test_writing_the_same_again_for_other_bytes_confirms_it() -> None:
    edits = edits_of(title="My lake").changed({"title": field_edit("My lake", digest="d2")}, by="bob", at=NOW)

    assert apply_edits(replace(PHOTO, digest="d2"), edits).for_earlier_file == []


def test_edits_written_over_a_document_that_changed_are_noticed() -> None:
    edited = apply_edits(PHOTO, edits_of(title="My lake"))

    assert is_sound(edited)
    assert not is_sound(replace(edited, etag='"2"'))
    assert is_sound(rebound(edited, etag='"2"'))
    assert original_of(rebound(edited, etag='"2"')).title == "A lake"


# -- history ------------------------------------------------------------------------------


def test_what_changes_nothing_is_no_change() -> None:
    edits = edits_of(title="My lake")

    assert edits.changed({"title": field_edit("My lake", by="bob"), "city": None}, by="bob", at=NOW) is edits


def test_changes_are_undone_one_after_the_other() -> None:
    edits = edits_of(title="One")
    edits = edits.changed({"title": field_edit("Two"), "city": field_edit("Rome")}, by="bob", at=NOW)

    once = edits.undone(by="ann", at=NOW)
    assert once.values == {"title": "One"}
    assert (once.history[-1].undone_by, once.history[-1].number) == ("ann", 2)
    twice = once.undone(by="ann", at=NOW)
    assert twice.values == {}
    with pytest.raises(PreconditionFailed):
        twice.undone(by="ann", at=NOW)


def test_a_change_is_not_undone_over_a_later_one() -> None:
    edits = edits_of(title="One").changed({"title": field_edit("Two")}, by="bob", at=NOW)
    edits = edits.changed({"city": field_edit("Rome")}, by="bob", at=NOW)

    with pytest.raises(PreconditionFailed, match="title"):
        edits.undone(1, by="ann", at=NOW)
    assert edits.undone(2, by="ann", at=NOW).values == {"title": "One", "city": "Rome"}


def test_taking_back_can_be_undone() -> None:
    edits = edits_of(title="One").changed({"title": None}, by="bob", at=NOW)

    assert edits.values == {}
    assert edits.undone(by="bob", at=NOW).values == {"title": "One"}


def test_the_history_is_bounded_and_keeps_counting() -> None:
    edits = PhotoEdits(id=PHOTO.id)
    for number in range(120):
        edits = edits.changed({"title": field_edit(str(number))}, by="ann", at=NOW)

    assert [each.number for each in edits.history] == list(range(71, 121))


def test_a_job_writes_a_photo_once() -> None:
    edits = PhotoEdits(id=PHOTO.id).changed({"title": field_edit("By job")}, by="ann", at=NOW, job="j")
    edits = edits.changed({"title": field_edit("By hand")}, by="bob", at=NOW)

    assert edits.changed({"title": field_edit("By job")}, by="ann", at=NOW, job="j") is edits


def test_fields_of_ones_own_are_laid_over_those_of_the_model_and_taken_back() -> None:
    put_in_force(shop())
    photo = replace(PHOTO, custom={"product_type": "hat", "price": 3})
    edits = {"fields.product_type": field_edit("bag"), "fields.sold": field_edit(False), "fields.price": field_edit("")}
    written = replace(PhotoEdits(id=PHOTO.id).changed(edits, by="ann", at=NOW), etag='"e"')

    edited = apply_edits(photo, written)

    assert edited.custom == {"product_type": "bag", "sold": False}
    assert edited.record()["sources"]["fields.product_type"] == "person"
    assert edited.record()["unedited"] == {"fields.product_type": "hat", "fields.price": 3}
    assert edited_fields(edited)["field_price"] is None
    assert edited_fields(edited)["field_materials"] == []
    assert original_of(edited).custom == photo.custom
    assert photo.record()["sources"]["fields.product_type"] == "model"


def test_an_edit_that_a_field_does_not_take_any_more_waits_until_it_does() -> None:
    put_in_force(shop())
    photo = replace(PHOTO, custom={"product_type": "hat"})
    edits = {"fields.product_type": field_edit("coat"), "fields.gone": field_edit("x"), "fields.price": field_edit("3")}
    written = replace(PhotoEdits(id=PHOTO.id).changed(edits, by="ann", at=NOW), etag='"e"')

    assert apply_edits(photo, written).custom == {}

    put_in_force(shop(values=["hat", "coat"]))
    assert apply_edits(photo, written).custom == {"product_type": "coat"}
