"""The tables of the retrieval benchmark: means, differences to the better half, and how well the cut cuts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.confidence import Interval, paired_bootstrap, share_interval
from benchmarks.retrieval_questions import UNMATCHED, Question
from benchmarks.retrieval_runs import COMBINED_WAYS, SINGLE_WAYS, WAYS, Outcome, Results, Score
from query.search.query_text import significant_words

MEASURES = ("recall_1", "recall_10", "ndcg_10")  # the parts of a score, in their order
LEAST = 20  # questions of a group in the figures
LANGUAGES = {"de", "es", "fr"}


def groups_of(questions: Sequence[Question]) -> dict[str, list[int]]:
    """The numbers of the questions that have an answer by kind, all short ones, by length and by language."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        if question.right:
            for name in _groups_of(question):
                groups[name].append(number)
    return groups


def _groups_of(question: Question) -> set[str]:
    names = {question.kind}
    if "word" in question.kind:
        return names | {"1 to 3 words"}
    if question.kind in LANGUAGES:
        return names | {"translations"}
    if question.language:
        names |= {f"in {question.language}"}
    return names | {length(question)}


def length(question: Question) -> str:
    count = len(significant_words(question.text))
    return next((f"up to {most} words of sense" for most in (2, 4, 6, 8, 12) if count <= most), "more words of sense")


def mean(scores: Sequence[Score]) -> Score:
    return Score(*(sum(column) / len(scores) for column in zip(*scores, strict=True)))


def report(questions: Sequence[Question], results: Results) -> None:
    """A table for each group: the means, and for what combines both halves what that gains over the better one."""
    scores = {way.name: [outcome.score for outcome in results[way.name]] for way in WAYS}
    for name, members in sorted(groups_of(questions).items()):
        images = [questions[number].image for number in members]
        _report_group(name, {way: [each[number] for number in members] for way, each in scores.items()}, images)
    for way in COMBINED_WAYS:
        report_cut(way.name, questions, results[way.name])


def figures_of(questions: Sequence[Question], results: Results) -> dict[str, Any]:
    """
    For each group, the means of each way with their 95 % intervals by bootstrap over images.

    `false_alarms` is the share of unmatched questions that get likely hits, with Wilson's interval. Groups with so
    few questions that an interval says nothing are left out.
    """
    rows = []
    for kind, members in sorted(groups_of(questions).items()):
        if len(members) < LEAST:
            continue
        images = [questions[number].image for number in members]
        ways = {}
        for way, outcomes in results.items():
            columns = zip(*(outcomes[number].score for number in members), strict=True)
            ways[way] = {name: _mean_of(column, images) for name, column in zip(MEASURES, columns, strict=True)}
        rows.append({"kind": kind, "questions": len(members), "ways": ways})
    unmatched = [number for number, question in enumerate(questions) if question.kind == UNMATCHED]
    alarms = {
        way.name: _share_of([results[way.name][number].cut.likely > 0 for number in unmatched])
        for way in COMBINED_WAYS
        if unmatched
    }
    return {"kinds": rows, "false_alarms": alarms}


def _share_of(values: Sequence[bool]) -> dict[str, float]:
    low, high = share_interval(sum(values), len(values))
    mean = round(sum(values) / len(values), 3)
    return {"mean": mean, "low": round(low, 3), "high": round(high, 3), "questions": len(values)}


def _mean_of(values: Sequence[float], images: Sequence[str]) -> dict[str, float]:
    interval = paired_bootstrap(values, [0.0] * len(values), images)
    return {"mean": round(interval.difference, 3), "low": round(interval.low, 3), "high": round(interval.high, 3)}


def _report_group(name: str, scores: Mapping[str, Sequence[Score]], images: Sequence[str]) -> None:
    better = max((way.name for way in SINGLE_WAYS), key=lambda way: mean(scores[way]).gain)
    print(f"\n{name}, {len(images)} queries; differences to {better}")
    for way in WAYS:
        means = mean(scores[way.name])
        print(f"  {way.name:<16}{means.first:>7.3f}{means.ten:>7.3f}{means.gain:>7.3f}", end="")
        if way in COMBINED_WAYS:
            pairs = zip(zip(*scores[way.name], strict=True), zip(*scores[better], strict=True), strict=True)
            print("".join(f"   {paired_bootstrap(ours, theirs, images)}" for ours, theirs in pairs), end="")
        print()
    fused, ranked = ([score.gain for score in scores[way.name]] for way in COMBINED_WAYS)
    print(f"  the ranker over none{'':>17}{paired_bootstrap(ranked, fused, images)}")


def report_cut(way: str, questions: Sequence[Question], outcomes: Sequence[Outcome]) -> None:
    """
    How well the cut tells the likely hits from the others, by kind.

    Precision is of the likely hits how many are right, recall of the right ones in the window how many are likely.
    Lost is how often a right first hit is not likely. An unmatched question with a likely hit is a false alarm.
    """
    print(f"\nthe cut, {way}")
    by_kind: dict[str, list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        by_kind[question.kind].append(number)
    for kind, members in sorted(by_kind.items()):
        cuts = [outcomes[number].cut for number in members]
        images = [questions[number].image for number in members]
        if kind == UNMATCHED:
            print(f"  {kind:<16}{len(cuts):>6}   false alarms {share([cut.likely > 0 for cut in cuts], images)}")
            continue
        both, likely, right = (sum(getattr(cut, name) for cut in cuts) for name in ("both", "likely", "right"))
        firsts = [number for number in members if outcomes[number].cut.first_is_right]
        lost = [not outcomes[number].cut.first_is_likely for number in firsts]
        print(
            f"  {kind:<16}{len(cuts):>6}   precision {both / max(likely, 1):.3f}   recall {both / max(right, 1):.3f}"
            f"   lost {share(lost, [questions[number].image for number in firsts]) if lost else '-'}"
        )


def share(values: Sequence[bool], images: Sequence[str]) -> str:
    """How many of these are true, with its interval."""
    interval: Interval = paired_bootstrap([float(value) for value in values], [0.0] * len(values), images)
    return f"{interval.difference:.3f} ({interval.low:.3f} to {interval.high:.3f})"
