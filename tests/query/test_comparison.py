"""Two indexes are asked the same questions, each with the model that embedded it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from query.comparison import ComparedRow, SearchQuestion, compare, own_questions, side_by_side
from shared.embedded_index import EmbeddedIndex, index_in_use
from shared.embedding_model import EmbeddingModel
from shared.photo import Photo, photo_id
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults
from shared.search.search import Search
from shared.stores.feedback import Feedback

GOOD = EmbeddedIndex("good", EmbeddingModel("embedding", 2))
POOR = EmbeddedIndex("poor", EmbeddingModel("another", 3))


def photo(number: int, alt_text: str = "") -> Photo:
    return Photo(id=photo_id(str(number)), path=f"{number}.jpg", title=f"Title {number}", alt_text=alt_text)


@dataclass
class Photos:
    """An index that is read in the order of ids."""

    photos: list[Photo]

    async def search(self, query: IndexQuery) -> SearchResults:
        start = str(query.filter).removeprefix("id ge '").removesuffix("'")
        found = sorted((each for each in self.photos if each.id >= start), key=lambda each: each.id)
        return SearchResults(len(found), [Hit(each) for each in found[: query.top]])


@dataclass
class Finder:
    """Finds what is asked for first in the good index, and in the poor one second, or not at all by vectors."""

    photos: list[Photo]
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def find(self, search: Search) -> SearchResults:
        index = index_in_use()
        assert index
        self.asked.append((index.name, search.mode))
        right = [each for each in self.photos if search.q in {each.alt_text, each.title}]
        others = [each for each in self.photos if each not in right]
        found = [*right, *others] if index == GOOD else [others[0], *right] if search.mode == "hybrid" else others
        return SearchResults(len(found), [Hit(each) for each in found[: search.top]])


class NoFeedback:
    async def all(self) -> AsyncIterator[Feedback]:
        nothing: list[Feedback] = []
        for each in nothing:
            yield each


async def test_questions_are_alternative_texts_of_photos_from_all_over_the_library() -> None:
    photos = [photo(number, f"Text {number}" if number % 2 else "") for number in range(500)]
    index = cast(Any, Photos(photos))

    questions = await own_questions(index, 40)

    assert len(questions) == 40
    by_id = {each.id: each for each in photos}
    for each in questions:
        [id_] = each.right
        assert each.text == (by_id[id_].alt_text or by_id[id_].title)
    assert len({next(iter(each.right))[0] for each in questions}) == 16  # of all first digits


async def test_a_small_library_asks_of_each_of_its_photos_once() -> None:
    photos = [photo(number) for number in range(5)]

    questions = await own_questions(cast(Any, Photos(photos)), 40)

    assert sorted(each.text for each in questions) == sorted(each.title for each in photos)
    assert SearchQuestion("Title 1", frozenset({photo_id("1")})) in questions


async def test_each_index_is_asked_with_its_own_model_and_what_it_finds_is_counted() -> None:
    photos = [photo(number, f"Text {number}") for number in range(20)]
    services: Any = SimpleNamespace(index=Photos(photos), feedback=NoFeedback())
    finder: Any = Finder(photos)

    rows = await compare(services, finder, (GOOD, POOR))

    assert rows == {
        "good": [ComparedRow("descriptions, hybrid", 20, 1, 1), ComparedRow("descriptions, vector", 20, 1, 1)],
        "poor": [ComparedRow("descriptions, hybrid", 20, 0, 1), ComparedRow("descriptions, vector", 20, 0, 0)],
    }
    assert finder.asked == [(name, mode) for name in ("good", "poor") for mode in ("hybrid", "vector") for _ in photos]


def test_the_table_has_them_beside_each_other() -> None:
    name = "feedback, hybrid"
    rows = {"photos": [ComparedRow(name, 12, 0.5, 0.75)], "new": [ComparedRow(name, 12, 1, 1)]}

    lines = side_by_side(rows).splitlines()

    assert lines[0].split() == ["photos", "new"]
    assert lines[2].split() == ["feedback,", "hybrid", "12", "50.0%,", "75.0%", "100.0%,", "100.0%"]
