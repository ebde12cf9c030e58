"""
How well searches find: keywords, vectors and both, on captions people wrote, by what is asked for.

    python -m benchmarks retrieval [--set captions|journeys|samples] [--data FILE] [--questions FILE] [--half test]
    python -m benchmarks retrieval --tune                        # which settings suit the services that are named
    python -m benchmarks retrieval --library --questions FILE    # a library that people use, and what they judged

`captions` indexes the first caption of every image of `--data` and asks for it by the others, by one to three nouns,
and for what no image shows; `journeys` gives those images places, dates, people and cameras, and `samples` are our
samples: both are asked for what is seen, for metadata, for both, and for what is not there. `retrieval_corpus.py` says
which files of captions are read, `retrieval_questions.py` which of questions. The images are split: numbers in the code
are chosen on the tuning half, and what is claimed is measured on the test half. Differences are against the better of
keywords and vector, by nDCG@10, with 95 % intervals by paired bootstrap over images.

It all goes through the app's own code and SDKs, to stand-ins for search and models, or to services that are named. The
index is one of its own, which is deleted at the end; with `--library` the index of the settings is searched, and not
touched. A half takes about four minutes with the stand-ins. `retrieval.md` says what was found.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.retrieval_corpus import Captions, CorpusError, read_captions
from benchmarks.retrieval_journeys import journey_documents, journey_questions, journeys
from benchmarks.retrieval_questions import (
    Half,
    Question,
    half_of,
    nouns_of,
    read_questions,
    sentences,
    short_questions,
    unmatched_questions,
)
from benchmarks.retrieval_report import figures_of, report
from benchmarks.retrieval_runs import WAYS, Document, Results, Way, caption_documents, evaluate, evaluate_library
from benchmarks.retrieval_samples import sample_documents, sample_questions
from benchmarks.retrieval_services import DATA, add_service_options, running_parts, running_services, scratch_index
from benchmarks.retrieval_tuning import CANDIDATES, DEFAULT, Choice, advice, choose, compare
from shared.azd_environment import load_settings
from shared.errors import PhotoError, SettingsError

Work = tuple[list[Document], list[Question]]  # what is indexed, and what is asked of it
FEW = 120  # queries of a kind that are asked where ten minutes must do for all benchmarks
TUNED = 400  # queries of a half for which settings are chosen, as each is asked in twelve ways


def spread(questions: Sequence[Question], most: int | None) -> list[Question]:
    """At most so many of them, evenly taken."""
    if most is None or most >= len(questions):
        return list(questions)
    return [questions[number * len(questions) // most] for number in range(most)]


def caption_work(captions: Captions, everything: Captions, further: Path | None) -> Work:
    """The captions of a half. What is a noun, all captions tell: it is not about images."""
    nouns = nouns_of(everything)
    questions = [*sentences(captions), *short_questions(captions, nouns), *unmatched_questions(captions, nouns)]
    questions += read_questions(further, captions.keys()) if further else ()
    return caption_documents({image: texts[0] for image, texts in captions.items()}), questions


def journey_work(captions: Captions, everything: Captions) -> Work:
    """The captions of a half as journeys."""
    all_ = journeys(captions)
    return journey_documents(captions, all_), journey_questions(captions, all_, nouns_of(everything))


def work_of(arguments: argparse.Namespace, half: Half) -> Work:
    """What the options say to index and to ask."""
    if arguments.set == "samples":
        return sample_documents(), sample_questions()
    everything = read_captions(arguments.data)
    captions = half_of(everything, half)
    if not captions:
        raise CorpusError(f"{arguments.data}: no image falls into the {half} half; use --half all")
    if arguments.set == "journeys":
        return journey_work(captions, everything)
    translations = DATA / "coco-translations.tsv" if arguments.data.parent == DATA else None
    return caption_work(captions, everything, arguments.questions or translations)


async def results_of(environment: Mapping[str, str], work: Work, *, ways: Sequence[Way] = WAYS, typed: bool) -> Results:
    """What comes of the questions, in an index of its own."""
    async with scratch_index(environment) as scratch:
        return await evaluate(scratch, *work, ways=ways, typed=typed)


def measure(*, large: bool) -> dict[str, Any]:
    """How well each way finds in the test half with the stand-ins, ready for JSON; all questions if `large`."""
    everything = read_captions(DATA / "coco-captions.tsv")
    documents, questions = caption_work(half_of(everything, "test"), everything, DATA / "coco-translations.tsv")
    kinds = {question.kind: [each for each in questions if each.kind == question.kind] for question in questions}
    asked = [each for kind in kinds.values() for each in spread(kind, None if large else FEW)]
    with tempfile.TemporaryDirectory() as folder, running_parts(Path(folder)) as environment:
        results = asyncio.run(results_of(environment, (documents, asked), typed=False))
    return {"photos": len(documents), "questions": len(asked), **figures_of(asked, results)}


def show(figures: dict[str, Any]) -> None:
    """A line for each kind of question and way."""
    print(f"{figures['photos']} photos indexed, {figures['questions']} queries; nDCG@10 with its 95 % interval")
    for kind in figures["kinds"]:
        print(f"{kind['kind']}, {kind['questions']} queries")
        for way, row in kind["ways"].items():
            gain = row["ndcg_10"]
            print(f"  {way:<16} {gain['mean']:.3f} ({gain['low']:.3f} to {gain['high']:.3f})")
    for way, share in figures["false_alarms"].items():
        print(
            f"likely hits for what is not there, {way}: {share['mean']:.3f} ({share['low']:.3f} to {share['high']:.3f})"
        )


async def tune(environment: Mapping[str, str], arguments: argparse.Namespace) -> str:
    """Choose settings on the tuning half, and look on the test half whether they hold."""
    halves: list[Half] = ["tuning", "test"]
    tuning, test = (
        (documents, _answered(questions, arguments.most))
        for documents, questions in (work_of(arguments, half) for half in halves)
    )
    choice: Choice = choose(tuning[1], await results_of(environment, tuning, ways=CANDIDATES, typed=False))
    if choice.way == DEFAULT:
        return advice(choice, choice.gain)
    results = await results_of(environment, test, ways=(DEFAULT, choice.way), typed=False)
    return advice(choice, compare(choice.way, test[1], results))


def _answered(questions: Sequence[Question], most: int | None) -> list[Question]:
    return spread([each for each in questions if each.right], most or TUNED)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options; those that contradict each other end the program."""
    options = argparse.ArgumentParser(prog="python -m benchmarks retrieval")
    options.add_argument("--set", choices=("captions", "journeys", "samples"), default="captions")
    options.add_argument("--data", type=Path, default=DATA / "coco-captions.tsv", help="captions: .tsv, .csv, .json(l)")
    options.add_argument("--questions", "--queries", type=Path, help="further questions, in any language")
    options.add_argument("--half", choices=("test", "tuning", "all"), default="test")
    options.add_argument("--most", type=int, help=f"at most so many queries ({TUNED} with --tune)")
    options.add_argument("--tune", action="store_true", help="print the settings to use")
    options.add_argument("--library", action="store_true", help="ask the index of the settings, which stays as it is")
    add_service_options(options)
    parsed = options.parse_args(arguments)
    if parsed.library and not parsed.questions:
        options.error("--library needs --questions FILE: python -m query feedback export makes one")
    if parsed.tune and (parsed.library or parsed.set != "captions"):
        options.error("--tune goes with captions")
    return parsed


def main() -> int:
    """Print the tables, or the settings to use."""
    arguments = parse()
    try:
        if arguments.library:
            _report_library(arguments)
        else:
            _report_scratch(arguments)
    except (CorpusError, SettingsError, PhotoError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _report_library(arguments: argparse.Namespace) -> None:
    load_settings(arguments)
    questions = spread(read_questions(arguments.questions), arguments.most)
    print(f"{len(questions)} queries; recall@1, recall@10, nDCG@10")
    report(questions, asyncio.run(evaluate_library(os.environ, questions)))


def _report_scratch(arguments: argparse.Namespace) -> None:
    work = None if arguments.tune else work_of(arguments, arguments.half)
    with tempfile.TemporaryDirectory() as folder, running_services(arguments, Path(folder)) as environment:
        if work is None:
            print(asyncio.run(tune(environment, arguments)))
            return
        documents, questions = work[0], spread(work[1], arguments.most)
        print(f"{len(documents)} photos indexed, {len(questions)} queries; recall@1, recall@10, nDCG@10")
        report(
            questions, asyncio.run(results_of(environment, (documents, questions), typed=arguments.set != "captions"))
        )
