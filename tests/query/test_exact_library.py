"""
Whatever a photo is named by comes first, in a made-up library: names, codes, creators and quotes.

EXACT_PHOTOS=10000 makes the library that large and asks for as many things of each kind as a minute allows.
"""

import asyncio
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.core.credentials import AzureKeyCredential
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient

from ingest.path_words import path_words
from query.search.library import Library
from query.search.typed_search import find_typed
from shared.photo import Photo
from shared.search.folding import text_tokens
from shared.search.index import PhotoIndex
from shared.search.search import Search
from tests.local.search.server import ADMIN_KEY, SearchServer
from tests.query.photos import photo

PHOTOS = int(os.environ.get("EXACT_PHOTOS", "300"))
CASES = max(20, PHOTOS // 30)  # of each kind
BATCH = 200  # aiohttp warns of bodies beyond 1 MB
DIMENSIONS = 16
NOUNS = [
    "boat",
    "harbour",
    "dog",
    "snow",
    "market",
    "bicycle",
    "tram",
    "bridge",
    "lake",
    "mountain",
    "child",
    "kite",
    "tower",
    "window",
    "garden",
    "train",
]
VERBS = ["waits", "sleeps", "runs", "shines", "stands", "turns", "leans", "floats", "rests", "falls"]
PLACES = ["beside", "behind", "under", "above", "near", "against"]
COLOURS = ["red", "blue", "green", "yellow", "grey", "white", "black", "orange"]
FIRST = [
    "Ann",
    "Jo",
    "Max",
    "Ida",
    "Léa",
    "José",
    "Zoë",
    "Karl",
    "Aya",
    "Olu",
    "Mia",
    "Finn",
    "Noor",
    "Ravi",
    "Jürgen",
    "Siân",
]
LAST = [
    "Example",
    "Doe",
    "Müller",
    "Ferrand",
    "García",
    "Ødegaard",
    "Straß",
    "Nakamura",
    "Okafor",
    "Novák",
    "Rossi",
    "Lindqvist",
]


@dataclass(frozen=True)
class Case:
    """A search, and the photos of which one must be first."""

    kind: str
    q: str
    right: frozenset[str]


class RandomModels:
    """Embeds every text as a direction of its own: meaning is no help here."""

    embedding_model, dimensions = "random", DIMENSIONS

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [_direction(text) for text in texts]


def _direction(text: str) -> list[float]:
    chance = random.Random(text)
    return [chance.gauss(0, 1) for _ in range(DIMENSIONS)]


def made_up_photos(count: int) -> list[Photo]:
    """Photos with names as cameras, shops and people give them; many share their words."""
    chance = random.Random(19)
    photos = [_photo(number, chance) for number in range(count)]
    return list({each.id: each for each in photos}.values())


def _photo(number: int, chance: random.Random) -> Photo:
    def words() -> str:
        return f"{chance.choice(COLOURS)} {chance.choice(NOUNS)}"

    names = (
        f"IMG_{number:04}.jpg", f"DSC{number:05}.JPG", f"{words()} {chance.randrange(99)}.jpg", f"{words()}.png",
        f"{words().title().replace(' ', '')}{number}.jpg", f"PXL_20230{number % 9 + 1}12_{number:09}.jpg",
        f"Straße {words()} ({number}).jpg", f"AB-{number:05}_{words().replace(' ', '-')}.webp",
    )  # fmt: skip
    caption = " and ".join(
        f"a {words()} {chance.choice(VERBS)} {chance.choice(PLACES)} the {words()}" for _ in range(2)
    )
    path = f"{chance.choice(NOUNS)}/{2000 + number % 24}/{number % 40}/{chance.choice(names)}"
    creators = [f"{chance.choice(FIRST)} {chance.choice(LAST)}"] if number % 3 == 0 else []
    text = f"No. {chance.choice('XYZ')}{number % 7}-{number:06}" if number % 4 == 0 else ""
    return photo(
        path, title=words(), caption=caption, tags=words().split(), creators=creators, text_in_photo=text,
        path_words=path_words(path), vector=_direction(path), taken_at=f"{2000 + number % 24}-05-01T12:00:00Z",
    )  # fmt: skip


def cases(photos: Sequence[Photo]) -> Iterator[Case]:
    """What photos are asked for by: as many as there are of each kind, spread over the library."""
    for kind, texts in _names(photos).items():
        chosen = random.Random(kind).sample(sorted(texts), min(CASES, len(texts)))
        yield from (Case(kind, q, frozenset(texts[q])) for q in chosen)
    captions = [(text_tokens(each.caption), each.path) for each in photos]
    chance = random.Random(3)
    for each in chance.sample(photos, min(CASES, len(photos))):
        words = each.caption.split()
        start = chance.randrange(len(words) - 3)
        phrase = words[start : start + 4]
        right = frozenset(path for tokens, path in captions if _has(tokens, text_tokens(" ".join(phrase))))
        yield Case("quotes", f'"{" ".join(phrase)}"', right)


def _names(photos: Sequence[Photo]) -> dict[str, dict[str, set[str]]]:
    names: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for each in photos:
        stem = each.file_name.rpartition(".")[0]
        names["file name"][each.file_name].add(each.path)
        names["file name in small letters"][each.file_name.lower()].add(each.path)
        names["name without extension"][stem].add(each.path)
        names["name in a question"][f"what can be seen in {each.file_name}?"].add(each.path)
        if each.text_in_photo:
            names["code in the picture"][each.text_in_photo.removeprefix("No. ")].add(each.path)
        if stem.startswith("AB-"):
            names["article number in the name"][stem.partition("_")[0]].add(each.path)
        for creator in each.creators:
            names["creator"][creator].add(each.path)
            names["photos by a creator"][f"photos by {creator.lower()}"].add(each.path)
    lower: dict[str, set[str]] = defaultdict(set)
    for name, paths in names["name without extension"].items():
        lower[name.lower()] |= paths
    for name in names["name without extension"]:
        names["name without extension"][name] = lower[name.lower()]
    return names


def _has(text: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(text[start : start + len(part)] == part for start in range(len(text)))


@asynccontextmanager
async def opened_index(server: SearchServer) -> Any:
    key = AzureKeyCredential(ADMIN_KEY)
    index = PhotoIndex(
        SearchClient(server.endpoint, "photos", key),
        SearchIndexClient(server.endpoint, key),
        name="photos",
        dimensions=DIMENSIONS,
        semantic=False,
    )
    try:
        await index.ready()
        yield index
    finally:
        await index.close()


async def missed(index: PhotoIndex, asked: Sequence[Case]) -> dict[str, list[str]]:
    """By kind, the searches whose first hit is another photo."""
    models: Any = RandomModels()
    library = Library(index, models, weight=50)
    wrong: dict[str, list[str]] = defaultdict(list)
    for case in asked:
        hits = (await find_typed(library, Search(q=case.q, top=3))).results.hits
        if not hits or hits[0].photo.path not in case.right:
            wrong[case.kind].append(f"{case.q}: {[hit.photo.path for hit in hits]}")
    return wrong


async def measure(server: SearchServer) -> tuple[Counter[str], dict[str, list[str]]]:
    photos = made_up_photos(PHOTOS)
    asked = list(cases(photos))
    async with opened_index(server) as index:
        for start in range(0, len(photos), BATCH):
            documents = [each.to_document() for each in photos[start : start + BATCH]]
            await index._documents.upload_documents(documents=documents)
        return Counter(case.kind for case in asked), await missed(index, asked)


def test_what_is_named_comes_first(tmp_path: Path) -> None:
    server = SearchServer(tmp_path)
    server.start()
    try:
        asked, wrong = asyncio.run(measure(server))
    finally:
        server.stop()

    for kind, count in asked.items():
        sys.stdout.write(f"{kind:<30} {count - len(wrong.get(kind, ())):>5} of {count}\n")
    assert set(asked) >= {"file name", "name without extension", "creator", "quotes", "code in the picture"}
    for kind, count in asked.items():
        assert len(wrong.get(kind, ())) <= count // 100, (kind, wrong[kind][:5])
