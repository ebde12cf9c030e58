"""What the retrieval benchmark asks and counts, and that its halves never mix."""

import pytest

from benchmarks.confidence import paired_bootstrap, share_interval
from benchmarks.retrieval_corpus import read_captions
from benchmarks.retrieval_journeys import JOURNEY, journey_documents, journey_questions, journeys
from benchmarks.retrieval_questions import (
    UNMATCHED,
    Question,
    half_of,
    nouns_of,
    read_questions,
    sentences,
    short_questions,
    unmatched_questions,
)
from benchmarks.retrieval_report import LEAST, figures_of, groups_of, report_cut
from benchmarks.retrieval_runs import WAYS, Cut, Outcome, Results, Score, image_of, judge_cut, score
from benchmarks.retrieval_samples import SAMPLES, sample_documents, sample_questions
from benchmarks.retrieval_services import DATA
from benchmarks.retrieval_tuning import CANDIDATES, DEFAULT, advice, choose, compare
from shared.photo import Photo
from shared.search.results import Hit

CAPTIONS = read_captions(DATA / "coco-captions.tsv")
NOUNS = nouns_of(CAPTIONS)


def test_every_image_is_in_one_half_and_all_that_is_asked_about_it_too() -> None:
    halves = [half_of(CAPTIONS, "tuning"), half_of(CAPTIONS, "test")]

    assert halves[0].keys().isdisjoint(halves[1])
    assert {**halves[0], **halves[1]} == half_of(CAPTIONS, "all") == CAPTIONS
    assert 450 < len(halves[1]) < 550
    for half in halves:
        questions = [*sentences(half), *short_questions(half, NOUNS)]
        questions += read_questions(DATA / "coco-translations.tsv", half.keys())
        assert all(question.right <= half.keys() and question.image in question.right for question in questions)


def test_short_questions_are_nouns_of_captions_that_are_not_indexed() -> None:
    captions = {
        "1": ["A boat.", "A dog on a beach.", "The dog and a ball."],
        "2": ["A dog.", "A dog in the snow.", "A brown dog."],
        "3": ["Snow.", "A beach."],
    }
    questions = short_questions(captions, frozenset({"dog", "beach", "snow", "boat", "ball"}))

    assert {question.kind for question in questions} == {"1 word", "2 words"}
    assert not any("boat" in question.text for question in questions)
    assert all(question.right == {"1", "2"} for question in questions if question.text == "dog")
    assert questions == short_questions(captions, frozenset({"dog", "beach", "snow", "boat", "ball"}))


def test_nouns_are_told_from_adjectives() -> None:
    assert {"dog", "kitchen", "zebras", "skateboard"} <= NOUNS
    assert not {"the", "with", "standing", "young", "large"} & NOUNS


def test_unmatched_questions_name_what_no_caption_holds_in_one_number_or_the_other() -> None:
    captions = {"1": ["Two dogs.", "A dog."], "2": ["A boat.", "Boats."]}

    questions = unmatched_questions(captions, frozenset({"dog", "boats", "zebra", "kite"}))

    assert {question.text for question in questions} == {"zebra", "kite"}
    assert all(question.kind == UNMATCHED and not question.right for question in questions)


@pytest.mark.parametrize(
    ("keys", "right", "expected"),
    [
        (["a", "b"], {"a"}, Score(1, 1, 1)),
        (["b", "c", "a"], {"a"}, Score(0, 1, 0.5)),
        (["a", "b"], {"a", "b"}, Score(1, 1, 1)),
        (["b"] * 10 + ["a"], {"a"}, Score(0, 0, 0)),
        ([], {"a"}, Score(0, 0, 0)),
        (["a"], set(), Score(0, 0, 0)),
    ],
)
def test_a_score_has_recall_and_gain(keys: list[str], right: set[str], expected: Score) -> None:
    assert score(keys, frozenset(right)) == pytest.approx(expected)


def test_a_cut_is_judged_by_its_likely_hits_and_by_the_first() -> None:
    hits = [Hit(Photo(id=name, path=f"{name}.jpg")) for name in "abc"]
    vars(hits[2])["likely"] = False

    assert judge_cut(hits, ["a", "b", "c"], frozenset({"a", "c"})) == Cut(2, 2, 1, True, True)
    assert judge_cut(hits[::-1], ["c", "b", "a"], frozenset({"c"})) == Cut(2, 1, 0, True, False)
    assert judge_cut([], [], frozenset()) == Cut(0, 0, 0, False, False)


def test_the_table_of_the_cut_has_false_alarms_and_lost_first_hits(capsys: pytest.CaptureFixture[str]) -> None:
    matched = [Question("dog", "visual", str(number), frozenset({"a"})) for number in range(4)]
    unmatched = [Question("zebra", UNMATCHED, str(number), frozenset()) for number in range(4)]
    right, lost = Cut(2, 1, 1, True, True), Cut(0, 1, 0, True, False)
    cuts = [right, right, right, lost, Cut(1, 0, 0, False, True), *[Cut(0, 0, 0, False, False)] * 3]

    report_cut("hybrid", [*matched, *unmatched], [Outcome(Score(1, 1, 1), cut) for cut in cuts])

    table = " ".join(capsys.readouterr().out.split())
    assert "visual 4 precision 0.500 recall 0.750 lost 0.250 (" in table
    assert "unmatched 4 false alarms 0.250 (" in table


def test_figures_have_an_interval_for_each_way_and_leave_out_groups_of_few_questions() -> None:
    asked = [Question("dog", "1 word", str(number), frozenset({"a"})) for number in range(LEAST)]
    few = [Question("chien", "fr", str(number), frozenset({"a"})) for number in range(LEAST - 1)]
    unmatched = [Question("zebra", UNMATCHED, str(number), frozenset()) for number in range(4)]
    likely, nothing = Cut(1, 0, 0, False, True), Cut(0, 0, 0, False, False)
    outcomes = [
        *[Outcome(Score(number % 2, 1, 0.75), nothing) for number in range(LEAST)],
        *[Outcome(Score(0, 0, 0), nothing)] * len(few),
        *[Outcome(Score(0, 0, 0), cut) for cut in (likely, nothing, nothing, nothing)],
    ]

    figures = figures_of([*asked, *few, *unmatched], {way.name: outcomes for way in WAYS})

    assert {kind["kind"]: kind["questions"] for kind in figures["kinds"]} == {"1 to 3 words": LEAST, "1 word": LEAST}
    of_one_word = figures["kinds"][1]["ways"]["hybrid"]
    assert of_one_word["recall_1"]["low"] < of_one_word["recall_1"]["mean"] == 0.5 < of_one_word["recall_1"]["high"]
    assert of_one_word["ndcg_10"] == {"mean": 0.75, "low": 0.75, "high": 0.75}
    assert figures["false_alarms"]["hybrid + ranker"] == {"mean": 0.25, "low": 0.046, "high": 0.699, "questions": 4}


def test_a_share_has_an_interval_also_where_there_is_no_hit() -> None:
    def interval(hits: int, of: int) -> list[float]:
        return [round(bound, 3) for bound in share_interval(hits, of)]

    assert interval(0, 19) == [0, 0.168]
    assert interval(19, 19) == [0.832, 1]
    assert interval(50, 100) == [0.404, 0.596]


def test_questions_are_grouped_by_kind_length_and_language_and_unmatched_ones_left_out() -> None:
    right = frozenset({"a"})
    questions = [
        Question("Fotos aus Graz", "metadata", "a", right, "de"),
        Question("dog", "1 word", "a", right),
        Question("un chien", "fr", "a", right, "fr"),
        Question("zebra", UNMATCHED, "b", frozenset(), "en"),
    ]

    assert groups_of(questions) == {
        "metadata": [0], "in de": [0], "up to 4 words of sense": [0], "1 word": [1], "1 to 3 words": [1], "fr": [2],
        "translations": [2],
    }  # fmt: skip


def test_the_questions_of_journeys_are_answered_by_what_the_photos_have() -> None:
    captions = dict(list(half_of(CAPTIONS, "test").items())[:300])
    all_ = journeys(captions)
    photos = {image_of(each.photo): each.photo for each in journey_documents(captions, all_)}
    questions = journey_questions(captions, all_, NOUNS)

    assert photos.keys() == captions.keys()
    assert {question.kind for question in questions} == {"visual", "metadata", "mixed", UNMATCHED}
    assert {question.language for question in questions} == {"en", "de", "fr", "es"}
    for question in questions:
        assert bool(question.right) == (question.kind != UNMATCHED)
        for field in ("city", "creator", "camera"):
            named = {value for photo in photos.values() if (value := getattr(photo, field)) and value in question.text}
            right = {getattr(photos[image], field) for image in question.right}
            assert not named or not question.right or right == named, question
    april = [each for each in questions if each.text == "April 2016"]
    assert [{(photos[image].taken_month) for image in each.right} for each in april] == [{"2016-04"}]
    assert all(len(each.images) <= JOURNEY for each in all_)
    assert journey_questions(captions, journeys(captions), NOUNS) == questions


def test_the_questions_of_the_samples_name_samples_and_are_of_all_kinds_and_languages() -> None:
    questions = sample_questions()
    paths = {path.relative_to(SAMPLES).as_posix().removesuffix(".jpg") for path in SAMPLES.rglob("*.*")}

    assert all(question.right <= paths for question in questions)
    assert all(bool(question.right) == (question.kind != UNMATCHED) for question in questions)
    assert {question.kind for question in questions} == {"visual", "metadata", "mixed", UNMATCHED}
    assert {question.language for question in questions} == {"en", "de", "fr", "es"}
    assert len({question.text for question in questions}) == len(questions) > 60


def test_the_samples_have_the_words_of_their_table_and_the_facts_of_their_files() -> None:
    documents = {each.photo.path: each for each in sample_documents()}

    photos = [path for path in SAMPLES.rglob("*.*") if path.name != "README.md"]
    assert documents.keys() == {path.relative_to(SAMPLES).as_posix() for path in photos}
    bee = documents["animals/DSC_0046.jpg"]
    assert (bee.photo.caption, bee.photo.camera) == ("A honey bee on a purple aster", "NIKON D50")
    assert "October 2006" in bee.text


def test_an_interval_spans_zero_where_nothing_is_certain() -> None:
    better = paired_bootstrap([1.0] * 40, [0.0] * 40, [str(number) for number in range(40)])
    chance = paired_bootstrap([1.0, 0.0] * 20, [0.0, 1.0] * 20, [str(number) for number in range(40)])

    assert (better.difference, better.low, better.high) == (1, 1, 1)
    assert chance.difference == 0
    assert chance.low < 0 < chance.high


def test_questions_about_one_image_count_as_one_observation() -> None:
    scores, others = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0] * 4, [0.5] * 32

    alone = paired_bootstrap(scores, others, [str(number) for number in range(32)])
    together = paired_bootstrap(scores, others, [str(number // 4) for number in range(32)])

    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    assert str(together).startswith("+0.000 (-0.")


# -- tuning -------------------------------------------------------------------------------

KINDS = ["sentences"] * 30 + ["1 word"] * 10
QUESTIONS = [Question("dog", kind, str(number), frozenset({"a"})) for number, kind in enumerate(KINDS)]


def results(gains: dict[str, list[float]], usual: float = 0.5) -> Results:
    """The outcome of every question in each of the candidates, by their gains."""
    nothing = Cut(0, 0, 0, False, False)
    return {
        way.name: [Outcome(Score(0, 0, gain), nothing) for gain in gains.get(way.name, [usual] * len(QUESTIONS))]
        for way in CANDIDATES
    }


def test_where_all_settings_are_the_same_the_defaults_stay() -> None:
    choice = choose(QUESTIONS, results({}))

    assert choice.way == DEFAULT
    assert "SEMANTIC_RANKER=on\n  VECTOR_WEIGHT=65" in advice(choice, choice.gain)


def test_few_questions_of_a_kind_count_as_much_as_many_of_another() -> None:
    other = CANDIDATES[3]
    found = results({other.name: [0.4] * 30 + [0.7] * 10})

    assert choose(QUESTIONS, found).way == other
    assert compare(other, QUESTIONS, found).difference == pytest.approx(0.05)


def test_settings_are_advised_only_if_they_hold_on_the_other_half() -> None:
    other = CANDIDATES[-1]
    choice = choose(QUESTIONS, results({other.name: [0.6] * 40}))
    better, worse = (compare(other, QUESTIONS, results({other.name: [gain] * 40})) for gain in (0.55, 0.45))

    assert choice.way == other
    assert f"Settings to use:\n  {other.name}".replace(" VECTOR", "\n  VECTOR") in advice(choice, better)
    assert "keep the defaults" in advice(choice, worse)
    assert "VECTOR_WEIGHT=65" in advice(choice, worse).rpartition("Settings to use")[2]
