"""Verdicts as an evaluation set: what people asked, and which photos they said were right or wrong."""

import json
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from shared.errors import SettingsError
from shared.search.index import PhotoIndex
from shared.services import Services
from shared.stores.feedback import Feedback

BATCH = 1000  # ids of one request
NOTHING_KEPT = "no verdict was kept with its question: set FEEDBACK to questions, and give it time"


@dataclass(frozen=True)
class JudgedQuestion:
    """A question, with the ids of the photos that are right and wrong; none is right where "none" was the answer."""

    query: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]

    def line(self) -> str:
        """One line of JSON, as `python -m benchmarks retrieval --questions` reads it."""
        return json.dumps({"query": self.query, "right": self.right, "wrong": self.wrong}, ensure_ascii=False)


async def export(services: Services) -> list[JudgedQuestion]:
    """The questions of all verdicts; SettingsError where none was kept. Photos that are gone are left out."""
    records = [each async for each in services.feedback.all() if each.question]
    if not records:
        raise SettingsError(NOTHING_KEPT)
    ids = {id_ for each in records for id_ in each.photos}
    return list(judged_questions(records, await _still_there(sorted(ids), services.index)))


async def _still_there(ids: Sequence[str], index: PhotoIndex) -> set[str]:
    parts = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    return {id_ for part in parts for id_ in await index.entries(part)}


def judged_questions(records: Iterable[Feedback], present: Set[str]) -> Iterator[JudgedQuestion]:
    """
    The judged questions, in the order they were first asked, without those of which no photo is left.

    A verdict on one photo outweighs those on answers, and a later one an earlier one. A bad answer says nothing of its
    photos: some of them may be right.
    """
    for question, verdicts in _by_question(records).items():
        judged: dict[str, str] = {}
        for each in sorted(verdicts, key=lambda each: each.about == "photo"):
            if each.about == "photo" or each.verdict == "up":
                judged |= dict.fromkeys(each.photos, each.verdict)
        right, wrong = (
            tuple(id_ for id_, verdict in judged.items() if verdict == way and id_ in present) for way in ("up", "down")
        )
        if right or wrong or _is_nothing(verdicts):
            yield JudgedQuestion(question, right, wrong)


def _by_question(records: Iterable[Feedback]) -> dict[str, list[Feedback]]:
    questions: dict[str, list[Feedback]] = {}
    for each in records:
        questions.setdefault(each.question, []).append(each)
    return questions


def _is_nothing(verdicts: Sequence[Feedback]) -> bool:
    """Whether the only thing that was judged, last, is an answer without photos, and that it was right."""
    return not any(each.photos for each in verdicts) and verdicts[-1].verdict == "up"
