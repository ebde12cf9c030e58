"""The places of the library are asked for once in a while."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from query.search import known_places
from query.search.known_places import MAX_AGE, Facets, KnownPlaces


@dataclass
class Asked:
    """Answers with the same places each time, and remembers the filters."""

    cities: Sequence[tuple[str, int]] = (("Zürich", 2), ("", 9))
    filters: list[str | None] = field(default_factory=list)
    now: float = 100.0

    async def answer(self, filter_: str | None, _: Sequence[str]) -> Facets:
        self.filters.append(filter_)
        return {"city": self.cities}

    def places(self) -> KnownPlaces:
        return KnownPlaces(self.answer, clock=lambda: self.now)


async def test_all_places_are_asked_for_once_in_a_while() -> None:
    asked = Asked()
    places = asked.places()

    assert [await places.named_by(text) for text in ("zurich", "red boat")] == [{"zurich": "Zürich"}] * 2
    assert asked.filters == [None]
    asked.now += MAX_AGE
    assert await places.named_by("zurich")
    assert asked.filters == [None, None]


async def test_sentences_names_of_files_and_nothing_ask_for_none() -> None:
    asked = Asked()

    for text in ("", "boat.jpg", "2019", "one two three four five six seven eight nine"):
        assert await asked.places().named_by(text) == {}
    assert asked.filters == []


async def test_where_there_are_too_many_only_those_of_the_words_are_asked_for() -> None:
    asked = Asked([(f"City {number}", 1) for number in range(known_places.FIELDS["city"])])

    await asked.places().named_by("zürich")

    assert asked.filters == [None, "search.ismatch('\"zürich\" \"zurich\"', 'city,state,country,folded_texts')"]
