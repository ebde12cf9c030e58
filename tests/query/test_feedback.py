"""Verdicts as an evaluation set."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from query import __main__ as command
from query.feedback import JudgedQuestion, judged_questions
from shared.stores.feedback import Feedback, Judged, Verdict


def said(verdict: Verdict, about: Judged, *photos: str, question: str = "boats") -> Feedback:
    return Feedback(at="2026-11-26T10:00:00Z", verdict=verdict, about=about, photos=photos, question=question)


@pytest.mark.parametrize(
    ("records", "right", "wrong"),
    [
        ([said("up", "answer", "a", "b")], ("a", "b"), ()),
        ([said("up", "photo", "a"), said("down", "photo", "b")], ("a",), ("b",)),
        ([said("down", "photo", "a"), said("up", "answer", "a", "b")], ("b",), ("a",)),
        ([said("up", "photo", "a"), said("down", "photo", "a")], (), ("a",)),
        ([said("down", "answer", "a", "b"), said("up", "photo", "b")], ("b",), ()),
        ([said("up", "answer", "a", "gone")], ("a",), ()),
        ([said("up", "answer")], (), ()),
    ],
)
def test_a_question_has_its_right_and_wrong_photos(
    records: list[Feedback], right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    assert list(judged_questions(records, {"a", "b"})) == [JudgedQuestion("boats", right, wrong)]


@pytest.mark.parametrize(
    "records",
    [
        [said("up", "answer", "gone")],
        [said("down", "answer", "a")],
        [said("down", "answer")],
        [said("up", "answer"), said("down", "answer")],
        [],
    ],
)
def test_what_says_nothing_of_photos_that_are_there_is_left_out(records: list[Feedback]) -> None:
    assert list(judged_questions(records, {"a"})) == []


def test_questions_come_in_their_order_as_lines_of_json() -> None:
    records = [
        said("up", "photo", "a", question="größer?"),
        said("up", "photo", "a"),
        said("up", "photo", "b", question="größer?"),
    ]

    lines = [json.loads(each.line()) for each in judged_questions(records, {"a", "b"})]

    assert lines == [
        {"query": "größer?", "right": ["a", "b"], "wrong": []},
        {"query": "boats", "right": ["a"], "wrong": []},
    ]


@dataclass
class FakeLibrary:
    """What `export` asks of the services: the verdicts, and which photos are still there."""

    settings: None = None
    records: list[Feedback] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    @property
    def feedback(self) -> "FakeLibrary":
        return self

    index = feedback

    async def all(self) -> AsyncIterator[Feedback]:
        for each in self.records:
            yield each

    async def entries(self, ids: list[str]) -> dict[str, None]:
        self.asked.append(len(ids))
        return {id_: None for id_ in ids if id_ != "gone"}

    async def close(self) -> None:
        pass


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> FakeLibrary:
    library = FakeLibrary()
    monkeypatch.setattr(command, "load_settings", lambda _: None)
    monkeypatch.setattr(command, "load", lambda: None)
    monkeypatch.setattr(command, "QuietServices", lambda _: library)
    return library


def test_the_command_writes_questions_to_a_file_or_prints_them(
    library: FakeLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library.records = [
        said("up", "answer", "a", "gone"),
        said("up", "photo", "b", question=""),
        said("up", "photo", "c"),
    ]
    file = tmp_path / "questions.jsonl"

    assert command.main(["feedback", "export"]) == 0
    assert command.main(["feedback", "export", "--output", str(file)]) == 0

    assert json.loads(capsys.readouterr().out) == {"query": "boats", "right": ["a", "c"], "wrong": []}
    assert json.loads(file.read_text(encoding="utf-8"))["query"] == "boats"


def test_the_command_asks_for_at_most_a_thousand_photos_at_a_time(library: FakeLibrary) -> None:
    library.records = [said("up", "photo", str(number)) for number in range(1500)]

    assert command.main(["feedback", "export"]) == 0
    assert library.asked == [1000, 500]


def test_without_questions_the_command_says_what_to_set(
    library: FakeLibrary, capsys: pytest.CaptureFixture[str]
) -> None:
    library.records = [said("up", "photo", "a", question="")]

    assert command.main(["feedback", "export"]) == 2
    assert "FEEDBACK" in capsys.readouterr().err
