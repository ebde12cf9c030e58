"""CitationFilter: what is cited was found, whatever pieces the model's words come in."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from query.chat.citations import CitationFilter, Citations, without_citations
from shared.photo import Photo

TEXT = st.text(alphabet="ab [],123 45【】†\n", max_size=80)


def citations(count: int) -> Citations:
    made = Citations()
    made.add(Photo(id=f"{number:032x}", path=f"{number}.jpg") for number in range(count))
    return made


def passed(text: str, count: int, cuts: list[int] | None = None) -> tuple[str, Citations]:
    """What is left of a text that comes in pieces, and the citations afterwards."""
    found = citations(count)
    markers = CitationFilter(found)
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts or ())})
    pieces = [text[start:end] for start, end in pairwise(places)]
    return "".join([*(markers.feed(piece) for piece in pieces), markers.rest()]), found


def test_a_marker_of_a_photo_that_was_found_stays_and_counts() -> None:
    said, found = passed("A dog [1] and a cat [2].", 3)

    assert said == "A dog [1] and a cat [2]."
    assert found.cited == {1, 2}


def test_a_marker_of_nothing_is_removed_with_its_space() -> None:
    assert passed("A dog [7], a cat [0] and [99999] more.", 2)[0] == "A dog, a cat and more."


def test_several_numbers_in_one_marker_are_taken_apart() -> None:
    assert passed("Both [1, 2, 9] here.", 2)[0] == "Both [1][2] here."


def test_the_markers_of_other_services_are_understood() -> None:
    assert passed("A dog 【1†source】 and 【8†source】.", 2)[0] == "A dog [1] and."


def test_brackets_that_are_no_markers_are_left_alone() -> None:
    text = "A list [a, b], an array[x] and [1.5] or [2024-05]."

    assert passed(text, 1)[0] == text


@given(TEXT, st.lists(st.integers(0, 1000)), st.integers(0, 5))
def test_pieces_make_no_difference(text: str, cuts: list[int], count: int) -> None:
    assert passed(text, count, cuts)[0] == passed(text, count)[0]


@given(TEXT, st.lists(st.integers(0, 1000)), st.integers(0, 5))
def test_nothing_is_cited_that_was_not_found(text: str, cuts: list[int], count: int) -> None:
    said, found = passed(text, count, cuts)

    assert all(0 < int(number) <= count for number in re.findall(r"\[(\d+)\]", said))
    assert found.cited <= set(range(1, count + 1))


def test_a_marker_with_thousands_of_digits_does_no_harm() -> None:
    assert passed(f"A [{'9' * 5000}] b", 1)[0] == f"A [{'9' * 5000}] b"


def test_words_are_not_held_back_for_long() -> None:
    markers = CitationFilter(citations(1))

    assert markers.feed("Some words") == "Some words"
    assert markers.feed(" [1") == ""
    assert markers.feed("] more") == " [1] more"


def test_a_photo_keeps_its_number() -> None:
    found = citations(3)

    assert found.add([Photo(id=f"{1:032x}", path="1.jpg"), Photo(id="f" * 32, path="new.jpg")]) == [2, 4]
    assert [each["n"] for each in found.all()] == [1, 2, 3, 4]


def test_citations_reach_to_the_last_one_used() -> None:
    _, found = passed("Only the second [2].", 4)

    assert [each["n"] for each in found.used()] == [1, 2]
    assert passed("None of them.", 4)[1].used() == []


def test_a_photo_is_named_by_number_by_id_or_by_marker() -> None:
    found = citations(2)

    for reference in ("2", "[2]", "#2", f"{1:032x}"):
        photo = found.named(reference)
        assert photo is not None
        assert photo.path == "1.jpg"
    assert found.named("3") is found.named("٣") is found.named("x") is None


def test_an_old_numbering_loses_what_it_no_longer_means() -> None:
    assert without_citations("A [1] b [4] c [2, 5].", beyond=3) == "A [1] b c."
