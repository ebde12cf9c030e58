"""Tools of a caller and schemas of answers, as the stand-in for a chat model takes them."""

import json
from typing import Any

import pytest

from tests.local.models.conversation import BIKE, DOG, TEXT, TOOLS, answered_tool_call, question_with_search, tool
from tests.local.models.stand_in import CHAT, ModelStandIn

WEATHER = tool("getWeather", town=TEXT, days={"type": "integer"})
PHOTO = {
    "type": "object",
    "properties": {"n": {"type": "integer"}, "title": TEXT, "path": TEXT, "note": {"type": ["string", "null"]}},
    "required": ["n", "title", "path"],
    "additionalProperties": False,
}


def reply(stand_in: ModelStandIn, messages: Any, **options: Any) -> Any:
    return stand_in.client.chat.completions.create(model=CHAT, messages=messages, **options).choices[0].message


def called(stand_in: ModelStandIn, question: str, **options: Any) -> list[str]:
    messages = question_with_search(question, DOG)
    tools = options.pop("tools", [*TOOLS, WEATHER])
    return [call.function.name for call in reply(stand_in, messages, tools=tools, **options).tool_calls or []]


@pytest.mark.parametrize(
    ("question", "names"),
    [("What is the weather in Bergen?", ["getWeather"]), ("a dog on the beach", []), ("hello", [])],
)
def test_a_tool_is_called_when_it_shares_a_content_word_with_the_question(
    stand_in: ModelStandIn, question: str, names: list[str]
) -> None:
    assert called(stand_in, question) == names


def test_the_description_counts_as_well(stand_in: ModelStandIn) -> None:
    mail = {"type": "function", "function": {"name": "x", "description": "Send a letter", "parameters": {}}}

    assert called(stand_in, "send Ann a letter", tools=[*TOOLS, mail]) == ["x"]


def test_arguments_fit_the_schema(stand_in: ModelStandIn) -> None:
    messages = question_with_search("the weather in Bergen for 3 days", DOG)

    [call] = reply(stand_in, messages, tools=[WEATHER]).tool_calls

    arguments = json.loads(call.function.arguments)
    assert arguments["days"] == 3
    assert isinstance(arguments["town"], str)


def test_its_result_is_the_answer(stand_in: ModelStandIn) -> None:
    messages = [*question_with_search("the weather?", DOG), *answered_tool_call("getWeather", {}, "Rain.", 7)]

    assert "Rain." in reply(stand_in, messages, tools=[*TOOLS, WEATHER]).content


def test_required_means_a_tool_of_the_callers_where_nothing_else_is_called_for(stand_in: ModelStandIn) -> None:
    assert called(stand_in, "a dog on the beach", tool_choice="required") == ["getWeather"]


def test_an_answer_follows_a_schema_about_the_photos_found(stand_in: ModelStandIn) -> None:
    schema = {
        "type": "object",
        "properties": {
            "answer": TEXT,
            "count": {"type": "integer"},
            "found": {"type": "boolean"},
            "mood": {"enum": ["sad", "happy"]},
            "photos": {"type": "array", "items": {"$ref": "#/$defs/photo"}, "maxItems": 1},
        },
        "required": ["answer", "count", "found", "mood", "photos"],
        "additionalProperties": False,
        "$defs": {"photo": PHOTO | {"required": ["n", "title", "path", "note"]}},
    }
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": True}}

    message = reply(stand_in, question_with_search("a happy dog", DOG, BIKE), response_format=form)

    answer = json.loads(message.content)
    assert (answer["count"], answer["found"], answer["mood"]) == (1, True, "happy")
    assert "Dog on the beach" in answer["answer"]
    [photo] = answer["photos"]
    assert (photo["n"], photo["title"], photo["path"]) == (1, "Dog on the beach", "trip/1.jpg")


def test_json_mode_follows_a_schema_in_the_prompt(stand_in: ModelStandIn) -> None:
    told = {"role": "system", "content": f"Answer with JSON of this schema: {json.dumps(PHOTO)}"}
    messages = [told, *question_with_search("a dog", DOG)]

    message = reply(stand_in, messages, response_format={"type": "json_object"})

    assert json.loads(message.content)["path"] == "trip/1.jpg"
    without = reply(
        stand_in, [{"role": "system", "content": "JSON"}, *messages[1:]], response_format={"type": "json_object"}
    )
    assert json.loads(without.content)["photos"][0]["title"] == "Dog on the beach"
