"""The tool calls of the chat model: they fit the question and the schemas of the tools."""

import json
from typing import Any

import pytest

from tests.local.models.conversation import (
    BIKE,
    CAT,
    DOG,
    TEXT,
    TOOLS,
    answered_tool_call,
    ask,
    question_with_search,
    tool,
    tool_calls_of,
)
from tests.local.models.stand_in import CHAT, ModelStandIn


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("dogs last summer", {"taken_after": "2026-06-01", "taken_before": "2026-09-01"}),
        ("dogs in 2023", {"taken_after": "2023-01-01", "taken_before": "2024-01-01"}),
        ("dogs in May", {"taken_after": "2026-05-01", "taken_before": "2026-06-01"}),
        ("dogs before March 2020", {"taken_before": "2020-03-01"}),
        ("dogs between 2019 and 2021", {"taken_after": "2019-01-01", "taken_before": "2022-01-01"}),
        ("dogs in the folder trip/rome", {"folder": "trip/rome"}),
        ("the newest photos of dogs", {"sort": "newest"}),
        ("dogs with two people", {"people": 2}),
        ("Hunde im letzten Sommer", {"taken_after": "2026-06-01", "taken_before": "2026-09-01"}),
        ("Zeig mir die ältesten Bilder im Ordner trip", {"sort": "oldest", "folder": "trip"}),
        ("Montre-moi les chiens de l'été dernier", {"taken_after": "2026-06-01", "taken_before": "2026-09-01"}),
        ("Muéstrame los perros de mayo de 2023", {"taken_after": "2023-05-01", "taken_before": "2023-06-01"}),
    ],
)  # fmt: skip
def test_what_a_plain_search_cannot_express_becomes_a_filter(
    stand_in: ModelStandIn, question: str, expected: dict[str, Any]
) -> None:
    arguments = tool_calls_of(ask(stand_in, *question_with_search(question, DOG)))["search_photos"]

    assert expected.items() <= arguments.items()


def test_only_parameters_of_the_tool_are_used(stand_in: ModelStandIn) -> None:
    bare = [tool("search_photos", query=TEXT, taken_after=TEXT)]

    arguments = tool_calls_of(ask(stand_in, *question_with_search("the newest dogs in 2023", DOG), tools=bare))[
        "search_photos"
    ]

    assert arguments == {"query": "dogs", "taken_after": "2023-01-01"}


NEAR = {
    "type": "object",
    "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}, "km": {"type": "number"}},
    "required": ["lat", "lon"],
}


PEOPLE = {"anyOf": [{"enum": ["none", "some"], "type": "string"}, {"type": "integer"}, {"type": "null"}]}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("photos without people", {"people": "none"}),
        ("photos with two people", {"people": 2}),
        ("photos near 48.13, 11.57 within 5 km", {"near": {"lat": 48.13, "lon": 11.57, "km": 5.0}}),
    ],
)
def test_references_and_alternatives_in_a_schema_are_understood(
    stand_in: ModelStandIn, question: str, expected: dict[str, Any]
) -> None:
    near = {"anyOf": [{"$ref": "#/$defs/Near"}, {"type": "null"}], "default": None}
    rich = tool("search_photos", query=TEXT, people=PEOPLE, near=near)
    rich["function"]["parameters"]["$defs"] = {"Near": NEAR}

    assert tool_calls_of(ask(stand_in, *question_with_search(question, DOG), tools=[rich]))["search_photos"] == expected


def test_another_language_searches_with_english_words_too(stand_in: ModelStandIn) -> None:
    calls = tool_calls_of(ask(stand_in, *question_with_search("Zeig mir Elefanten", CAT)))

    assert calls["search_photos"]["query"] == "elefanten elephant"


@pytest.mark.parametrize("question", ["What does it say in [2]?", "What does the second one say?"])
def test_a_photo_of_the_last_answer_is_searched_again_and_looked_at(stand_in: ModelStandIn, question: str) -> None:
    answer = "I found 2 photos that match: “Dog on the beach” [1] and “Red bike by a wall” [2]."
    before = [{"role": "user", "content": "Show me photos"}, {"role": "assistant", "content": answer}]
    turn = [*before, *question_with_search(question, DOG)]

    search = tool_calls_of(ask(stand_in, *turn))["search_photos"]
    turn += answered_tool_call("search_photos", search, {"total": 1, "photos": [BIKE]}, 2)
    look = tool_calls_of(ask(stand_in, *turn))["look_at_photos"]

    assert search["query"] == "Red bike by a wall"
    assert look["ids"] == ["id-2"]


@pytest.mark.parametrize(
    "question", ["How many people are in [2]?", "Was steht auf [2]?", "What colour is the second one?"]
)
def test_a_photo_of_an_earlier_turn_is_looked_at_by_its_number(stand_in: ModelStandIn, question: str) -> None:
    answer = "I found 2 photos that match: “Dog on the beach” [1] and “Red bike by a wall” [2]."
    before = [*question_with_search("Show me photos", DOG, BIKE), {"role": "assistant", "content": answer}]

    calls = tool_calls_of(ask(stand_in, *before, *question_with_search(question, CAT)))

    assert calls == {"look_at_photos": {"ids": ["id-2"], "question": question}}


def test_a_count_uses_few_words_and_only_english_ones(stand_in: ModelStandIn) -> None:
    calls = tool_calls_of(ask(stand_in, *question_with_search("Combien de photos de vélos rouges ?", BIKE)))

    assert calls["count_photos"] == {"query": "bicycle red"}


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("dogs in New York", "New York"),
        ("Hunde aus Rom", "Rom"),
        ("des chiens à Paris", "Paris"),
        ("perros en Sevilla", "Sevilla"),
        ("dogs in May", None),
        ("Hunde im Wald", None),
    ],
)
def test_a_place_name_is_a_filter_if_the_tool_has_one(stand_in: ModelStandIn, question: str, place: str | None) -> None:
    placed = tool("search_photos", query=TEXT, place=TEXT, taken_after=TEXT)

    message = ask(stand_in, *question_with_search(question, DOG), tools=[placed])

    assert tool_calls_of(message).get("search_photos", {}).get("place") == place


def test_a_follow_up_keeps_the_subject(stand_in: ModelStandIn) -> None:
    before = [*question_with_search("Show me dogs", DOG), {"role": "assistant", "content": "One photo [1]."}]

    arguments = tool_calls_of(ask(stand_in, *before, *question_with_search("and in 2023?", BIKE)))["search_photos"]

    assert arguments == {"query": "dogs", "taken_after": "2023-01-01", "taken_before": "2024-01-01"}


def test_tools_can_be_forbidden_and_required(stand_in: ModelStandIn) -> None:
    question = question_with_search("the newest dogs", DOG)
    named = {"type": "function", "function": {"name": "count_photos"}}

    assert not ask(stand_in, *question, tool_choice="none").tool_calls
    assert list(tool_calls_of(ask(stand_in, *question, tool_choice=named))) == ["count_photos"]
    assert ask(stand_in, *question_with_search("dogs", DOG), tool_choice="required").tool_calls


def test_parallel_tool_calls_can_be_switched_off(stand_in: ModelStandIn) -> None:
    message = ask(stand_in, *question_with_search("How many dogs in 2023?", DOG), parallel_tool_calls=False)

    assert len(message.tool_calls) == 1


def test_streamed_tool_calls_join_to_whole_ones(stand_in: ModelStandIn) -> None:
    request: Any = {"messages": question_with_search("How many dogs in 2023?", DOG), "tools": TOOLS, "stream": True}
    chunks: Any = stand_in.client.chat.completions.create(model=CHAT, **request)
    arguments: dict[int, str] = {}

    for chunk in chunks:
        for piece in chunk.choices[0].delta.tool_calls or []:
            arguments[piece.index] = arguments.get(piece.index, "") + (piece.function.arguments or "")
        finish = chunk.choices[0].finish_reason

    assert finish == "tool_calls"
    assert [json.loads(text)["query"] for text in arguments.values()] == ["dogs", "dogs"]


GERMAN = {"role": "system", "content": "Titles, captions and tags are in German: search in that language."}


def test_captions_in_another_language_are_searched_and_counted_in_it(stand_in: ModelStandIn) -> None:
    find = tool_calls_of(ask(stand_in, GERMAN, *question_with_search("Show me elephants", CAT)))
    count = tool_calls_of(ask(stand_in, GERMAN, *question_with_search("How many photos of red bikes?", BIKE)))
    german = tool_calls_of(ask(stand_in, GERMAN, *question_with_search("Wie viele Fotos von Katzen?", CAT)))

    assert find["search_photos"]["query"] == "elephants elefant"
    assert count["count_photos"] == {"query": "rot fahrrad"}
    assert german["count_photos"] == {"query": "katzen"}
