"""Tags over the whole library: renamed, merged, and sorted by a vocabulary."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from catalogue import tag_cleaning
from catalogue.tag_cleaning import check_rename, rename_all_tags, renamed_tags, renamed_values, sort_all_tags
from shared.catalogue.in_force import NO_VOCABULARY
from shared.errors import BadRequest
from shared.photo import Photo
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults
from tests.shared.catalogue.test_vocabulary import ANIMALS


class FakeIndex:
    """Documents in the order of their ids, in pages."""

    def __init__(self, *photos: Photo) -> None:
        self.photos = {each.id: each for each in photos}

    async def search(self, query: IndexQuery) -> SearchResults:
        last = query.filter.split("'")[1] if query.filter else ""
        hits = [Hit(photo) for id_, photo in sorted(self.photos.items()) if id_ > last][: query.top]
        return SearchResults(len(hits), hits)

    async def merge(self, documents: Sequence[Mapping[str, Any]]) -> int:
        for each in documents:
            self.photos[each["id"]] = Photo.from_document({**self.photos[each["id"]].to_document(), **each})
        return len(documents)

    def tags(self) -> list[tuple[list[str], list[str]]]:
        return [(each.tags, each.suggested_tags) for _, each in sorted(self.photos.items())]


def test_tags_are_renamed_and_merged_without_doubles() -> None:
    assert renamed_tags(["sea", "hound", "dog"], ["hound"], "dog") == ["sea", "dog"]
    assert renamed_tags(["a", "b", "c"], ["a", "c"], "x") == ["x", "b"]
    assert renamed_tags(["sea"], ["hound"], "dog") == ["sea"]


def test_a_rename_touches_only_photos_that_have_an_old_tag() -> None:
    rename = check_rename({"old": [" Hound ", "puppy"], "new": "Dog"})

    assert rename == {"old": ["hound", "puppy"], "new": "dog"}
    assert renamed_values(Photo(id="1", path="a", tags=["puppy", "sea", "dog"]), **rename) == {"tags": ["dog", "sea"]}
    assert renamed_values(Photo(id="1", path="a", tags=["dog"]), **rename) == {}


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({}, "old"),
        ({"old": "a", "new": "b"}, "old"),
        ({"old": [], "new": "b"}, "old"),
        ({"old": [" "], "new": "b"}, "old"),
        ({"old": ["a"]}, "new"),
        ({"old": ["a"], "new": "b, c"}, "new"),
        ({"old": ["a"], "new": "x" * 101}, "new"),
    ],
)
def test_a_rename_that_says_too_little_is_refused(parameters: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        check_rename(parameters)
    assert refusal.value.param == param


@pytest.mark.parametrize("page", [1, 2, 500])
async def test_all_photos_but_edited_ones_are_sorted_and_once_is_enough(
    page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_cleaning, "PAGE", page)
    index = FakeIndex(
        Photo(id="1", path="a", tags=["hounds", "beach"]),
        Photo(id="2", path="b", tags=["dog"]),
        Photo(id="3", path="c", tags=["hound"], unedited=json.dumps({"values": {}})),
        Photo(id="4", path="d", tags=["sea"], suggested_tags=["puppies"]),
    )

    assert await sort_all_tags(cast(Any, index), ANIMALS) == 2
    assert index.tags() == [(["dog"], ["beach"]), (["dog"], []), (["hound"], []), (["puppy"], ["sea"])]
    assert await sort_all_tags(cast(Any, index), ANIMALS) == 0

    assert await sort_all_tags(cast(Any, index), NO_VOCABULARY) == 2
    assert index.tags()[0] == (["dog", "beach"], [])


class EditableIndex(FakeIndex):
    """The photos with one of two tags, whatever the filter says."""

    async def walk(self, filter_: str) -> AsyncIterator[Photo]:
        assert filter_ == "tags/any(tag: search.in(tag, 'hound,puppy', ','))"
        for each in list(self.photos.values()):
            if {"hound", "puppy"} & set(each.tags):
                yield each

    async def get(self, id_: str) -> Photo | None:
        return self.photos.get(id_)


async def test_a_rename_edits_every_photo_that_has_an_old_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, Any, str]] = []

    async def edit(id_: str, values: Any, *, by: str, context: Any) -> None:
        written.append((id_, values, by))

    monkeypatch.setattr(tag_cleaning, "edit", edit)
    index = EditableIndex(
        Photo(id="1", path="a", tags=["hound", "sea"]),
        Photo(id="2", path="b", tags=["dog"]),
        Photo(id="3", path="c", tags=["puppy"]),
    )
    context = cast(Any, SimpleNamespace(index=index))

    assert await rename_all_tags(context, ["hound", "puppy"], "dog", by="ann") == 2
    assert written == [("1", {"tags": ["dog", "sea"]}, "ann"), ("3", {"tags": ["dog"]}, "ann")]
