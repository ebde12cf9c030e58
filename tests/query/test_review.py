"""The queue of photos that nobody has looked at: its order, its pages, and who sees what, asked of a real index."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient

from query.search.review import QueuePlace, ReviewQueue
from shared.access.caller import Caller, acting_for
from shared.access.in_force import RulesInForce, grants, put_rules_in_force
from shared.access.roles import Role
from shared.access.rules import parse_rules
from shared.catalogue.definition import Catalogue, FieldDefinition
from shared.catalogue.in_force import put_in_force, put_vocabulary_in_force
from shared.catalogue.vocabulary import Term, Vocabulary
from shared.errors import BadRequest
from shared.photo import photo_id
from shared.search.filters import Filters
from shared.search.index import PhotoIndex
from tests.local.search.server import ADMIN_KEY, SearchServer
from tests.query.photos import photo

CATALOGUE = Catalogue(
    fields=(
        FieldDefinition(name="number", type="string", required=True),
        FieldDefinition(name="kinds", type="multi-choice", values=("shoe", "hat"), required=True),
        FieldDefinition(name="remark", type="string"),
    )
)
FULL = {"number": "7", "kinds": ["hat"]}
VOCABULARY = Vocabulary(terms=(Term(tag="dog"), Term(tag="sea", synonyms=("ocean",))))
RULES = b'{"rules": [{"folder": "", "see": ["everyone"]}, {"folder": "secret", "see": ["person:ann"]}]}'
PHOTOS = (
    photo("done.jpg", reviewed=True, alt_text_faults=["long"], taken_at="2001-01-01T00:00:00Z"),
    photo("plain new.jpg", taken_at="2003-01-01T00:00:00Z", custom=FULL, tags=["dog"]),
    photo("plain old.jpg", taken_at="2002-01-01T00:00:00Z", custom=FULL, tags=["dog", "sea"]),
    photo("odd tag.jpg", taken_at="2001-01-01T00:00:00Z", custom=FULL, tags=["dog", "a|b"]),
    photo("a/tags.jpg", taken_at="2004-01-01T00:00:00Z", custom=FULL, tags=["ocean"]),
    photo("a/alt.jpg", taken_at="2005-01-01T00:00:00Z", custom=FULL, tags=["ocean"], alt_text_faults=["opening"]),
    photo("no list.jpg", taken_at="2006-01-01T00:00:00Z", custom={"number": "7"}, alt_text_faults=["long"]),
    photo("nothing.jpg", taken_at="2005-01-01T00:00:00Z", custom={"remark": "x"}),
    photo("secret/nothing.jpg", taken_at="1999-01-01T00:00:00Z", tags=["hidden tag"]),
)
QUEUE = [
    "nothing.jpg",
    "no list.jpg",
    "a/alt.jpg",
    "odd tag.jpg",
    "a/tags.jpg",
    "plain old.jpg",
    "plain new.jpg",
]


@asynccontextmanager
async def opened(server: SearchServer) -> AsyncIterator[PhotoIndex]:
    key = AzureKeyCredential(ADMIN_KEY)
    clients = SearchClient(server.endpoint, "review", key), SearchIndexClient(server.endpoint, key)
    index = PhotoIndex(*clients, name="review", dimensions=2, semantic=False)
    try:
        await index.ready()
        yield index
    finally:
        await index.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchServer]:
    server = SearchServer(tmp_path_factory.mktemp("review"))
    server.start()
    try:
        put_in_force(CATALOGUE)
        put_rules_in_force(RulesInForce(parse_rules(RULES)))
        asyncio.run(fill(server))
        yield server
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def library_in_force(server: SearchServer) -> None:
    put_in_force(CATALOGUE)
    put_vocabulary_in_force(VOCABULARY)
    put_rules_in_force(RulesInForce(parse_rules(RULES)))


async def fill(server: SearchServer) -> None:
    async with opened(server):
        documents = [each.to_document() | {"vector": [1.0, 0.0], **grants(each.path, [])} for each in PHOTOS]
        value = [{"@search.action": "upload", **each} for each in documents]
        server.request("POST", "/indexes('review')/docs/search.index", {"value": value}).raise_for_status()


def as_editor(server: SearchServer, work: Callable[[ReviewQueue], Awaitable[None]], person: str = "ben") -> None:
    async def go() -> None:
        async with opened(server) as index:
            with acting_for(Caller(person, Role.EDITOR, person)):
                await work(ReviewQueue(index))

    asyncio.run(go())


async def walked(queue: ReviewQueue, top: int, filters: Filters | None = None) -> list[str]:
    """All paths, a page at a time."""
    page = await queue.page(filters or Filters(), top=top)
    paths = [each.photo.path for each in page.photos]
    while page.next:
        page = await queue.page(filters or Filters(), top=top, after=QueuePlace.parse(page.next))
        paths += [each.photo.path for each in page.photos]
    return paths


@pytest.mark.parametrize("top", [1, 2, 3, 50])
def test_what_needs_it_most_comes_first_however_it_is_paged(top: int, server: SearchServer) -> None:
    async def check(queue: ReviewQueue) -> None:
        assert await walked(queue, top) == QUEUE

    as_editor(server, check)


def test_each_photo_says_all_that_is_to_be_looked_at(server: SearchServer) -> None:
    async def check(queue: ReviewQueue) -> None:
        page = await queue.page(Filters(), top=50)

        first, second, third, *_ = page.photos
        assert (first.reason, first.missing_fields, first.tags) == ("missing_fields", ["number", "kinds"], [])
        assert (second.reason, second.missing_fields) == ("missing_fields", ["kinds"])
        assert second.photo.alt_text_faults == ["long"]
        assert (third.reason, third.missing_fields, third.tags) == ("alt_text", [], ["ocean"])
        assert page.counts == {"missing_fields": 2, "alt_text": 1, "tags": 2, "unreviewed": 2}
        assert (await queue.page(Filters(), top=1, after=QueuePlace.parse(third_place(page.photos)))).counts == {}

    def third_place(photos: object) -> str:
        return f"alt_text~2005-01-01T00:00:00Z~{photo_id('a/alt.jpg')}"

    as_editor(server, check)


def test_filters_narrow_the_queue(server: SearchServer) -> None:
    async def check(queue: ReviewQueue) -> None:
        assert await walked(queue, 1, Filters(folder="a")) == ["a/alt.jpg", "a/tags.jpg"]
        assert await walked(queue, 1, Filters(reviewed=True)) == []

    as_editor(server, check)


def test_definitions_count_as_they_are_now(server: SearchServer) -> None:
    async def check(queue: ReviewQueue) -> None:
        put_in_force(Catalogue(fields=tuple(each.model_copy(update={"required": False}) for each in CATALOGUE.fields)))
        put_vocabulary_in_force(Vocabulary(terms=()))

        assert (await queue.page(Filters(), top=1)).counts == {
            "missing_fields": 0,
            "alt_text": 2,
            "tags": 0,
            "unreviewed": 5,
        }

    as_editor(server, check)


def test_hidden_photos_are_in_nobodys_queue_but_of_those_who_see_them(server: SearchServer) -> None:
    async def check(queue: ReviewQueue) -> None:
        assert await walked(queue, 3) == ["secret/nothing.jpg", *QUEUE]

    as_editor(server, check, person="ann")


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "alt_text~~x", f"no_reason~~{'0' * 32}", f"tags~2024-99-01T00:00:00Z~{'0' * 32}", "a~b~c~d"],
)
def test_a_place_is_one_that_was_given_out(text: str) -> None:
    with pytest.raises(BadRequest):
        QueuePlace.parse(text)


def test_photos_without_a_time_come_first() -> None:
    assert QueuePlace("tags", "", "0" * 32).odata == f"(sorted_at ne null or id gt '{'0' * 32}')"
