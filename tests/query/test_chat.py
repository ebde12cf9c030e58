"""`POST /v1/chat/completions` through the running app, with models of every kind behind it."""

import json
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest

from shared.photo import photo_id
from tests.machine import eventually
from tests.query.scripted_model import Round, ScriptedModel, calls, chunk, refuses, says, usage
from tests.query.streamed_answer import stream
from tests.world import World

BICYCLE = "2023/summer/IMG_1001.jpg"


def message(answer: dict[str, Any]) -> dict[str, Any]:
    [choice] = answer["choices"]
    return dict(choice["message"])


def ids(answer: dict[str, Any]) -> list[str]:
    return [each["id"] for each in message(answer)["context"]["photos"]]


def tool_results(request: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(each["content"]) for each in request["messages"] if each["role"] == "tool"]


@pytest.fixture
def host_restarted_after(world: World) -> Iterator[None]:
    """A host that forgets what the model's server refused, which it remembers for as long as it lives."""
    yield
    world.host.stop()
    world.host.start()


# -- the wire -----------------------------------------------------------------------------


def test_a_plain_question_takes_one_round_of_the_model(world: World, model: ScriptedModel) -> None:
    model.script(says("The bicycle is red ", "[1]", "."))

    answer = world.ask("a red bicycle on the beach")

    reply = message(answer)
    assert len(model.requests) == 1
    assert reply["content"] == "The bicycle is red [1]."
    assert [each["path"] for each in reply["context"]["citations"]] == [BICYCLE]
    assert reply["context"]["photos"][0]["thumbnail"] == f"/api/photos/{photo_id(BICYCLE)}/thumbnail"
    assert json.loads(reply["context"]["intent"]) == ["a red bicycle on the beach"]
    assert answer["object"] == "chat.completion"
    assert answer["id"].startswith("chatcmpl-")
    assert answer["created"] > 1_600_000_000
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"] == {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


def test_a_stream_begins_with_the_photos_and_ends_with_usage(world: World, model: ScriptedModel) -> None:
    model.script(says("It is ", "red [", "1", "].", tokens=(20, 4)))

    answer = stream(world.http, "red bicycle", stream_options={"include_usage": True})

    assert answer.deltas[0]["role"] == "assistant"
    assert answer.contexts[0]["citations"][0]["path"] == BICYCLE
    assert answer.text == "It is red [1]."
    assert answer.finish == ["stop"]
    assert answer.events[-1]["choices"] == []
    assert answer.events[-1]["usage"]["total_tokens"] == 24
    assert answer.done
    assert len({event["id"] for event in answer.events}) == 1


def test_words_are_passed_on_as_they_come(world: World, model: ScriptedModel) -> None:
    model.script(Round([chunk(content=f"word{number} ") for number in range(5)] + [chunk("stop")], pause=0.3))
    body = {"messages": [{"role": "user", "content": "dog"}], "stream": True}

    times: list[float] = []
    with world.http.stream("POST", "/v1/chat/completions", json=body) as answer:
        times += [time.monotonic() for line in answer.iter_lines() if "word" in line]

    assert len(times) >= 4
    assert times[-1] - times[0] > 0.5


def test_the_callers_options_reach_the_model(world: World, model: ScriptedModel) -> None:
    model.script(says("ok"))
    messages = [
        {"role": "developer", "content": "Speak like a pirate."},
        {"role": "user", "content": [{"type": "text", "text": "a dog"}, {"type": "text", "text": "in snow"}]},
    ]
    options = {"temperature": 0.3, "top_p": 0.9, "max_tokens": 77, "stop": ["END"], "user": "u1", "seed": 3, "x": {}}

    world.http.post("/v1/chat/completions", json={"messages": messages, **options}).raise_for_status()

    [request] = model.requests
    assert "Speak like a pirate." in request["messages"][0]["content"]
    assert [each["role"] for each in request["messages"]].count("system") == 1
    assert (request["temperature"], request["top_p"], request["stop"], request["user"]) == (0.3, 0.9, ["END"], "u1")
    assert request["max_completion_tokens"] == 77
    assert {"seed", "x"}.isdisjoint(request)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": []}, "messages"),
        ({}, "messages"),
        ({"messages": [{"role": "assistant", "content": "hi"}]}, None),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": "x"}], "n": 2}, "n"),
        ({"messages": [{"role": "user", "content": "x"}], "temperature": 9}, "temperature"),
        ({"messages": [{"role": "user", "content": "x"}], "model": "gpt-99"}, "model"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]}, "url"),
    ],
)
def test_invalid_requests_are_a_400_in_the_usual_shape(world: World, body: dict[str, Any], param: str) -> None:
    answer = world.http.post("/v1/chat/completions", json=body)

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert param is None or param in error["param"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_a_body_that_is_not_a_request_is_a_400(world: World, body: bytes) -> None:
    response = world.http.post("/v1/chat/completions", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400


def test_the_models_are_listed(world: World) -> None:
    models = world.get("/v1/models")

    assert models["data"][0]["id"] == "photos"
    assert world.get("/v1/models/photos")["object"] == "model"
    assert world.http.get("/v1/models/gpt-99").status_code == 404


# -- tools --------------------------------------------------------------------------------


def test_a_search_the_model_asks_for_adds_to_what_can_be_cited(world: World, model: ScriptedModel) -> None:
    model.script(calls(("search_photos", '{"query": "", "taken_in": "2024-06"}')), says("The florist [2]."))

    answer = stream(world.http, "a dog running in deep snow", stream_options={"include_usage": True})

    assert ["context" in delta for delta in answer.deltas].index(True) == 0
    assert ["context" in delta for delta in answer.deltas].count(True) == 1
    assert len(answer.contexts) == 3
    assert len(answer.contexts[0]["citations"]) == 1
    assert answer.contexts[1]["citations"][1]["path"] == "2024/june/scan-0611.jpg"
    assert answer.text == "The florist [2]."
    assert answer.contexts[1]["searches"][-1] == {"taken_in": "2024-06"}
    assert answer.contexts[2]["citations"] == answer.contexts[1]["citations"][:2]
    assert answer.events[-1]["usage"]["total_tokens"] == 25


def test_parallel_calls_are_all_answered(world: World, model: ScriptedModel) -> None:
    model.script(
        calls(("search_photos", '{"query": "dog"}'), ("count_photos", '{"tags": ["snow"]}')), says("Two in the snow.")
    )

    world.ask("dogs and snow")

    results = tool_results(model.requests[1])
    assert results[-1]["total"] == 2
    answered = [each["tool_call_id"] for each in model.requests[1]["messages"] if each["role"] == "tool"]
    assert answered[-2:] == ["c0", "c1"]


def test_fragments_of_calls_are_put_together_even_if_fields_are_missing(world: World, model: ScriptedModel) -> None:
    def piece(**call: Any) -> dict[str, Any]:
        return chunk(tool_calls=[call])

    fragments = [
        piece(index=0, id="a", function={"name": "count_photos", "arguments": ""}),
        piece(index=0, function={"arguments": '{"tags": '}),
        piece(index=0, function={"arguments": '["snow"]}'}),
        piece(index=0, id="b", function={"name": "count_photos", "arguments": '{"folder": "2024"}'}),
        chunk("tool_calls"),
    ]
    model.script(Round(fragments), says("done"))

    world.ask("x")

    assert [each["total"] for each in tool_results(model.requests[1])[-2:]] == [2, 4]


def test_malformed_arguments_are_asked_for_again_once(world: World, model: ScriptedModel) -> None:
    invalid, valid = '{"query": "dog"', '{"query": "dog"}'
    model.script(calls(("search_photos", invalid)), calls(("search_photos", valid)), says("A dog."))

    assert message(world.ask("dog"))["content"] == "A dog."
    assert "error" in tool_results(model.requests[1])[-1]
    assert len(model.requests) == 3


def test_a_model_that_cannot_write_arguments_answers_from_a_plain_search(world: World, model: ScriptedModel) -> None:
    invalid = calls(("search_photos", "{nonsense"))
    model.script(invalid, invalid, says("A dog [1]."))

    answer = message(world.ask("a dog in deep snow"))

    assert model.requests[2]["tool_choice"] == "none"
    assert answer["context"]["citations"][0]["path"] == "2023/winter/DSC_0201.jpg"


def test_at_most_four_rounds(world: World, model: ScriptedModel) -> None:
    again = calls(("search_photos", '{"query": "dog"}'))
    model.script(again, again, again, says("Enough."), again)

    assert message(world.ask("dog"))["content"] == "Enough."
    assert len(model.requests) == 4
    assert model.requests[3]["tool_choice"] == "none"


def test_how_many_is_counted_in_the_index_before_the_answer(world: World, model: ScriptedModel) -> None:
    model.script(calls(("count_photos", '{"query": "invoice", "taken_in": "2024-05", "by": "folder"}')), says("Three."))

    world.ask("How many invoices did we photograph in May 2024?")

    assert model.requests[0]["tool_choice"] == {"type": "function", "function": {"name": "count_photos"}}
    result = tool_results(model.requests[1])[-1]
    assert (result["total"], result["by"]) == (3, {"folder": {"2024/may/invoices": 3}})


@pytest.mark.usefixtures("host_restarted_after")
def test_a_server_without_named_tool_choices_may_count_or_not(world: World, model: ScriptedModel) -> None:
    model.script(refuses(400, "tool_choice must be one of auto, none", param="tool_choice"), says("Some."))

    assert message(world.ask("How many dogs?"))["content"] == "Some."
    assert model.requests[1].get("tools")
    assert "tool_choice" not in model.requests[1]


def test_only_photos_that_were_found_can_be_looked_at(world: World, model: ScriptedModel) -> None:
    stranger = photo_id("family/cat.jpg")
    model.script(calls(("look_at_photos", json.dumps({"ids": ["55"], "question": "what?"}))), says("Nothing."))
    world.ask("bicycle")
    assert "error" in tool_results(model.requests[1])[-1]

    model.script(calls(("look_at_photos", json.dumps({"ids": ["1"], "question": "what?"}))), says("Seen."), says("x"))
    world.ask("bicycle")
    parts = [part for each in model.requests[1]["messages"] for part in each["content"] if isinstance(part, dict)]
    assert [part["type"] for part in parts] == ["text", "text", "image_url"]
    assert stranger not in json.dumps(parts)


# -- models of every kind -----------------------------------------------------------------


@pytest.mark.usefixtures("host_restarted_after")
def test_a_model_without_tools_answers_from_the_photos_found(world: World, model: ScriptedModel) -> None:
    model.script(refuses(400, "this model does not support tools"), says("It is red [1]."))

    answer = message(world.ask("red bicycle"))

    assert answer["context"]["citations"][0]["path"] == BICYCLE
    assert "tools" not in model.requests[1]
    assert all(each["role"] != "tool" for each in model.requests[1]["messages"])
    assert BICYCLE in json.dumps(model.requests[1]["messages"])


def test_thinking_aloud_is_not_part_of_the_answer(world: World, model: ScriptedModel) -> None:
    model.script(says("<th", "ink>Well, ", "a dog? [9]</thi", "nk>\n\nA ", "dog."))
    assert stream(world.http, "dog").text == "A dog."

    model.script(Round([chunk(reasoning_content="hm"), chunk(content="A dog."), chunk("stop")]))
    assert stream(world.http, "dog").text == "A dog."


def test_a_server_that_omits_usage_costs_nothing(world: World, model: ScriptedModel) -> None:
    model.script(says("A dog.", tokens=None))

    assert world.ask("dog")["usage"]["total_tokens"] == 0


def test_an_empty_answer_is_an_error_and_not_an_answer(world: World, model: ScriptedModel) -> None:
    model.script(Round([chunk("stop"), usage(1, 0)]))

    answer = world.http.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "dog"}]})

    assert answer.status_code == 503
    assert "no answer" in answer.json()["error"]["message"]


def test_a_cut_answer_says_that_it_was_cut(world: World, model: ScriptedModel) -> None:
    model.script(says("A do", finish="length"))

    assert world.ask("dog")["choices"][0]["finish_reason"] == "length"


# -- grounding ----------------------------------------------------------------------------


@pytest.mark.parametrize("streamed", [True, False])
def test_only_photos_found_are_cited(world: World, model: ScriptedModel, streamed: bool) -> None:
    model.script(says("A [1], b [99], c [0]", ", d [2", ",77] and 【1†x】."))

    text = stream(world.http, "snow").text if streamed else message(world.ask("snow"))["content"]

    assert text == "A [1], b, c, d [2] and [1]."


def test_an_answer_that_cites_nothing_has_all_photos_and_no_citations(world: World, model: ScriptedModel) -> None:
    model.script(says("I found none."))

    context = message(world.ask("dogs in the snow"))["context"]

    assert context["citations"] == []
    assert context["photos"]


def test_small_talk_searches_nothing(world: World, model: ScriptedModel) -> None:
    model.script(says("Hello!"), says("Bitte!"))

    assert message(world.ask("hello!"))["context"]["photos"] == []
    assert message(world.ask("danke schön"))["context"]["photos"] == []


# -- following up -------------------------------------------------------------------------


def test_a_follow_up_has_the_photos_of_the_earlier_question(world: World, model: ScriptedModel) -> None:
    model.script(says("Skiers [2]."))

    answer = world.ask("photos with snow", "A dog [1] and skiers [2].", "the second one, who is in it?")

    prompt = model.requests[0]["messages"]
    first = ids(world.ask("photos with snow"))
    assert ids(answer)[: len(first)] == first
    assert [each["role"] for each in prompt[:5]] == ["system", "user", "assistant", "tool", "assistant"]
    assert [each["id"] for each in json.loads(prompt[3]["content"])["photos"]] == first


def test_numbers_stay_the_same_from_turn_to_turn(world: World, model: ScriptedModel) -> None:
    model.script(says("a"), says("b"), says("c"))

    one = ids(world.ask("dogs in snow"))
    two = ids(world.ask("dogs in snow", "a", "fireworks"))
    three = ids(world.ask("dogs in snow", "a", "fireworks", "b", "a cake"))

    assert two[: len(one)] == one
    assert three[: len(two)] == two


def test_stale_markers_are_removed_from_the_history(world: World, model: ScriptedModel) -> None:
    model.script(says("ok"))

    world.ask("dogs", "A dog [1] and one [88].", "cats")

    assistant = [each["content"] for each in model.requests[0]["messages"] if each["role"] == "assistant"]
    assert "A dog [1] and one." in assistant


def test_the_photos_of_a_context_sent_back_keep_their_numbers(world: World, model: ScriptedModel) -> None:
    cat = photo_id("family/cat.jpg")
    context = {"citations": [{"id": cat}, {"id": "0" * 32}, {"id": "' or 1 eq 1"}, {"id": 7}]}
    messages = [
        {"role": "user", "content": "what did I like?"},
        {"role": "assistant", "content": "The cat [1].", "context": context},
        {"role": "user", "content": "and what colour is the sofa?"},
    ]
    model.script(says("Green [1]."))

    answer = world.http.post("/v1/chat/completions", json={"messages": messages}).json()

    assert message(answer)["context"]["citations"][0]["id"] == cat


# -- when things go wrong -----------------------------------------------------------------


def test_a_throttled_model_is_a_429_with_retry_after(world: World, model: ScriptedModel) -> None:
    model.script(refuses(429, "slow down", Retry_After="7"), refuses(429, "slow down", Retry_After="7"))
    body = {"messages": [{"role": "user", "content": "dog"}]}

    for streamed in (False, True):
        answer = world.http.post("/v1/chat/completions", json=body | {"stream": streamed})
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "7"
        assert answer.json()["error"]["code"] == "rate_limit_exceeded"


@pytest.mark.parametrize(
    ("code", "words"),
    [("content_filter", "content filter"), ("context_length_exceeded", "too long")],
)
def test_refusals_keep_their_code_and_explain_it(world: World, model: ScriptedModel, code: str, words: str) -> None:
    model.script(refuses(400, f"{code}: blocked", code=code))

    answer = world.http.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "dog"}]})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert words in answer.json()["error"]["message"]


def test_a_failure_in_mid_stream_is_an_event_and_then_done(world: World, model: ScriptedModel) -> None:
    failure = 'data: {"error": {"message": "the engine fell over", "type": "server_error"}}\n\n'
    model.script(Round([chunk(content="A d"), chunk(content="og"), failure]))

    answer = stream(world.http, "dog")

    assert answer.text.startswith("A d")
    assert answer.error["message"]
    assert answer.done


@pytest.mark.parametrize("streamed", [False, True])
def test_a_client_that_leaves_before_the_answer_stops_the_work(
    streamed: bool, world: World, model: ScriptedModel
) -> None:
    model.script(Round([chunk(content=f"word{number} ") for number in range(400)], pause=0.1))
    body = {"messages": [{"role": "user", "content": "dog"}], "stream": streamed}

    def model_is_asked() -> None:
        assert model.requests

    def model_is_abandoned() -> None:
        assert model.abandoned == 1

    waiting = HTTPConnection(world.http.base_url.netloc.decode())
    waiting.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
    eventually(model_is_asked)
    waiting.close()

    eventually(model_is_abandoned, timeout=20)  # its answer would take 40


def test_a_client_that_leaves_in_mid_stream_stops_the_work(world: World, model: ScriptedModel) -> None:
    model.script(Round([chunk(content=f"word{number} ") for number in range(400)], pause=0.1))
    body = {"messages": [{"role": "user", "content": "dog"}], "stream": True}

    with world.http.stream("POST", "/v1/chat/completions", json=body) as answer:
        next(line for line in answer.iter_lines() if '"content": "word' in line)

    def model_is_abandoned() -> None:
        assert model.abandoned == 1

    eventually(model_is_abandoned, timeout=20)


def test_search_being_down_is_a_503(world: World, model: ScriptedModel) -> None:
    model.script(says("x"))
    world.search.stop()
    try:
        answer = world.http.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "dog"}]})
    finally:
        world.search.start()

    assert answer.status_code == 503
    assert "Azure AI Search" in answer.json()["error"]["message"]


def test_many_streams_at_once_all_end(world: World, model: ScriptedModel) -> None:
    model.script(*(Round([*(chunk(content="w ") for _ in range(20)), chunk("stop")], pause=0.02) for _ in range(50)))
    texts: list[str] = []

    def ask(number: int) -> None:
        with httpx.Client(base_url=world.http.base_url, timeout=60, trust_env=False) as http:
            texts.append(stream(http, f"a dog number {number}").text.strip())

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert texts == [" ".join("w" * 20)] * 50


# -- what is not there --------------------------------------------------------------------


def test_a_model_that_cites_everything_cites_nothing_below_the_line(world: World, model: ScriptedModel) -> None:
    everything = " ".join(f"[{number}]" for number in range(1, 40))
    model.script(says(f"Here you are: {everything}"))

    answer = world.ask("Show me a hippopotamus")

    assert message(answer)["content"].strip() == "Here you are:"
    assert message(answer)["context"]["citations"] == []
    [result] = tool_results(model.requests[0])
    assert (result["total"], result["photos"]) == (0, [])
    assert "none was found" in result["note"]


def test_only_likely_photos_get_numbers_and_the_model_is_told_what_is_not_met(
    world: World, model: ScriptedModel
) -> None:
    model.script(says(" ".join(f"[{number}]" for number in range(1, 40))))

    answer = world.ask("Is there a bicycle with a hippopotamus?")

    likely = world.get("/api/search", q="Is there a bicycle with a hippopotamus?", fold=True)
    paths = [each["path"] for each in likely["photos"] if each["likely"]]
    assert [each["path"] for each in message(answer)["context"]["citations"]] == paths
    assert paths
    [result] = tool_results(model.requests[0])
    assert result["total"] == likely["total"]
    assert result["unmet"] == likely["unmet"] == ["hippopotamus"]
    assert {word for photo in result["photos"] for word in photo["lacks"]} == {"hippopotamus"}
