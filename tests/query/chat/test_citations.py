"""Citations: an answer cites only photos that were found, in whatever pieces it comes."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, strategies as st

from query.chat.citations import CitationFilter, Citations, citation, without_stale_markers
from shared.photo import Photo

TEXT = st.text(alphabet="ab [],123 45【】†\n", max_size=80)


def citations(count: int) -> Citations:
    numbered = Citations()
    numbered.add(Photo(id=f"{number:032x}", path=f"{number}.jpg") for number in range(count))
    return numbered


def filtered(text: str, count: int, cuts: list[int] | None = None) -> tuple[str, Citations]:
    """The filtered text of an answer that comes in pieces, and the citations afterwards."""
    photos = citations(count)
    citation_filter = CitationFilter(photos)
    offsets = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts or ())})
    pieces = [text[start:end] for start, end in pairwise(offsets)]
    return "".join([*(citation_filter.feed(piece) for piece in pieces), citation_filter.rest()]), photos


def test_a_marker_of_a_photo_that_was_found_stays_and_counts() -> None:
    answer, photos = filtered("A dog [1] and a cat [2].", 3)

    assert answer == "A dog [1] and a cat [2]."
    assert photos.cited_numbers == {1, 2}


def test_a_marker_of_no_photo_is_removed_with_its_space() -> None:
    assert filtered("A dog [7], a cat [0] and [99999] more.", 2)[0] == "A dog, a cat and more."


def test_several_numbers_in_one_marker_become_markers_of_their_own() -> None:
    assert filtered("Both [1, 2, 9] here.", 2)[0] == "Both [1][2] here."


def test_the_markers_of_other_services_are_understood() -> None:
    assert filtered("A dog 【1†source】 and 【8†source】.", 2)[0] == "A dog [1] and."


def test_other_brackets_are_left_alone() -> None:
    text = "A list [a, b], an array[x] and [1.5] or [2024-05]."

    assert filtered(text, 1)[0] == text


@given(TEXT, st.lists(st.integers(0, 1000)), st.integers(0, 5))
@example(text="1【\n1】", cuts=[4], count=0)
def test_pieces_make_no_difference(text: str, cuts: list[int], count: int) -> None:
    assert filtered(text, count, cuts)[0] == filtered(text, count)[0]


@given(TEXT, st.lists(st.integers(0, 1000)), st.integers(0, 5))
def test_nothing_is_cited_that_was_not_found(text: str, cuts: list[int], count: int) -> None:
    answer, photos = filtered(text, count, cuts)

    assert all(0 < int(number) <= count for number in re.findall(r"\[(\d+)\]", answer))
    assert photos.cited_numbers <= set(range(1, count + 1))


def test_a_marker_with_thousands_of_digits_does_no_harm() -> None:
    assert filtered(f"A [{'9' * 5000}] b", 1)[0] == f"A [{'9' * 5000}] b"


def test_words_are_not_held_back_for_long() -> None:
    citation_filter = CitationFilter(citations(1))

    assert citation_filter.feed("Some words") == "Some words"
    assert citation_filter.feed(" [1") == ""
    assert citation_filter.feed("] more") == " [1] more"


def test_a_photo_keeps_its_number() -> None:
    photos = citations(3)

    assert photos.add([Photo(id=f"{1:032x}", path="1.jpg"), Photo(id="f" * 32, path="new.jpg")]) == [2, 4]
    assert [each["n"] for each in photos.all()] == [1, 2, 3, 4]


def test_citations_reach_to_the_last_one_used() -> None:
    _, photos = filtered("Only the second [2].", 4)

    assert [each["n"] for each in photos.up_to_last_cited()] == [1, 2]
    assert filtered("None of them.", 4)[1].up_to_last_cited() == []


def test_a_photo_is_named_by_number_by_id_or_by_marker() -> None:
    photos = citations(2)

    for reference in ("2", "[2]", "#2", f"{1:032x}"):
        photo = photos.find(reference)
        assert photo is not None
        assert photo.path == "1.jpg"
    assert photos.find("3") is photos.find("٣") is photos.find("x") is None


def test_stale_markers_are_removed() -> None:
    assert without_stale_markers("A [1] b [4] c [2, 5].", highest=3) == "A [1] b c."


@pytest.mark.parametrize(
    ("text", "count", "answer"),
    [
        ("[1]", 1, "[1]"),
        ("[2]", 1, ""),
        ("[0]", 1, ""),
        ("a [ 1 ,2 ] b", 2, "a [1][2] b"),
        ("a\n[3]", 2, "a"),
        ("a 【1, 2†x】", 2, "a [1][2]"),
        ("a 【x】 b", 2, "a 【x】 b"),
        ("a [", 1, "a ["),
        ("a [1, ", 1, "a [1, "),
        ("a 【1", 1, "a 【1"),
        ("a ", 1, "a "),
    ],
)
def test_every_marker_is_checked(text: str, count: int, answer: str) -> None:
    assert filtered(text, count)[0] == answer


@pytest.mark.parametrize("piece", [" ", "[", " [1, 2", "【", " 【1†sour"])
def test_what_may_become_a_marker_is_held_back(piece: str) -> None:
    citation_filter = CitationFilter(citations(1))

    assert citation_filter.feed(f"word{piece}") == "word"
    assert citation_filter.rest() == piece
    assert citation_filter.rest() == ""


def test_a_citation_has_what_clients_of_azure_openai_read() -> None:
    photo = Photo(
        id="ab",
        path="x/a.jpg",
        title="A",
        caption="A dog.",
        caption_language="en",
        taken_at="2024-05-01T10:00:00Z",
        taken_local="2024-05-01T12:00:00",
    )

    assert citation(3, photo) == {
        "n": 3,
        "id": "ab",
        "path": "x/a.jpg",
        "title": "A",
        "caption": "A dog.",
        "caption_language": "en",
        "taken_at": "2024-05-01T10:00:00Z",
        "taken_local": "2024-05-01T12:00:00",
        "content": "A dog.",
        "filepath": "x/a.jpg",
        "url": "/api/photos/ab/original",
        "chunk_id": "0",
        "thumbnail": "/api/photos/ab/thumbnail",
        "preview": "/api/photos/ab/preview",
        "original": "/api/photos/ab/original",
    }


def test_records_are_the_photos_in_their_order() -> None:
    assert [each["path"] for each in citations(2).records()] == ["0.jpg", "1.jpg"]
    assert len(citations(2)) == 2


@pytest.mark.parametrize(
    ("text", "highest", "rest"),
    [("[1]", 0, ""), ("[1]", 1, "[1]"), ("[0] [1]", 2, " [1]"), ("[1, 3] 【2†x】", 2, " 【2†x】")],
)
def test_a_marker_is_stale_if_any_of_its_numbers_is(text: str, highest: int, rest: str) -> None:
    assert without_stale_markers(text, highest=highest) == rest
