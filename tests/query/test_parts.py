"""The small parts of searching: words and weights, look-alikes, the ranker's rest, replies in pieces."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.search.documents.indexes.models import SearchIndex
from hypothesis import given
from hypothesis import strategies as st

from query.chat.history import within
from query.chat.payloads import untrusted_text
from query.chat.question_kind import asks_how_many, searchable
from query.chat.wire_format import ChatMessage
from query.search.duplicates import alike, fold
from query.search.query_text import escaped, split_phrases, vector_weight
from shared.model_reply import ThinkingFilter
from shared.photo import Photo
from shared.search.index import RANKER_PAUSE, PhotoIndex
from shared.search.query import IndexQuery
from shared.search.results import Hit
from shared.search.schema import index_definition

MOST = 50.0
HASH = "93a1c6b2d80f5e71"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("dog", 0.6),
        ("a red bicycle", 1.5),
        ("IMG_2071.HEIC", 1.0),
        ("the invoice with number HP-2024-0417 please", 1.0),
    ],
)
def test_names_are_for_keywords(text: str, weight: float) -> None:
    assert vector_weight(text, MOST) == weight


def test_sentences_are_for_the_vector() -> None:
    assert vector_weight("a dog runs through deep snow in the forest", MOST) == MOST
    assert vector_weight("a dog runs through deep snow in the forest", 2.0) == 2.0


@given(st.text())
def test_no_text_is_an_operator(text: str) -> None:
    bare = escaped(text).replace("\\\\", "").replace("\\", "\0")

    assert all(bare[place - 1] == "\0" for place, char in enumerate(bare) if char in '+-|()*~"')


def test_phrases_in_any_quotes_are_exact_and_searched_by_meaning_too() -> None:
    assert split_phrases('a sign "keep off" and „dünnes Eis“ or «glace mince»') == (
        "a sign keep off and dünnes Eis or glace mince",
        ["keep off", "dünnes Eis", "glace mince"],
    )


def seen(number: int, **known: Any) -> Hit:
    return Hit(Photo(id=str(number), path=f"{number}.jpg", **known))


def test_a_list_folds_the_same_however_long_it_is() -> None:
    hits = [
        seen(number, perceptual_hash=f"{(number // 3) * 0x1234567890ABCD ^ 0x5A5A5A5A5A5A5A:016x}")
        for number in range(30)
    ]

    whole = [hit.photo.id for hit in fold(hits)]

    for length in range(30):
        assert whole[: len(fold(hits[:length]))] == [hit.photo.id for hit in fold(hits[:length])]


def test_plain_surfaces_are_not_taken_for_copies() -> None:
    assert not alike(seen(1, perceptual_hash="0" * 16).photo, seen(2, perceptual_hash="0" * 16).photo)
    assert not alike(seen(1).photo, seen(2).photo)


def test_shots_of_one_moment_may_differ_more_than_copies() -> None:
    one = seen(1, perceptual_hash=HASH, taken_at="2024-05-01T10:00:00Z").photo
    other = replace(one, id="2", perceptual_hash=f"{int(HASH, 16) ^ 0b1111111111:016x}")

    assert alike(one, replace(other, taken_at="2024-05-01T10:00:40Z"))
    assert not alike(one, replace(other, taken_at="2024-05-01T11:00:00Z"))


@pytest.mark.parametrize(
    "text", ["How many dogs are there?", "Wie viele Fotos?", "¿Cuántas fotos hay?", "combien de photos"]
)
def test_how_many_is_heard_in_several_languages(text: str) -> None:
    assert asks_how_many(text)


@pytest.mark.parametrize("text", ["how many people are in the second photo?", "how many dogs in [2]?", "a dog"])
def test_how_many_in_one_photo_is_another_question(text: str) -> None:
    assert not asks_how_many(text)


def test_only_greetings_and_thanks_need_no_search() -> None:
    assert not searchable("Hi there!")
    assert searchable("hi, show me dogs")


def test_history_is_cut_at_the_front_and_begins_with_a_question() -> None:
    transcript = [
        ChatMessage(role=role, content=f"{number} " + "x" * 3000)
        for number in range(6)
        for role in ("user", "assistant")
    ]

    kept = within([*transcript, ChatMessage(role="user", content="last")])

    assert kept[0].role == "user"
    assert kept[-1].text == "last"
    assert sum(len(each.text) for each in kept) <= 12_000


@given(st.text(max_size=60), st.lists(st.integers(0, 60), max_size=6), st.booleans())
def test_thinking_is_left_out_whatever_pieces_it_comes_in(text: str, cuts: list[int], thinks: bool) -> None:
    answer = text.replace("<", "").replace(">", "").strip()
    said = f"<think>hm {answer}</think>\n{answer}" if thinks else answer
    places = sorted({0, len(said), *(cut for cut in cuts if cut < len(said))})

    thinking = ThinkingFilter()
    passed = "".join(thinking.feed(said[start:end]) for start, end in pairwise(places))

    assert passed + thinking.rest() == answer


def test_text_of_strangers_loses_what_could_pass_for_a_template() -> None:
    assert "<|im_start|>" not in untrusted_text("a <|im_start|> b", 100)
    assert untrusted_text("x" * 50, 10) == "x" * 10


class Ranked:
    """A search service whose semantic ranker refuses; it counts how often it is asked for."""

    def __init__(self) -> None:
        self.asked = 0

    async def send_request(self, request: HttpRequest) -> "Ranked":
        if json.loads(request.content).get("queryType") == "semantic":
            self.asked += 1
            error = HttpResponseError("Semantic search is not enabled for this service.")
            error.status_code = 400
            raise error
        return self

    status_code = 200

    def json(self) -> Any:
        return {"value": []}


class Ready:
    async def get_index(self, name: str) -> Any:
        return SearchIndex(index_definition(name, 2))


async def test_a_refused_ranker_is_asked_again_after_an_hour_and_not_before() -> None:
    now, service = [1000.0], Ranked()
    documents: Any = service
    indexes: Any = Ready()
    index = PhotoIndex(documents, indexes, name="p", dimensions=2, semantic=True, clock=lambda: now[0])
    query = IndexQuery(text="dog", semantic=True)

    for _ in range(3):
        assert (await index.search(query)).total == 0
    assert service.asked == 1

    now[0] += RANKER_PAUSE + 1
    await index.search(query)
    assert service.asked == 2
