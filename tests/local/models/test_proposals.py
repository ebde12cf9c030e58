"""The stand-in for a chat model proposes edits and collections where it is offered tools for that."""

from typing import Any

import pytest

from tests.local.models.conversation import (
    BIKE,
    CAT,
    DOG,
    STRING_LIST,
    TEXT,
    TOOLS,
    answered_tool_call,
    ask,
    question_with_search,
    tool,
    tool_calls_of,
)
from tests.local.models.stand_in import ModelStandIn

PROPOSING = [
    *TOOLS,
    tool("propose_edit", ids=STRING_LIST, add_tags=STRING_LIST, remove_tags=STRING_LIST),
    tool("propose_collection", name=TEXT, description=TEXT, ids=STRING_LIST),
]
LAST_ANSWER = [
    {"role": "user", "content": "Show me dogs and bikes"},
    *answered_tool_call("search_photos", {"query": "dogs bikes"}, {"total": 2, "photos": [DOG, BIKE]}),
    {"role": "assistant", "content": "I found 2 photos: “Dog on the beach” [1] and “Red bike by a wall” [2]."},
]
PROPOSED = {"proposed": "the user sees it", "photos": 2}


def proposed(stand_in: ModelStandIn, request: str, *before: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return tool_calls_of(ask(stand_in, *before, *question_with_search(request, CAT), tools=PROPOSING))


@pytest.mark.parametrize(
    ("request_", "tags"),
    [
        ("Tag these as catalogue 2026", ["catalogue 2026"]),
        ("please tag them with summer, on the beach.", ["summer", "on the beach"]),
        ("Add the tag “best of 2025” to these", ["best of 2025"]),
        ("Bitte markiere diese als Katalog 2026", ["Katalog 2026"]),
        ("Étiquette ces photos comme catalogue", ["catalogue"]),
        ("Etiqueta estas fotos como catálogo", ["catálogo"]),
    ],
)
def test_these_are_the_photos_of_the_last_answer(stand_in: ModelStandIn, request_: str, tags: list[str]) -> None:
    calls = proposed(stand_in, request_, *LAST_ANSWER)

    assert calls == {"propose_edit": {"ids": ["1", "2"], "add_tags": tags, "remove_tags": []}}


def test_photos_are_named_by_number_and_lose_tags(stand_in: ModelStandIn) -> None:
    calls = proposed(stand_in, "Remove the tag red from [2]", *LAST_ANSWER)

    assert calls == {"propose_edit": {"ids": ["2"], "add_tags": [], "remove_tags": ["red"]}}


@pytest.mark.parametrize(
    "request_",
    ['Make a collection called "Two wheels" of these', "Put these into a new collection called Two wheels."],
)
def test_a_collection_is_proposed(stand_in: ModelStandIn, request_: str) -> None:
    calls = proposed(stand_in, request_, *LAST_ANSWER)

    assert calls == {"propose_collection": {"name": "Two wheels", "ids": ["1", "2"]}}


def test_photos_that_are_described_are_searched_first(stand_in: ModelStandIn) -> None:
    request = "Tag the dogs from 2024 as catalogue 2026"
    [search] = proposed(stand_in, request).items()
    again = [
        *question_with_search(request, CAT),
        *answered_tool_call("search_photos", search[1], {"total": 2, "photos": [DOG, BIKE]}, 2),
    ]

    calls = tool_calls_of(ask(stand_in, *again, tools=PROPOSING))

    assert search[0] == "search_photos"
    assert (search[1]["query"], search[1]["taken_after"]) == ("dogs", "2024-01-01")
    assert calls["propose_edit"]["ids"] == ["1"]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Show me dogs in the collection “Catalogue 2026”", "Catalogue 2026"),
        ("How many dogs are in the collection Catalogue 2026?", "Catalogue 2026"),
        ("Zeig mir Hunde aus der Sammlung Katalog 2026", "Katalog 2026"),
    ],
)
def test_a_collection_that_is_named_narrows_the_search(stand_in: ModelStandIn, question: str, name: str) -> None:
    tools = [tool(each, query=TEXT, collection=TEXT, taken_after=TEXT) for each in ("search_photos", "count_photos")]

    calls = tool_calls_of(ask(stand_in, *question_with_search(question, DOG), tools=tools))

    assert {each["collection"] for each in calls.values()} == {name}
    assert not any("taken_after" in each for each in calls.values())


def answered(stand_in: ModelStandIn, result: object, **options: Any) -> str:
    """What is said of the result of a proposal."""
    arguments = {"ids": ["1", "2"], "add_tags": ["x"]}
    messages = [
        *LAST_ANSWER,
        *question_with_search("tag these as x", CAT),
        *answered_tool_call("propose_edit", arguments, result, 3),
    ]
    return str(ask(stand_in, *messages, tools=PROPOSING, **options).content)


def test_the_answer_says_what_is_proposed_and_that_it_waits(stand_in: ModelStandIn) -> None:
    text = answered(stand_in, PROPOSED)

    assert "“x” for 2 of the photos: “Dog on the beach” [1] and “Red bike by a wall” [2]" in text
    assert "until you accept" in text


def test_the_answer_says_why_nothing_is_proposed(stand_in: ModelStandIn) -> None:
    assert "this would change nothing" in answered(stand_in, {"error": "this would change nothing"})


def test_without_the_tools_the_answer_says_so(stand_in: ModelStandIn) -> None:
    reply = ask(stand_in, *LAST_ANSWER, *question_with_search("tag these as x", CAT))

    assert not reply.tool_calls
    assert "I cannot propose that here" in reply.content


@pytest.mark.parametrize(
    "question",
    [
        "Which photos were changed by the user?",
        "What do the tags on the texts of these photos say?",
        "photos with a price tag as seen on television",
        "which collection of photos shows dogs",
    ],
)
def test_nothing_is_proposed_where_nobody_asks_for_it(stand_in: ModelStandIn, question: str) -> None:
    assert not {"propose_edit", "propose_collection"} & proposed(stand_in, question, *LAST_ANSWER).keys()
