"""A conversation as events, with models that behave in every way."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from query.chat.budget import AnswerBudget, ChatLimits
from query.chat.conversation import converse
from query.chat.events import AnswerFinished, Event, ModelAccepted, PhotosFound, TextDelta
from query.chat.wire_format import ChatRequest
from query.search.library import Library
from shared.errors import BadReply, BadRequest, Throttled
from shared.models import ModelReply, TokenUsage, ToolCall, ToolsUnsupported
from tests.query.fakes import FakeIndex, FakeModels, FakeStorage, fake_context, hit

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def answer(*pieces: str, **fields: Any) -> Sequence[str | ModelReply]:
    """A reply in pieces, with its usage."""
    values = {"text": "".join(pieces), "usage": TokenUsage(10, 5), **fields}
    return [*pieces, ModelReply(**values)]


def call(name: str, arguments: str) -> Sequence[str | ModelReply]:
    """A reply that calls one tool."""
    return answer(tool_calls=(ToolCall("a", name, arguments),), finish_reason="tool_calls")


async def events(
    models: FakeModels,
    content: Any = "dogs",
    index: FakeIndex | None = None,
    storage: FakeStorage | None = None,
    limits: ChatLimits | None = None,
    **fields: Any,
) -> list[Event]:
    messages = [*fields.pop("before", []), {"role": "user", "content": content}, *fields.pop("after", [])]
    request = ChatRequest.model_validate({"messages": messages, **fields})
    context = fake_context(index or FakeIndex([hit(1), hit(2)]), models, storage, limits=limits)
    budget = AnswerBudget(context.limits)
    now = datetime(2024, 5, 31, 23, 30, tzinfo=UTC)
    return [event async for event in converse(request, context, now=now, zone=ZoneInfo("Europe/Zurich"), budget=budget)]


def text_of(happened: list[Event]) -> str:
    return "".join(event.text for event in happened if isinstance(event, TextDelta))


async def test_a_conversation_about_a_collection_searches_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    def in_collection(self: Library, name: str) -> Library:
        names.append(name)
        return self

    monkeypatch.setattr(Library, "in_collection", in_collection)
    await events(FakeModels([answer("A dog [1].")]), collection="Rome")
    await events(FakeModels([answer("A dog [1].")]))

    assert names == ["Rome"]


async def test_no_search_of_an_answer_asks_for_highlights_which_only_people_see() -> None:
    index = FakeIndex([hit(1), hit(2)])

    await events(FakeModels([call("search_photos", '{"query": "cats"}'), answer("None.")]), index=index)

    asked = {query.text: query.highlights for query in index.queries if query.vector}
    assert asked == {"dogs": False, "cats": False}


async def test_a_plain_answer_is_photos_acceptance_words_and_an_end() -> None:
    models = FakeModels([answer("A dog [", "1].")])

    happened = await events(models, temperature=0.5)

    photos, accepted, *words, end = happened
    assert isinstance(photos, PhotosFound)
    assert [each["path"] for each in photos.citations] == ["1.jpg", "2.jpg"]
    assert [each["path"] for each in photos.photos] == ["1.jpg", "2.jpg"]
    assert photos.searches == [{"query": "dogs"}]
    assert accepted == ModelAccepted()
    assert words == [TextDelta("A dog"), TextDelta(" [1].")]
    assert isinstance(end, AnswerFinished)
    assert (end.finish_reason, end.usage) == ("stop", TokenUsage(10, 5))
    assert [each["n"] for each in end.citations] == [1]
    [request] = models.requests
    assert (request["model"], request["choice"], request["temperature"]) == ("chat", "auto", 0.5)
    assert len(request["tools"]) == 3


async def test_the_instructions_name_the_day_the_zone_and_the_operators_wishes() -> None:
    models = FakeModels([answer("ok"), answer("ok")])
    before = [{"role": "system", "content": "Be brief."}, {"role": "developer", "content": "Rhyme."}]

    await events(models, before=before)
    await events(models)

    instructions = models.requests[0]["messages"][0]["content"]
    assert "Today is Saturday, 2024-06-01 in Europe/Zurich." in instructions
    assert instructions.rstrip().endswith("as far as it fits the rules above:\nBe brief.\nRhyme.")
    assert "operator" not in models.requests[1]["messages"][0]["content"]


async def test_a_tool_call_leads_to_another_round() -> None:
    models = FakeModels([call("search_photos", '{"tags": ["snow"]}'), answer("Done [2].")])

    happened = await events(models)

    searches = [event.searches for event in happened if isinstance(event, PhotosFound)]
    assert searches == [[{"query": "dogs"}], [{"query": "dogs"}, {"tags": ["snow"]}]]
    assert [type(event) for event in happened] == [
        PhotosFound, ModelAccepted, PhotosFound, ModelAccepted, TextDelta, AnswerFinished,
    ]  # fmt: skip
    assert text_of(happened) == "Done [2]."
    end = happened[-1]
    assert isinstance(end, AnswerFinished)
    assert end.usage == TokenUsage(20, 10)
    assert [each["role"] for each in models.requests[1]["messages"]][-2:] == ["assistant", "tool"]


async def test_the_tokens_of_looking_are_counted() -> None:
    looking = call("look_at_photos", '{"ids": ["1"], "question": "what?"}')
    models = FakeModels([looking, answer("x")], completion=ModelReply("y", usage=TokenUsage(100, 50)))

    happened = await events(models)

    end = happened[-1]
    assert isinstance(end, AnswerFinished)
    assert end.usage == TokenUsage(120, 60)
    assert [event.searches for event in happened if isinstance(event, PhotosFound)][-1] == [{"query": "dogs"}]


async def test_the_fourth_round_has_to_answer() -> None:
    again = call("search_photos", "{}")
    models = FakeModels([again, again, again, answer("Enough.", tool_calls=(ToolCall("a", "x", ""),)), again])

    happened = await events(models)

    assert [request["choice"] for request in models.requests] == ["auto", "auto", "auto", "none"]
    assert text_of(happened) == "Enough."


async def test_how_many_has_to_be_counted_first() -> None:
    models = FakeModels([call("count_photos", "{}"), answer("Two.")])

    await events(models, "How many dogs?")

    assert [request["choice"] for request in models.requests] == [
        {"type": "function", "function": {"name": "count_photos"}},
        "auto",
    ]


async def test_after_two_failed_rounds_the_model_has_to_answer() -> None:
    broken = call("search_photos", "{")
    models = FakeModels([broken, broken, answer("A dog.")])

    await events(models)

    assert [request["choice"] for request in models.requests] == ["auto", "auto", "none"]
    assert len(models.requests[2]["messages"]) == len(models.requests[0]["messages"]) + 4


async def test_after_two_failed_rounds_what_was_not_searched_is() -> None:
    broken = call("search_photos", "{")
    models, index = FakeModels([broken, broken, answer("Hi.")]), FakeIndex([hit(1)])

    await events(models, "hello", index)

    assert [query.text for query in index.queries] == ["hello"]
    assert models.requests[2]["messages"][-1]["role"] == "tool"
    assert "1.jpg" in models.requests[2]["messages"][-1]["content"]


async def test_a_model_without_tools_gets_the_photos_as_text() -> None:
    models = FakeModels([ToolsUnsupported("no tools"), answer("A dog [1].")])

    happened = await events(models)

    assert text_of(happened) == "A dog [1]."
    assert "tools" not in models.requests[1]
    assert "1.jpg" in models.requests[1]["messages"][1]["content"]


@pytest.mark.parametrize(
    ("reply", "text", "reason"),
    [
        (answer("", refusal="I can't."), "I can't.", "stop"),
        (answer("No.", refusal="I can't."), "No.", "stop"),
        (answer("", finish_reason="length"), "", "length"),
        (answer("", finish_reason="content_filter"), "", "content_filter"),
        (answer("A", finish_reason="length"), "A", "length"),
        (answer("A", finish_reason="tool_calls"), "A", "stop"),
        (answer("A", finish_reason="function_call"), "A", "stop"),
        (answer("A [1"), "A [1", "stop"),
    ],
)
async def test_every_end_has_its_words_and_its_reason(
    reply: Sequence[str | ModelReply], text: str, reason: str
) -> None:
    happened = await events(FakeModels([reply]))

    end = happened[-1]
    assert isinstance(end, AnswerFinished)
    assert (text_of(happened), end.finish_reason) == (text, reason)


async def test_silence_is_an_error() -> None:
    with pytest.raises(BadReply, match="chat gave no answer"):
        await events(FakeModels([answer("")]))


async def test_an_error_of_the_model_is_passed_on() -> None:
    with pytest.raises(Throttled):
        await events(FakeModels([Throttled("slow down")]))


async def test_pictures_are_described_and_searched_by_their_description() -> None:
    completion = ModelReply("two cats", usage=TokenUsage(7, 8))
    models, index = FakeModels([answer("ok")], completion=completion), FakeIndex([hit(1)])

    happened = await events(models, [{"type": "text", "text": "like these"}, PICTURE, PICTURE, PICTURE], index)

    assert [query.text for query in index.queries] == ["like these two cats"]
    description = models.requests[0]
    assert (description["model"], description["max_completion_tokens"]) == ("vision", 300)
    assert [part["type"] for part in description["messages"][0]["content"]] == ["text", "image_url", "image_url"]
    assert description["messages"][0]["content"][1]["image_url"] == {**PICTURE["image_url"], "detail": "low"}  # type: ignore[dict-item]
    end = happened[-1]
    assert isinstance(end, AnswerFinished)
    assert end.usage == TokenUsage(17, 13)


async def test_a_long_question_is_cut_before_it_is_searched() -> None:
    models = FakeModels([answer("ok"), answer("ok")], completion=ModelReply("d" * 2000))

    await events(models, "x" * 2000)
    await events(models, [PICTURE])

    assert [[len(text) for text in texts] for texts in models.embedded] == [[1000], [1000]]


# -- limits -------------------------------------------------------------------------------


async def test_the_number_of_rounds_is_a_setting_and_the_model_is_told_of_the_last() -> None:
    again = call("search_photos", "{}")
    models = FakeModels([again, answer("Enough.")])

    await events(models, limits=ChatLimits(rounds=2))

    assert [request["choice"] for request in models.requests] == ["auto", "none"]
    assert models.requests[1]["messages"][-1]["content"].endswith("answer with what there is.")
    assert not models.requests[0]["messages"][-1]["content"].endswith("answer with what there is.")


async def test_an_answer_without_end_is_cut_like_any_that_is_too_long() -> None:
    happened = await events(FakeModels([answer(*["word " * 1000] * 100)]), limits=ChatLimits(answer_tokens=10_000))

    end = happened[-1]
    assert isinstance(end, AnswerFinished)
    assert end.finish_reason == "length"
    assert len(text_of(happened)) <= 40_000


async def test_a_conversation_beyond_the_tokens_of_an_answer_is_refused_before_it_is_paid_for() -> None:
    models = FakeModels([answer("A dog.")])

    with pytest.raises(BadRequest, match="start a new one or shorten it"):
        await events(
            models, before=[{"role": "system", "content": "x" * 50_000}], limits=ChatLimits(answer_tokens=10_000)
        )

    assert models.requests == []
