"""The chat model: tool calls that fit the question and the schema, and answers that cite the results."""

import json
from typing import Any

import openai
import pytest

from tests.local.models.stand_in import CHAT, ModelStandIn

TEXT = {"type": "string"}
STRING_LIST = {"type": "array", "items": TEXT}
FILTERS = {
    "query": TEXT,
    "taken_after": TEXT,
    "taken_before": TEXT,
    "folder": TEXT,
    "tags": STRING_LIST,
    "people": {"type": "integer"},
}
SORT = {"type": "string", "enum": ["relevance", "newest", "oldest"]}
BY = {"type": "string", "enum": ["year", "folder", "tags"]}


def tool(name: str, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters}}


TOOLS = [
    tool("search_photos", **FILTERS, sort=SORT, top={"type": "integer", "minimum": 1, "maximum": 20}),
    tool("count_photos", **FILTERS, by=BY),
    tool("look_at_photos", ids={**STRING_LIST, "maxItems": 2}, question=TEXT),
]


def photo(n: int, title: str, **changes: Any) -> dict[str, Any]:
    fields = {"caption": "", "tags": [], "text_in_photo": "", "people": 0, "taken_at": "2024-05-01T10:11:12Z"}
    return {"n": n, "id": f"id-{n}", "path": f"trip/{n}.jpg", "folder": "trip", "title": title, **fields, **changes}


DOG = photo(1, "Dog on the beach", tags=["dog", "beach", "sand"])
BIKE = photo(2, "Red bike by a wall", tags=["bike", "red"], text_in_photo="STOP", taken_at="2023-07-02T08:00:00Z")
CAT = photo(3, "Cat on a sofa", tags=["cat", "sofa"], folder="home", path="home/3.jpg")


def answered_tool_call(name: str, arguments: dict[str, Any], result: Any, number: int = 1) -> list[dict[str, Any]]:
    """A tool call with its result, as the app sends them."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    calls = [{"id": f"c{number}", "type": "function", "function": function}]
    content = result if isinstance(result, str) else json.dumps(result)
    return [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": f"c{number}", "content": content},
    ]


def question_with_search(question: str, *photos: dict[str, Any]) -> list[dict[str, Any]]:
    """A question with the search that the app makes before it asks."""
    result = {"total": len(photos), "photos": list(photos)}
    return [{"role": "user", "content": question}, *answered_tool_call("search_photos", {"query": question}, result)]


def ask(stand_in: ModelStandIn, *messages: dict[str, Any], **options: Any) -> Any:
    system = {"role": "system", "content": "Today is 2026-11-23. Cite photos as [n]."}
    request: Any = {"tools": TOOLS, "messages": [system, *messages], **options}
    reply = stand_in.client.chat.completions.create(model=CHAT, **request)
    return reply.choices[0].message


def tool_calls_of(message: Any) -> dict[str, dict[str, Any]]:
    return {tool_call.function.name: json.loads(tool_call.function.arguments) for tool_call in message.tool_calls or []}


def test_a_plain_question_is_answered_with_the_photos_that_match(stand_in: ModelStandIn) -> None:
    answer = ask(stand_in, *question_with_search("Show me the dog on the beach", DOG, BIKE, CAT)).content

    assert "Dog on the beach" in answer
    assert "[1]" in answer
    assert "[2]" not in answer
    assert "[3]" not in answer


def test_an_answer_says_that_nothing_was_found(stand_in: ModelStandIn) -> None:
    assert "no photo" in ask(stand_in, *question_with_search("Show me elephants")).content


def test_a_weak_match_is_not_presented_as_a_match(stand_in: ModelStandIn) -> None:
    answer = ask(stand_in, *question_with_search("Which photos show an elephant?", DOG, CAT)).content

    assert "None" in answer


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


def test_years_are_counted_by_month_where_only_months_are_offered(stand_in: ModelStandIn) -> None:
    monthly = tool("count_photos", query=TEXT, by={"type": "string", "enum": ["month", "folder"]})
    question = question_with_search("How many dogs per year?", DOG)

    arguments = tool_calls_of(ask(stand_in, *question, tools=[monthly]))["count_photos"]
    counts = {"total": 7, "by": {"month": {"2023-05": 3, "2023-06": 1, "2024-01": 3}}}
    answer = ask(
        stand_in, *question, *answered_tool_call("count_photos", arguments, counts, 2), tools=[monthly]
    ).content

    assert arguments == {"query": "dogs", "by": "month"}
    assert "2023 (4)" in answer


@pytest.mark.parametrize(
    "question",
    ["Zeig mir den Hund am Strand", "Montre-moi le chien sur la plage", "Muéstrame el perro en la playa"],
)
def test_english_captions_are_found_by_other_languages(stand_in: ModelStandIn, question: str) -> None:
    answer = ask(stand_in, *question_with_search(question, CAT, DOG)).content

    assert "[1]" in answer
    assert "[3]" not in answer


def test_another_language_searches_with_english_words_too(stand_in: ModelStandIn) -> None:
    arguments = tool_calls_of(ask(stand_in, *question_with_search("Zeig mir Elefanten", CAT)))

    assert arguments["search_photos"]["query"] == "elefanten elephant"


@pytest.mark.parametrize("question", ["What does it say in [2]?", "What does the second one say?"])
def test_a_photo_of_the_last_answer_is_searched_again_and_looked_at(stand_in: ModelStandIn, question: str) -> None:
    answer = "I found 2 photos that match: “Dog on the beach” [1] and “Red bike by a wall” [2]."
    before = [{"role": "user", "content": "Show me photos"}, {"role": "assistant", "content": answer}]
    turn = [*before, *question_with_search(question, DOG)]

    searched = tool_calls_of(ask(stand_in, *turn))["search_photos"]
    turn += answered_tool_call("search_photos", searched, {"total": 1, "photos": [BIKE]}, 2)
    looked = tool_calls_of(ask(stand_in, *turn))["look_at_photos"]

    assert searched["query"] == "Red bike by a wall"
    assert looked["ids"] == ["id-2"]


@pytest.mark.parametrize(
    "question", ["How many people are in [2]?", "Was steht auf [2]?", "What colour is the second one?"]
)
def test_a_photo_of_an_earlier_turn_is_looked_at_by_its_number(stand_in: ModelStandIn, question: str) -> None:
    answer = "I found 2 photos that match: “Dog on the beach” [1] and “Red bike by a wall” [2]."
    before = [*question_with_search("Show me photos", DOG, BIKE), {"role": "assistant", "content": answer}]

    arguments = tool_calls_of(ask(stand_in, *before, *question_with_search(question, CAT)))

    assert arguments == {"look_at_photos": {"ids": ["id-2"], "question": question}}


def test_a_count_uses_few_words_and_only_english_ones(stand_in: ModelStandIn) -> None:
    arguments = tool_calls_of(ask(stand_in, *question_with_search("Combien de photos de vélos rouges ?", BIKE)))

    assert arguments["count_photos"] == {"query": "bicycle red"}


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


def test_a_question_for_a_number_is_counted_not_guessed(stand_in: ModelStandIn) -> None:
    question = question_with_search("How many dogs per year are there?", DOG)

    arguments = tool_calls_of(ask(stand_in, *question))
    counted = answered_tool_call(
        "count_photos", arguments["count_photos"], {"total": 7, "by": "year", "counts": {"2023": 4, "2024": 3}}, 2
    )
    answer = ask(stand_in, *question, *counted).content

    assert arguments["count_photos"] == {"query": "dogs", "by": "year"}
    assert "7" in answer
    assert "2023 (4)" in answer


def test_a_question_about_text_looks_at_the_image(stand_in: ModelStandIn) -> None:
    question = question_with_search("What does the sign by the bike say?", DOG, BIKE)

    arguments = tool_calls_of(ask(stand_in, *question))["look_at_photos"]
    answer = ask(
        stand_in, *question, *answered_tool_call("look_at_photos", arguments, "The text reads: STOP.", 2)
    ).content

    assert arguments["ids"] == ["id-2"]
    assert "STOP" in answer
    assert "[2]" in answer


def test_a_follow_up_keeps_the_subject(stand_in: ModelStandIn) -> None:
    before = [*question_with_search("Show me dogs", DOG), {"role": "assistant", "content": "One photo [1]."}]

    arguments = tool_calls_of(ask(stand_in, *before, *question_with_search("and in 2023?", BIKE)))["search_photos"]

    assert arguments == {"query": "dogs", "taken_after": "2023-01-01", "taken_before": "2024-01-01"}


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("hello", "Ask me"),
        ("What can you do?", "questions"),
        ("Hallo!", "Frag"),
        ("Merci !", "prie"),
        ("¿Qué puedes hacer?", "fotos"),
    ],
)
def test_small_talk_needs_no_search(stand_in: ModelStandIn, question: str, word: str) -> None:
    message = ask(stand_in, {"role": "user", "content": question})

    assert not message.tool_calls
    assert word in message.content


def test_without_tools_the_photos_in_the_prompt_are_enough(stand_in: ModelStandIn) -> None:
    result = json.dumps({"total": 2, "photos": [DOG, BIKE]})

    answer = ask(
        stand_in,
        {"role": "system", "content": f"Photos found:\n{result}"},
        {"role": "user", "content": "Show me the red bike"},
        tools=openai.omit,
    ).content

    assert "[2]" in answer
    assert "[1]" not in answer


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
    asking: Any = {"messages": question_with_search("How many dogs in 2023?", DOG), "tools": TOOLS, "stream": True}
    chunks: Any = stand_in.client.chat.completions.create(model=CHAT, **asking)
    arguments: dict[int, str] = {}

    for chunk in chunks:
        for piece in chunk.choices[0].delta.tool_calls or []:
            arguments[piece.index] = arguments.get(piece.index, "") + (piece.function.arguments or "")
        finish = chunk.choices[0].finish_reason

    assert finish == "tool_calls"
    assert [json.loads(text)["query"] for text in arguments.values()] == ["dogs", "dogs"]
