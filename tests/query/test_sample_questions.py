"""Sixty questions over the sample photos: nothing is answered with photos that do not show it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.query.conftest import QueryWorld, running_query_world
from tests.query.photos import photo
from tests.query.scripted_model import says
from tests.world import ROOT, World

HERE = Path(__file__).with_name("sample_questions")
LEAST_ANSWERED = 20  # of those that photos show: captions leave out a lot
EVERYTHING = " ".join(f"[{number}]" for number in range(1, 40))


def questions() -> dict[str, set[str]]:
    """The photos that show it, by question."""
    lines = (HERE / "questions.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return {question: set(filter(None, paths.split(" | "))) for question, paths in pairs}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryWorld]:
    """A world of its own with the samples, described."""
    records = json.loads((HERE / "photos.json").read_text(encoding="utf-8"))
    with running_query_world(tmp_path_factory.mktemp("samples"), [photo(**facts) for facts in records]) as world:
        yield world


def cited(world: World, question: str) -> set[str]:
    [choice] = world.ask(question)["choices"]
    return {each["path"] for each in choice["message"]["context"]["citations"]}


def test_the_questions_are_about_samples_and_a_third_about_none() -> None:
    asked = questions()

    assert (len(asked), sum(not paths for paths in asked.values())) == (60, 20)
    assert all((ROOT / "samples" / path).exists() for paths in asked.values() for path in paths)


def test_no_question_is_answered_with_photos_that_do_not_show_it(samples: QueryWorld) -> None:
    samples.model.script()

    answers = {question: cited(samples.world, question) for question in questions()}

    wrong = {question: answers[question] - shown for question, shown in questions().items()}
    assert {question: paths for question, paths in wrong.items() if paths} == {}
    assert sum(bool(paths) for paths in answers.values()) >= LEAST_ANSWERED


def test_not_even_by_a_model_that_cites_everything(samples: QueryWorld) -> None:
    unmatched = [question for question, paths in questions().items() if not paths]
    samples.model.script(*[says(EVERYTHING)] * len(unmatched))

    answers: dict[str, Any] = {question: cited(samples.world, question) for question in unmatched}

    assert {question for question, paths in answers.items() if paths} == set()
