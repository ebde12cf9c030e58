"""Which settings suit a service: chosen on the tuning half of the images, and kept if they hold on the test half."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.confidence import Interval, paired_bootstrap
from benchmarks.retrieval_questions import Question
from benchmarks.retrieval_runs import Outcome, Results, Way
from shared.settings import Settings

WEIGHTS = (1.0, 3.0, 10.0, 30.0, 200.0)  # beside the default
DEFAULT_WEIGHT = float(Settings.model_fields["vector_weight"].default)
CANDIDATES = tuple(
    Way(f"SEMANTIC_RANKER={'on' if ranker else 'off'} VECTOR_WEIGHT={weight:g}", "hybrid", ranker, weight)
    for ranker in (True, False)
    for weight in (DEFAULT_WEIGHT, *WEIGHTS)
)
DEFAULT = CANDIDATES[0]


@dataclass(frozen=True)
class Choice:
    """The best of the candidates, and by how much it beats the default, in nDCG@10 with an interval."""

    way: Way
    gain: Interval


def choose(questions: Sequence[Question], results: Results) -> Choice:
    """The candidate with the highest nDCG@10, in which sentences, short queries and translations count the same."""
    gains = {way: _gains(questions, results[way.name]) for way in CANDIDATES}
    best = max(CANDIDATES, key=lambda way: sum(gains[way]))  # the default, where it is as good as any
    return Choice(best, compare(best, questions, results))


def compare(way: Way, questions: Sequence[Question], results: Results) -> Interval:
    """How much better a candidate is than the default."""
    ours, theirs = (_gains(questions, results[each.name]) for each in (way, DEFAULT))
    return paired_bootstrap(ours, theirs, [question.image for question in questions])


def is_better(chosen: Interval, confirmed: Interval) -> bool:
    """Whether a difference is more than noise on the half it was found on, and does not turn round on the other."""
    return chosen.low > 0 and confirmed.difference > 0


def advice(choice: Choice, confirmed: Interval) -> str:
    """The settings to use, and why."""
    if choice.way == DEFAULT:
        return f"The defaults are best on the tuning half:\n  {_lines(DEFAULT)}"
    way = choice.way if is_better(choice.gain, confirmed) else DEFAULT
    reason = "they hold" if way != DEFAULT else "that is no more than noise, or does not hold: keep the defaults"
    return (
        f"{choice.way.name} gains {choice.gain} nDCG@10 over the defaults on the tuning half, {confirmed} on the test "
        f"half; {reason}.\nSettings to use:\n  {_lines(way)}"
    )


def _lines(way: Way) -> str:
    return way.name.replace(" ", "\n  ")


def _gains(questions: Sequence[Question], outcomes: Sequence[Outcome]) -> list[float]:
    """nDCG@10 of every question, weighed so that each group has the same part in the mean."""
    sizes: Mapping[str, int] = Counter(map(_group, questions))
    share = len(questions) / len(sizes)
    return [
        outcome.score.gain * share / sizes[_group(question)]
        for question, outcome in zip(questions, outcomes, strict=True)
    ]


def _group(question: Question) -> str:
    return "short" if "word" in question.kind else question.kind if question.kind == "sentences" else "others"
