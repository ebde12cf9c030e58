"""
How well searches find: keywords, vectors and both, on captions people wrote.

    python -m benchmarks retrieval [--data FILE] [--queries FILE] [--half test|tuning|all] [--most N]

`--data` has lines of `image id <TAB> caption`: the first caption of an image is indexed, the others are queries whose
only right answer is that image, and a few nouns of one are a query whose right answers are all images that have them.
`--queries` has lines of `language <TAB> image id <TAB> query`. The images are split: numbers in the code are chosen on
the tuning half, and what is claimed is measured on the test half, in an index of its own. Differences are against the
better of keywords and vector, by nDCG@10, with 95 % intervals. It all goes through the app's own code, and SDKs, to the
stand-ins for search and models; a half takes about four minutes. `retrieval.md` says what was found.
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
from typing import NamedTuple

from benchmarks.confidence import paired_bootstrap
from benchmarks.retrieval_questions import (
    Captions,
    Half,
    Question,
    half_of,
    nouns_of,
    read_captions,
    read_translations,
    sentences,
    short_questions,
)
from query.search.library import Library
from query.search.query_text import significant_words
from shared.models import Models
from shared.photo import Photo, photo_id
from shared.search.index import PhotoIndex
from shared.search.search import Mode, Search
from shared.services import Services
from shared.settings import load
from tests.machine import Azurite, free_port
from tests.world import KEY, Process, python, settings

DATA = Path(__file__).with_name("data")
BATCH = 100
DEPTH = 10
AT_ONCE = 4


@dataclass(frozen=True)
class Way:
    """One way to search: a mode, with or without the semantic ranker."""

    name: str
    mode: Mode
    ranker: bool = False


class Score(NamedTuple):
    """Of one question: whether the first hit is right, whether one of ten is, and nDCG@10."""

    first: float
    ten: float
    gain: float


SINGLE_WAYS = (Way("keywords", "keyword"), Way("vector", "vector"))
COMBINED_WAYS = (Way("hybrid", "hybrid"), Way("hybrid + ranker", "hybrid", ranker=True))
WAYS = (*SINGLE_WAYS, *COMBINED_WAYS)
Results = Mapping[str, Sequence[Score]]


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


def score(paths: Sequence[str], right: frozenset[str]) -> Score:
    """How well the first ten paths answer a question with these right images."""
    hits = [path.removesuffix(".jpg") in right for path in paths[:DEPTH]]
    gain = sum(1 / math.log2(rank + 2) for rank, hit in enumerate(hits) if hit)
    best = sum(1 / math.log2(rank + 2) for rank in range(min(len(right), DEPTH)))
    return Score(float(hits[:1] == [True]), float(any(hits)), gain / best)


async def ask(questions: Sequence[Question], library: Library, mode: Mode) -> list[Score]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def answer(question: Question) -> Score:
        async with slots:
            result = await library.find(Search(q=question.text, mode=mode, top=DEPTH))
        return score([hit.photo.path for hit in result.hits], question.right)

    scores: list[Score] = []
    for start in range(0, len(questions), BATCH):
        part = questions[start : start + BATCH]
        await library.cache_vectors([each.text for each in part])
        scores += await asyncio.gather(*(answer(each) for each in part))
    return scores


async def evaluate(environment: dict[str, str], captions: Mapping[str, str], questions: Sequence[Question]) -> Results:
    """The score of every question, by way."""
    results: dict[str, Sequence[Score]] = {}
    async with opened(environment) as services:
        await index_captions(captions, services.index, services.models)
    for way in WAYS:
        async with opened(environment | {"SEMANTIC_RANKER": "on" if way.ranker else "off"}) as services:
            library = Library(services.index, services.models, weight=services.settings.vector_weight)
            results[way.name] = await ask(questions, library, way.mode)
    return results


def groups_of(questions: Sequence[Question]) -> dict[str, list[int]]:
    """The numbers of the questions of each kind, of all short ones and translations, and of sentences by length."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        groups[question.kind].append(number)
        if question.kind == "sentences":
            groups[length(question)].append(number)
        else:
            groups["1 to 3 words" if "word" in question.kind else "translations"].append(number)
    return groups


def length(question: Question) -> str:
    count = len(significant_words(question.text))
    return next((f"up to {most} words of sense" for most in (4, 6, 8, 12) if count <= most), "more words of sense")


def mean(scores: Sequence[Score]) -> Score:
    return Score(*(sum(column) / len(scores) for column in zip(*scores, strict=True)))


def report(questions: Sequence[Question], results: Results) -> None:
    """A table for each group: the means, and for what combines both halves what that gains over the better one."""
    for name, members in sorted(groups_of(questions).items()):
        scores = {way.name: [results[way.name][number] for number in members] for way in WAYS}
        images = [questions[number].image for number in members]
        better = max((way.name for way in SINGLE_WAYS), key=lambda way: mean(scores[way]).gain)
        print(f"\n{name}, {len(members)} queries; differences to {better}")
        for way in WAYS:
            means = mean(scores[way.name])
            print(f"  {way.name:<16}{means.first:>7.3f}{means.ten:>7.3f}{means.gain:>7.3f}", end="")
            if way in COMBINED_WAYS:
                pairs = zip(zip(*scores[way.name], strict=True), zip(*scores[better], strict=True), strict=True)
                print("".join(f"   {paired_bootstrap(ours, theirs, images)}" for ours, theirs in pairs), end="")
            print()
        fused, ranked = ([score.gain for score in scores[way.name]] for way in COMBINED_WAYS)
        print(f"  the ranker over none{'':>17}{paired_bootstrap(ranked, fused, images)}")


def ask_everything(captions: Captions, everything: Captions, translations: Path | None) -> list[Question]:
    """All questions about these captions. What is a noun, all captions tell: it is not about images."""
    questions = [*sentences(captions), *short_questions(captions, nouns_of(everything))]
    return [*questions, *(read_translations(translations, captions) if translations else ())]


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks retrieval")
    options.add_argument("--data", type=Path, default=DATA / "coco-captions.tsv")
    options.add_argument("--queries", type=Path, help="further queries, in any language")
    options.add_argument("--half", choices=("test", "tuning", "all"), default="test")
    options.add_argument("--most", type=int, help="at most so many queries")
    arguments = options.parse_args()
    half: Half = arguments.half
    everything = read_captions(arguments.data)
    captions = half_of(everything, half)
    translations = arguments.queries or (DATA / "coco-translations.tsv" if arguments.data.parent == DATA else None)
    questions = spread(ask_everything(captions, everything, translations), arguments.most)
    print(f"{half}: {len(captions)} captions indexed, {len(questions)} queries; recall@1, recall@10, nDCG@10")
    with tempfile.TemporaryDirectory() as folder, running_parts(Path(folder)) as environment:
        first = {image: texts[0] for image, texts in captions.items()}
        report(questions, asyncio.run(evaluate(environment, first, questions)))
