"""Photos are found by keywords however they are written, in any script, and an existing index learns it."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient

from ingest.path_words import path_words
from query.search.library import Library
from query.search.typed_search import find_typed
from shared.edited_documents import EditedDocuments
from shared.edits import FieldEdit, PhotoEdits
from shared.embedding_model import TextVector
from shared.photo import Photo
from shared.search.filters import Filters
from shared.search.index import PhotoIndex
from shared.search.search import Search
from tests.ingest.fakes import FakeEdits, FakeTickets
from tests.local.search.server import ADMIN_KEY, SearchServer
from tests.query.photos import photo

MODELS: Any = None  # keywords need none
DECOMPOSED = unicodedata.normalize("NFD", "Besançon")


def made(path: str, **facts: Any) -> Photo:
    return photo(path, path_words=path_words(path), vector=[1.0, 0.0], **facts)


PHOTOS = (
    made("cafe.jpg", caption="A terrace of a café at night."),
    made("strasse.jpg", text_in_photo="Lange Straße 12"),
    made("wide.jpg", text_in_photo="ＡＢＣ１２３ ｶﾒﾗ"),
    made("besancon.jpg", keywords=[DECOMPOSED]),
    made("fuji.jpg", caption="湖から見える富士山。"),
    made("tokyo.jpg", keywords=["東京タワー"]),
    made("ueno.jpg", keywords=["京都"]),
    made("sea.jpg", keywords=["البحر"]),
    made("house.jpg", keywords=["הבית"]),
    made("lake.jpg", keywords=["озёра"], creators=["Léa Øverland"]),
    made("Ünter den Linden.jpg", city="Zürich", taken_at="2019-05-01T12:00:00Z"),
    made(
        "number.jpg", text_in_photo="Art. 4711-ÄB", city="Geneve", keywords=["Foret"], creators=["Zoe"], tags=["cafe"]
    ),
)


@asynccontextmanager
async def opened(server: SearchServer, name: str = "languages", language: str = "en") -> AsyncIterator[PhotoIndex]:
    key = AzureKeyCredential(ADMIN_KEY)
    clients = SearchClient(server.endpoint, name, key), SearchIndexClient(server.endpoint, key)
    index = PhotoIndex(*clients, name=name, dimensions=2, semantic=False, language=language)
    try:
        yield index
    finally:
        await index.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchServer]:
    server = SearchServer(tmp_path_factory.mktemp("languages"))
    server.start()
    try:
        asyncio.run(fill(server))
        yield server
    finally:
        server.stop()


async def fill(server: SearchServer) -> None:
    async with opened(server) as index:
        await asyncio.gather(*(index.put(each) for each in PHOTOS))


async def paths(index: PhotoIndex, q: str, **options: Any) -> list[str]:
    search = Search(q=q, mode="keyword", **options)
    return [hit.photo.path for hit in (await find_typed(Library(index, MODELS, weight=65), search)).results.hits]


@pytest.mark.parametrize(
    ("q", "path"),
    [
        ("cafe", "cafe.jpg"),
        ("café", "cafe.jpg"),
        (unicodedata.normalize("NFD", "café"), "cafe.jpg"),
        ("strasse", "strasse.jpg"),
        ("STRASSE", "strasse.jpg"),
        ("straße", "strasse.jpg"),
        ("abc123", "wide.jpg"),
        ("ａｂｃ１２３", "wide.jpg"),
        ("カメラ", "wide.jpg"),
        ("besançon", "besancon.jpg"),
        ("besancon", "besancon.jpg"),
        ("富士", "fuji.jpg"),
        ("富士山", "fuji.jpg"),
        ("富士山の写真", "fuji.jpg"),
        ("タワー", "tokyo.jpg"),
        ("東京", "tokyo.jpg"),
        ("بحر", "sea.jpg"),
        ("الْبَحْر", "sea.jpg"),
        ("בית", "house.jpg"),
        ("בבית", "house.jpg"),
        ("озеро", "lake.jpg"),
        ("озёрами", "lake.jpg"),
        ("unter den linden", "Ünter den Linden.jpg"),
        ("unter den linden.jpg", "Ünter den Linden.jpg"),
        ("4711-ab", "number.jpg"),
    ],
)
async def test_a_photo_is_found_first_however_it_is_written(server: SearchServer, q: str, path: str) -> None:
    async with opened(server) as index:
        assert (await paths(index, q))[:1] == [path]
        assert path in await paths(index, q, sort="newest")


async def test_a_word_of_a_script_without_spaces_is_more_than_its_signs(server: SearchServer) -> None:
    async with opened(server) as index:
        assert await paths(index, "京都") == ["ueno.jpg"]  # and not 東京


@pytest.mark.parametrize("q", ['"cafe at night"', '"CAFÉ AT NIGHT"', '"lange strasse"', '"lea overland"'])
async def test_phrases_in_quotes_are_folded(server: SearchServer, q: str) -> None:
    async with opened(server) as index:
        assert len(await paths(index, q)) == 1


async def test_creators_and_places_are_named_without_their_accents(server: SearchServer) -> None:
    async with opened(server) as index:
        library = Library(index, MODELS, weight=65)
        [best, *_] = (await library.find(Search(q="photos by lea overland", mode="keyword"))).hits
        typed = await find_typed(library, Search(q="zurich 2019", mode="keyword"))
        about = await library.find(Search(filters=Filters(about_place="zurich")))

    assert (best.photo.path, best.source) == ("lake.jpg", "exact")
    assert typed.filters == {"place": "Zürich", "taken_in": "2019"}
    assert [hit.photo.path for hit in about.hits] == ["Ünter den Linden.jpg"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_filters_find_what_is_written_without_the_accents_they_have(server: SearchServer, form: Any) -> None:
    def typed(text: str) -> str:
        return unicodedata.normalize(form, text)

    async with opened(server) as index:
        library = Library(index, MODELS, weight=65)

        async def filtered(**filters: Any) -> list[str]:
            return [hit.photo.path for hit in (await library.find(Search(filters=Filters(**filters)))).hits]

        assert await filtered(place=typed("Genève")) == ["number.jpg"]
        assert await filtered(place=typed("Zürich")) == ["Ünter den Linden.jpg"]
        assert await filtered(made_by=typed("Zoé")) == ["number.jpg"]
        assert await filtered(made_by=typed("Léa")) == ["lake.jpg"]
        assert await filtered(filed_under=typed("forêt")) == ["number.jpg"]
        assert "number.jpg" not in await filtered(without=[typed("café")])


async def test_an_existing_index_learns_another_language_and_forgets_none(server: SearchServer) -> None:
    boats = made("de.jpg", caption="Kinder mit Booten auf dem See", caption_language="de")
    bridge = made("ja.jpg", caption="橋を渡る人", caption_language="ja")
    async with opened(server, "others") as english:
        await english.put(boats)
    async with opened(server, "others", "de") as german:
        assert await paths(german, "Boot") == []
        await german.touch(boats.id, **german.words_of(boats))
        assert await paths(german, "Boot") == ["de.jpg"]
    async with opened(server, "others", "ja") as japanese:
        await japanese.put(bridge)
        assert await paths(japanese, "Boot") == ["de.jpg"]
        assert await paths(japanese, "渡る") == ["ja.jpg"]


async def test_what_somebody_writes_over_it_is_found_however_it_is_written(server: SearchServer) -> None:
    async def embed(texts: Sequence[str]) -> list[TextVector]:
        return [TextVector([0.0, 1.0], "r") for _ in texts]

    indexed, edits, tickets = made("edited.jpg", title="A town"), FakeEdits(), FakeTickets()
    change = {"title": FieldEdit(value="Kraków", by="ann", at="", digest=indexed.digest)}
    await edits.write(PhotoEdits(id=indexed.id).changed(change, by="ann", at=datetime(2026, 1, 1, tzinfo=UTC)))
    stores: Any = edits, tickets
    async with opened(server, "edited") as index:
        await index.put(indexed)
        await EditedDocuments(stores[0], index, stores[1], embed).follow(indexed.id)

        assert await paths(index, "krakow") == ["edited.jpg"]


async def test_a_year_is_also_that_of_a_folder_whatever_the_clock_of_the_scanner_said(server: SearchServer) -> None:
    async with opened(server, "years") as index:
        await index.put(made("1987 Strand/scan.jpg", caption="A deck chair.", taken_at="2010-05-01T12:00:00Z"))
        await index.put(made("new/chair.jpg", caption="A deck chair.", taken_at="1987-05-01T12:00:00Z"))
        await index.put(made("new/IMG_1987.jpg", caption="A deck chair.", taken_at="2020-05-01T12:00:00Z"))

        typed = await find_typed(Library(index, MODELS, weight=65), Search(q="deck chair 1987", mode="keyword"))

    assert typed.filters == {"taken_in": "1987"}
    assert {hit.photo.path for hit in typed.results.hits} == {"1987 Strand/scan.jpg", "new/chair.jpg"}
