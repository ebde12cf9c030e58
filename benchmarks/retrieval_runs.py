"""Questions asked in each way to search, through the app's own code, and what came of each."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from benchmarks.retrieval_questions import Question
from benchmarks.retrieval_services import ReadOnlyServices, library_of, opened
from query.search.library import Library
from query.search.typed_search import find_typed
from shared.embedded_text import text_to_embed
from shared.photo import Photo, photo_id
from shared.search.results import Hit
from shared.search.search import Mode, Search
from shared.services import Services
from shared.settings import load

BATCH = 100
DEPTH = 10
WINDOW = 50  # hits in which the cut is judged
AT_ONCE = 4
PATIENCE = 300.0  # seconds for a service to show what was written


@dataclass(frozen=True)
class Way:
    """One way to search: a mode, with or without the semantic ranker, and how much the vector weighs."""

    name: str
    mode: Mode
    ranker: bool = False
    weight: float | None = None  # the default

    @property
    def settings(self) -> dict[str, str]:
        weight = {"VECTOR_WEIGHT": str(self.weight)} if self.weight else {}
        return {"SEMANTIC_RANKER": "on" if self.ranker else "off", **weight}


class Score(NamedTuple):
    """Of one question: whether the first hit is right, whether one of ten is, and nDCG@10."""

    first: float
    ten: float
    gain: float


class Cut(NamedTuple):
    """Of one question, among the first fifty hits: how many are likely, right, and both, and what the first one is."""

    likely: int
    right: int
    both: int
    first_is_right: bool
    first_is_likely: bool


class Outcome(NamedTuple):
    """What came of a question; nothing is right about an unmatched one, whose score is 0."""

    score: Score
    cut: Cut


SINGLE_WAYS = (Way("keywords", "keyword"), Way("vector", "vector"))
COMBINED_WAYS = (Way("hybrid", "hybrid"), Way("hybrid + ranker", "hybrid", ranker=True))
WAYS = (*SINGLE_WAYS, *COMBINED_WAYS)
Results = Mapping[str, Sequence[Outcome]]
KeyOf = Callable[[Photo], str]


@dataclass(frozen=True)
class Document:
    """A photo without its vector."""

    photo: Photo

    @property
    def text(self) -> str:
        """What the vector is made from, as the app does it."""
        return text_to_embed(self.photo)


def caption_documents(captions: Mapping[str, str]) -> list[Document]:
    """Each caption as the document of a photo of its own."""
    paths = {f"{image}.jpg": caption for image, caption in captions.items()}
    return [Document(Photo(id=photo_id(each), path=each, file_name=each, caption=paths[each])) for each in paths]


def image_of(photo: Photo) -> str:
    """What questions call a photo that was made for them."""
    return photo.path.removesuffix(".jpg")


async def index_documents(documents: Sequence[Document], services: Services) -> None:
    """Embed and write all, and wait until the service shows them: Azure takes a while."""
    index = services.index
    for start in range(0, len(documents), BATCH):
        part = documents[start : start + BATCH]
        vectors = await services.models.embed([each.text for each in part])
        for each, vector in zip(part, vectors, strict=True):
            await index.put(replace(each.photo, vector=vector))
    deadline = time.monotonic() + PATIENCE
    while await index.count() < len(documents):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the index does not show {len(documents)} photos after {PATIENCE:.0f} seconds")
        await asyncio.sleep(1)


def score(keys: Sequence[str], right: frozenset[str]) -> Score:
    """How well the first ten hits answer a question with these right photos."""
    if not right:
        return Score(0, 0, 0)
    hits = [key in right for key in keys[:DEPTH]]
    gain = sum(1 / math.log2(rank + 2) for rank, hit in enumerate(hits) if hit)
    best = sum(1 / math.log2(rank + 2) for rank in range(min(len(right), DEPTH)))
    return Score(float(hits[:1] == [True]), float(any(hits)), gain / best)


def judge_cut(hits: Sequence[Hit], keys: Sequence[str], right: frozenset[str]) -> Cut:
    """How the likely hits agree with the right ones."""
    likely = [getattr(hit, "likely", True) for hit in hits]
    are_right = [key in right for key in keys]
    both = sum(one and other for one, other in zip(likely, are_right, strict=True))
    return Cut(sum(likely), sum(are_right), both, are_right[:1] == [True], likely[:1] == [True])


async def ask(
    questions: Sequence[Question], library: Library, way: Way, *, key_of: KeyOf = image_of, typed: bool = False
) -> list[Outcome]:
    """What comes of each question; `typed` reads dates and places in it, as the search box does."""
    slots = asyncio.Semaphore(AT_ONCE)
    top = WINDOW if way in COMBINED_WAYS else DEPTH

    async def answer(question: Question) -> Outcome:
        async with slots:
            search = Search(q=question.text, mode=way.mode, top=top)
            result = (await find_typed(library, search)).results if typed else await library.find(search)
        keys = [key_of(hit.photo) for hit in result.hits]
        return Outcome(score(keys, question.right), judge_cut(result.hits, keys, question.right))

    outcomes: list[Outcome] = []
    for start in range(0, len(questions), BATCH):
        part = questions[start : start + BATCH]
        await library.cache_vectors([each.text for each in part])
        outcomes += await asyncio.gather(*(answer(each) for each in part))
    return outcomes


async def evaluate(
    environment: Mapping[str, str],
    documents: Sequence[Document],
    questions: Sequence[Question],
    *,
    ways: Sequence[Way] = WAYS,
    typed: bool = False,
) -> Results:
    """What came of every question, by way, in the index of these settings, which is filled first."""
    async with opened(environment) as services:
        await index_documents(documents, services)
    results: dict[str, Sequence[Outcome]] = {}
    for way in ways:
        async with opened({**environment, **way.settings}) as services:
            results[way.name] = await ask(questions, await library_of(services), way, typed=typed)
    return results


async def evaluate_library(environment: Mapping[str, str], questions: Sequence[Question]) -> Results:
    """The same in a library that people use, which is searched and not touched; the right photos are ids."""
    results: dict[str, Sequence[Outcome]] = {}
    for way in WAYS:
        async with _opened_to_read({**environment, **way.settings}) as services:
            library = await library_of(services)
            results[way.name] = await ask(questions, library, way, key_of=lambda photo: photo.id, typed=True)
    return results


@asynccontextmanager
async def _opened_to_read(environment: Mapping[str, str]) -> AsyncIterator[Services]:
    services = ReadOnlyServices(load(environment))
    try:
        yield services
    finally:
        await services.close()
