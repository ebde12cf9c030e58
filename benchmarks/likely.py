"""
How well searches know that there is nothing: unmatched queries with likely hits, and right hits that the cut takes.

    python -m benchmarks likely [--data FILE] [--half test|tuning] [--most N] [--ranker on|off]

The captions and queries are those of `python -m benchmarks retrieval`, whose unmatched ones are single nouns.
`data/unmatched.tsv` has further ones about things that none of the images shows: a query is left out where all captions
of one image together hold all words of it that count. The test half is not blind: `retrieval.md` says what was chosen
after it had been looked at.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.retrieval import caption_work, spread
from benchmarks.retrieval_corpus import Captions, read_captions
from benchmarks.retrieval_questions import UNMATCHED, Half, Question, half_of
from benchmarks.retrieval_runs import Document, index_documents
from benchmarks.retrieval_services import DATA, library_of, opened, running_parts
from query.search.library import Library
from query.search.photo_words import held_terms
from query.search.query_terms import query_terms
from shared.photo import Photo
from shared.search.results import Hit
from shared.search.search import Search

BATCH = 100
WINDOW = 50


@dataclass(frozen=True)
class Outcome:
    """What a search found: whether its first hit before the cut is right, whether that is likely, and how many are."""

    kind: str
    is_right: bool
    is_kept: bool
    likely: int


def unmatched_questions(path: Path, half: Half, captions: Captions) -> list[Question]:
    """The queries of a half that no image answers, by language."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    texts = [" ".join(each) for each in captions.values()]
    return [
        Question(text, f"{UNMATCHED} {language}", "", frozenset())
        for which, language, text in rows
        if which == half and not any(_shows(each, text) for each in texts)
    ]


def _shows(captions: str, query: str) -> bool:
    terms = query_terms(query)
    return len(held_terms(Photo(id="", path="", caption=captions), terms)) == len(terms)


async def ask(questions: Sequence[Question], library: Library) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for start in range(0, len(questions), BATCH):
        part = questions[start : start + BATCH]
        await library.cache_vectors([each.text for each in part])
        outcomes += [await _outcome(each, library) for each in part]
    return outcomes


async def _outcome(question: Question, library: Library) -> Outcome:
    results = await library.find(Search(q=question.text, top=WINDOW, fold=False))
    first = max(results.hits, key=_rank, default=None)
    is_right = first is not None and first.photo.path.removesuffix(".jpg") in question.right
    return Outcome(question.kind, is_right, is_right and first is not None and first.likely, results.total)


def _rank(hit: Hit) -> float:
    """What a hit was ranked by, before likely ones came first."""
    return hit.score if hit.reranker is None else hit.reranker


async def evaluate(
    environment: Mapping[str, str], documents: Sequence[Document], questions: Sequence[Question]
) -> list[Outcome]:
    async with opened(environment) as services:
        await index_documents(documents, services)
        return await ask(questions, await library_of(services))


def report(outcomes: Sequence[Outcome]) -> None:
    for kind in sorted({each.kind for each in outcomes}):
        group = [each for each in outcomes if each.kind == kind]
        if kind.startswith(UNMATCHED):
            alarms = sum(each.likely > 0 for each in group)
            print(f"{kind:<20}{len(group):>6} queries, {alarms / len(group):6.1%} answered with likely hits")
        else:
            _report_matched(kind, group)
    unmatched = [each for each in outcomes if each.kind.startswith(UNMATCHED)]
    print(f"{'all unmatched':<20}{len(unmatched):>6} queries, ", end="")
    print(f"{sum(each.likely > 0 for each in unmatched) / max(len(unmatched), 1):6.1%} answered with likely hits")
    _report_matched("all matched", [each for each in outcomes if not each.kind.startswith(UNMATCHED)])


def _report_matched(name: str, group: Sequence[Outcome]) -> None:
    right = [each for each in group if each.is_right]
    lost = sum(not each.is_kept for each in right) / max(len(right), 1)
    likely = sorted(each.likely for each in group)[len(group) // 2] if group else 0
    print(f"{name:<20}{len(group):>6} queries, {len(right)} right first hits, {lost:6.1%} of them cut off; ", end="")
    print(f"{likely} likely hits in the median")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks likely")
    options.add_argument("--data", type=Path, default=DATA / "coco-captions.tsv")
    options.add_argument("--half", choices=("test", "tuning"), default="test")
    options.add_argument("--most", type=int, help="at most so many queries that are matched")
    options.add_argument("--ranker", choices=("on", "off"), default="on")
    arguments = options.parse_args()
    half: Half = arguments.half
    everything = read_captions(arguments.data)
    captions = half_of(everything, half)
    translations = DATA / "coco-translations.tsv" if arguments.data.parent == DATA else None
    documents, matched = caption_work(captions, everything, translations)
    questions = spread(matched, arguments.most)
    questions += unmatched_questions(DATA / "unmatched.tsv", half, everything)
    with tempfile.TemporaryDirectory() as folder, running_parts(Path(folder)) as environment:
        outcomes = asyncio.run(evaluate(environment | {"SEMANTIC_RANKER": arguments.ranker}, documents, questions))
    print(f"{half}: {len(captions)} captions indexed, semantic ranker {arguments.ranker}")
    report(outcomes)
