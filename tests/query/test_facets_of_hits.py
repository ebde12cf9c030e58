"""What a search counts of photos at hand is what the index would have counted of them."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient
from hypothesis import given, settings, strategies as st

from query.search.facets import facet_requests
from query.search.hit_facets import count_hits
from query.search.library import Library
from shared.catalogue.definition import Catalogue, FieldDefinition
from shared.catalogue.in_force import put_in_force
from shared.photo import path_prefixes
from shared.search.index import PhotoIndex
from shared.search.odata import among
from shared.search.query import IndexQuery
from shared.search.search import Search
from tests.local.search.server import ADMIN_KEY, SearchServer
from tests.query.photos import photo

MODELS: Any = None  # keywords need none
CATALOGUE = Catalogue(
    fields=(
        FieldDefinition(name="kind", type="choice", values=({"value": "shoe"}, {"value": "hat"}), facet=True),
        FieldDefinition(name="seen", type="multi-choice", values=({"value": "Ä"}, {"value": "b"}), facet=True),
        FieldDefinition(name="price", type="number", facet=True),
        FieldDefinition(name="sold", type="yes/no", facet=True),
        FieldDefinition(name="listed", type="date", facet=True),
        FieldDefinition(name="remark", type="string", searchable=True),
    )
)
PHOTOS = 150
TEXTS = [
    "",
    " ",
    "a",
    "A",
    "ä",
    "Z",
    "zebra",
    "10",
    "9",
    "Kraków",
    "东京",
    *(f"value {number}" for number in range(60)),
]
LISTS = ("tags", "keywords", "creators", "persons", "colors")
STRINGS = ("folder", "camera", "setting", "city", "state", "country")
Facts = dict[str, Any]


def document(chance: random.Random, number: int) -> Facts:
    """A photo as the index has it: with empty values, values twice, and none where an older version knew no field."""
    lists = {name: chance.choices(TEXTS[2:], k=chance.randrange(6)) for name in LISTS}
    paths = [f"{chance.choice(TEXTS[2:8])} > {chance.choice(TEXTS[2:])}" for _ in range(chance.randrange(3))]
    local = f"{chance.randrange(1990, 2026)}-{chance.randrange(1, 13):02}-05T08:00:00"
    facts = photo(
        f"{number}.jpg",
        **(lists | {name: chance.choice(TEXTS) for name in STRINGS}),
        **({"taken_at": f"{local}Z"} if chance.random() < 0.8 else {}),
        caption=" ".join(chance.sample(["boat", "dog", "beach", "Haus"], k=chance.randrange(1, 4))),
        caption_language="de" if number % 3 == 0 else "en",
        title="Häuser" if number % 3 == 0 else "",
        people=chance.randrange(12),
        rating=chance.choice([None, -1, 0, 1, 2, 3, 4, 5]),
        keyword_paths=paths,
        keyword_path_prefixes=path_prefixes(paths),
        vector=[1.0, 0.0],
        custom={
            "kind": chance.choice(["shoe", "hat", None]),
            "seen": chance.sample(["Ä", "b"], k=chance.randrange(3)),
            "price": chance.choice([None, 0, 2, 2.0, 2.5, -3, 1e16, 10, 9]),
            "sold": chance.choice([None, True, False]),
            "listed": chance.choice([None, "2024-05-31", "1999-01-01"]),
            "remark": chance.choice(["", "dog"]),
        },
    ).to_document()
    return facts | {name: None for name in (*STRINGS, *LISTS, "taken_month") if chance.random() < 0.1}


@asynccontextmanager
async def opened(server: SearchServer) -> AsyncIterator[PhotoIndex]:
    key = AzureKeyCredential(ADMIN_KEY)
    clients = SearchClient(server.endpoint, "facets", key), SearchIndexClient(server.endpoint, key)
    index = PhotoIndex(*clients, name="facets", dimensions=2, semantic=False, language="de")
    try:
        await index.ready()
        yield index
    finally:
        await index.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchServer]:
    server = SearchServer(tmp_path_factory.mktemp("facets"))
    server.start()
    try:
        put_in_force(CATALOGUE)
        asyncio.run(fill(server))
        yield server
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def catalogue_in_force(server: SearchServer) -> None:
    put_in_force(CATALOGUE)


async def fill(server: SearchServer) -> None:
    chance = random.Random(7)
    made = [document(chance, number) for number in range(PHOTOS)]
    german = [each | {"described_de": f"{each['title']} {each['caption']}"} for each in made if each["title"]]
    async with opened(server):
        value = [
            {"@search.action": "upload", **each} for each in (*(each for each in made if not each["title"]), *german)
        ]
        server.request("POST", "/indexes('facets')/docs/search.index", {"value": value}).raise_for_status()


def with_counts(facets: Mapping[str, Sequence[tuple[str, int]]]) -> Facts:
    return {name: counts for name, counts in facets.items() if counts}


def run(server: SearchServer, work: Callable[[PhotoIndex], Awaitable[None]]) -> None:
    async def go() -> None:
        async with opened(server) as index:
            await work(index)

    asyncio.run(go())


@settings(max_examples=25, deadline=None)
@given(paths=st.sets(st.integers(0, PHOTOS - 1), max_size=100))
def test_photos_at_hand_are_counted_as_the_index_counts_them(server: SearchServer, paths: set[int]) -> None:
    ids = [photo(f"{number}.jpg").id for number in paths]

    async def check(index: PhotoIndex) -> None:
        results = await index.search(IndexQuery(filter=among(ids), facets=facet_requests(), top=len(ids)))

        assert len(results.hits) == len(ids)
        assert count_hits(results.hits, facet_requests()) == results.facets

    run(server, check)


@pytest.mark.parametrize("q", ["boat", "boat dog", "Haus", "dog beach Haus", "dog nothing", "remarkable"])
def test_the_numbers_of_a_search_are_those_of_all_its_likely_photos_whatever_page_is_shown(
    server: SearchServer, q: str
) -> None:
    async def check(index: PhotoIndex) -> None:
        library = Library(index, MODELS, weight=65)
        search = Search(q=q, mode="keyword", facets=True)
        ids, are_all = await library.likely_ids(search)
        expected = (await index.search(IndexQuery(filter=among(ids), facets=facet_requests(), top=0))).facets

        pages = [await library.find(search.model_copy(update={"top": top, "fold": False})) for top in (0, 1, 60, 200)]

        assert are_all
        assert [each.total for each in pages] == [len(ids)] * 4
        assert [with_counts(each.facets) for each in pages] == [with_counts(expected)] * 4

    run(server, check)
