"""
How well searches find: keywords, vectors and both, on captions people wrote.

    python -m benchmarks retrieval [--data FILE] [--queries FILE] [--most N]

`--data` has lines of `image id <TAB> caption`: the first caption of an image is indexed, the others are
queries whose only right answer is that image. `--queries` has lines of `language <TAB> image id <TAB> query`.
It all goes through the app's own code, and SDKs, to the stand-ins for search and models. The whole of the
data kept here takes some ten minutes, most of it to embed; `--most 500` takes 500 queries evenly spread.
"""

import argparse
import asyncio
import math
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from query.search.library import Library, Mode, Search
from query.search.query_text import significant_words
from shared.models import Models
from shared.photo import Photo, photo_id
from shared.search.index import PhotoIndex
from shared.services import Services
from shared.settings import load
from tests.machine import Azurite, free_port
from tests.world import KEY, Process, python, settings

DATA = Path(__file__).with_name("data")
BATCH = 100
DEPTH = 10
AT_ONCE = 4


@dataclass(frozen=True)
class Question:
    """A query, its language, and the id of the one photo that answers it."""

    text: str
    language: str
    right: str


@dataclass(frozen=True)
class Way:
    """One way to search: a mode, with or without the semantic ranker."""

    name: str
    mode: Mode
    ranker: bool = False


WAYS = (
    Way("keywords", "keyword"),
    Way("vector", "vector"),
    Way("hybrid", "hybrid"),
    Way("hybrid + ranker", "hybrid", ranker=True),
)
Ranks = Mapping[str, Sequence[int | None]]


def read_captions(path: Path) -> dict[str, list[str]]:
    """The captions of every image, in order."""
    captions: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        image, _, caption = line.partition("\t")
        captions[image].append(caption)
    return dict(captions)


def read_questions(path: Path) -> list[Question]:
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return [Question(text, language, image) for language, image, text in rows]


def spread(questions: Sequence[Question], most: int | None) -> list[Question]:
    """At most so many of them, evenly taken."""
    if most is None or most >= len(questions):
        return list(questions)
    return [questions[number * len(questions) // most] for number in range(most)]


@contextmanager
def running_parts(folder: Path) -> Iterator[dict[str, str]]:
    """The stand-ins for search and models, and the app settings that lead there."""
    search_port, models_port = free_port(), free_port()
    search_url, models_url = f"http://127.0.0.1:{search_port}", f"http://127.0.0.1:{models_port}"
    data = str(folder / "index")
    parts = [
        Process(
            "search",
            python("local.search", "--port", str(search_port), "--data", data),
            f"{search_url}/__health",
            folder,
            {"SEARCH_KEY": KEY},
        ),
        Process("models", python("local.models", "--port", str(models_port)), f"{models_url}/__health", folder),
    ]
    try:
        for part in parts:
            part.start()
        yield settings(Azurite(folder), models_url, search_url)
    finally:
        for part in parts:
            part.stop()


@asynccontextmanager
async def opened(environment: Mapping[str, str]) -> AsyncIterator[Services]:
    services = Services(load(environment))
    try:
        yield services
    finally:
        await services.index.close()
        await services.models.close()


async def index_captions(captions: Mapping[str, str], index: PhotoIndex, models: Models) -> None:
    """Each caption becomes the document of a photo of its own."""
    items = list(captions.items())
    for start in range(0, len(items), BATCH):
        part = items[start : start + BATCH]
        vectors = await models.embed([caption for _, caption in part])
        for (image, caption), vector in zip(part, vectors, strict=True):
            path = f"{image}.jpg"
            await index.put(Photo(id=photo_id(path), path=path, file_name=path, caption=caption, vector=vector))


async def ranks(questions: Sequence[Question], library: Library, mode: Mode) -> list[int | None]:
    """The rank, from 0, of each question's photo among the first ten; None where it is not among them."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def rank(question: Question) -> int | None:
        async with slots:
            result = await library.find(Search(q=question.text, mode=mode, top=DEPTH))
        paths = [hit.photo.path for hit in result.hits]
        right = f"{question.right}.jpg"
        return paths.index(right) if right in paths else None

    ranks_so_far: list[int | None] = []
    for start in range(0, len(questions), BATCH):
        part = questions[start : start + BATCH]
        await library.cache_vectors([each.text for each in part])
        ranks_so_far += await asyncio.gather(*(rank(each) for each in part))
    return ranks_so_far


async def evaluate(environment: dict[str, str], captions: Mapping[str, str], questions: Sequence[Question]) -> Ranks:
    results: dict[str, Sequence[int | None]] = {}
    async with opened(environment) as services:
        await index_captions(captions, services.index, services.models)
    for way in WAYS:
        async with opened(environment | {"SEMANTIC_RANKER": "on" if way.ranker else "off"}) as services:
            library = Library(services.index, services.models, weight=services.settings.vector_weight)
            results[way.name] = await ranks(questions, library, way.mode)
    return MappingProxyType(results)


def scores(ranks: Sequence[int | None]) -> tuple[float, float, float]:
    """Recall@1, recall@10 and nDCG@10, with one right answer to each question."""
    gains = [0.0 if rank is None else 1 / math.log2(rank + 2) for rank in ranks]
    count = len(ranks) or 1
    return (
        sum(rank == 0 for rank in ranks) / count,
        sum(rank is not None for rank in ranks) / count,
        sum(gains) / count,
    )


def length(question: Question) -> str:
    count = len(significant_words(question.text))
    return next((f"up to {most} words" for most in (4, 6, 8, 12) if count <= most), "more words")


def report(questions: Sequence[Question], results: Ranks) -> None:
    """The table: all questions by language, and by how many significant words they have."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        groups[question.language].append(number)
    for number, question in sorted(enumerate(questions), key=lambda pair: len(significant_words(pair[1].text))):
        groups[length(question)].append(number)
    print(f"\n{'questions':<16}{'':>6}  {'':<16}{'recall@1':>10}{'recall@10':>11}{'nDCG@10':>9}")
    for name, members in groups.items():
        for way in WAYS:
            first, ten, gain = scores([results[way.name][number] for number in members])
            print(f"{name:<16}{len(members):>6}  {way.name:<16}{first:>10.3f}{ten:>11.3f}{gain:>9.3f}")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks retrieval")
    options.add_argument("--data", type=Path, default=DATA / "coco-captions.tsv")
    options.add_argument("--queries", type=Path, help="further queries, in any language")
    options.add_argument("--most", type=int, help="at most so many queries of the data")
    arguments = options.parse_args()
    captions = read_captions(arguments.data)
    asked = [Question(text, "as captions", image) for image, texts in captions.items() for text in texts[1:]]
    questions = spread(asked, arguments.most)
    translations = arguments.queries or (DATA / "coco-translations.tsv" if arguments.data.parent == DATA else None)
    if translations:
        questions += [each for each in read_questions(translations) if each.right in captions]
    print(f"{len(captions)} captions indexed, {len(questions)} queries")
    with tempfile.TemporaryDirectory() as folder, running_parts(Path(folder)) as environment:
        first = {image: texts[0] for image, texts in captions.items()}
        report(questions, asyncio.run(evaluate(environment, first, questions)))
