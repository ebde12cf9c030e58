"""What of a conversation is recalled."""

import json
from typing import Any

from query.chat.budget import AnswerBudget
from query.chat.citations import Citations
from query.chat.history import MAX_CHARACTERS, earlier_questions, recall, recent_messages
from query.chat.tools import Toolbox, ToolResult
from query.chat.wire_format import ChatMessage
from shared.photo import photo_id
from tests.query.fakes import FakeIndex, FakeModels, fake_context, hit

PICTURE = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]


def user(content: Any) -> ChatMessage:
    return ChatMessage.model_validate({"role": "user", "content": content})


def assistant(text: str, context: Any = None) -> ChatMessage:
    return ChatMessage(role="assistant", content=text, context=context)


def toolbox(index: FakeIndex, models: FakeModels | None = None) -> Toolbox:
    context = fake_context(index, models)
    return Toolbox(context.library, context.models, context.storage, Citations(), AnswerBudget(context.limits))


def numbers(result: ToolResult | None) -> list[int]:
    assert result is not None
    return [each["n"] for each in json.loads(result.content)["photos"]]


# -- what fits ----------------------------------------------------------------------------


def test_history_is_cut_at_the_front_and_begins_with_a_question() -> None:
    messages = [
        ChatMessage(role=role, content=f"{number} " + "x" * 3000)
        for number in range(6)
        for role in ("user", "assistant")
    ]

    recent = recent_messages([*messages, user("last")])

    assert recent[0].role == "user"
    assert recent[-1].text == "last"
    assert [each.text[0] for each in recent] == ["5", "5", "l"]


def test_history_may_be_exactly_as_long_as_the_limit() -> None:
    fits = [user("x" * (MAX_CHARACTERS - 4)), user("last")]

    assert recent_messages(fits) == fits
    assert recent_messages([user("x" * (MAX_CHARACTERS - 3)), fits[1]]) == fits[1:]


def test_the_last_message_is_kept_whatever_its_length() -> None:
    long = user("x" * (MAX_CHARACTERS + 1))

    assert recent_messages([user("first"), long]) == [long]
    assert recent_messages([assistant("x" * 20_000)]) == [assistant("x" * 20_000)]


def test_only_messages_with_words_or_pictures_count() -> None:
    messages = [ChatMessage(role="system", content="a"), user(""), user(PICTURE), assistant(""), user("last")]

    assert recent_messages(messages) == [messages[2], messages[4]]


def test_earlier_questions_are_those_worth_a_search() -> None:
    messages = [user("hello"), assistant("Hi."), user("dogs"), assistant("A dog."), user("cats"), assistant("A cat.")]

    assert earlier_questions(messages) == [2]
    assert earlier_questions([*messages, user("thanks")]) == [2, 4]
    assert earlier_questions([assistant("Hi.")]) == []


# -- what is found again ------------------------------------------------------------------


async def test_a_first_question_is_just_searched() -> None:
    tools = toolbox(FakeIndex([hit(1), hit(2)]))

    recalled = await recall([user("dogs")], "dogs", tools)

    assert [(each.role, each.text, each.result) for each in recalled.messages] == [("user", "dogs", None)]
    [result] = recalled.results
    assert numbers(result) == [1, 2]
    assert "total" in json.loads(result.content)
    assert result.query == "dogs"


async def test_small_talk_is_not_searched() -> None:
    index = FakeIndex([hit(1)])

    recalled = await recall([user("hello")], "hello", toolbox(index))

    assert list(recalled.results) == []
    assert index.queries == []


async def test_earlier_questions_are_searched_again_before_the_latest() -> None:
    index, models = FakeIndex([hit(1), hit(2)]), FakeModels()
    tools = toolbox(index, models)
    messages = [user("dogs"), assistant("A dog [1], one more [9]."), user("cats")]

    recalled = await recall(messages, "cats", tools)

    earlier = recalled.messages[0].result
    assert earlier is not None
    assert (earlier.query, numbers(earlier)) == ("dogs", [1, 2])
    assert "total" not in json.loads(earlier.content)
    assert [each.result for each in recalled.messages[1:]] == [None, None]
    assert recalled.messages[1].text == "A dog [1], one more."
    assert [result.query for result in recalled.results] == ["cats"]
    assert models.embedded == [["dogs", "cats"]]


async def test_only_the_latest_three_questions_are_searched_again_and_then_no_number_holds() -> None:
    texts = ["ants", "bees", "cats", "dogs"]
    messages = [message for text in texts for message in (user(text), assistant(f"See {text} [1]."))]
    models = FakeModels()

    recalled = await recall([*messages, user("eels")], "eels", toolbox(FakeIndex([hit(1)]), models))

    assert models.embedded == [["bees", "cats", "dogs", "eels"]]
    assert [each.result.query for each in recalled.messages if each.result] == ["bees", "cats", "dogs"]
    assert [each.text for each in recalled.messages if each.role == "assistant"] == [f"See {text}." for text in texts]


async def test_three_earlier_questions_keep_their_numbers() -> None:
    messages = [message for text in ("ants", "bees", "cats") for message in (user(text), assistant("See [1]."))]

    recalled = await recall([*messages, user("dogs")], "dogs", toolbox(FakeIndex([hit(1)])))

    assert {each.text for each in recalled.messages if each.role == "assistant"} == {"See [1]."}


async def test_the_photos_of_the_last_answer_sent_back_come_first() -> None:
    index, models = FakeIndex([hit(1), hit(2), hit(3)]), FakeModels()
    photos = [{"id": photo_id("3.jpg")}, {"id": "0" * 32}, {"id": photo_id("2.jpg")}]
    messages = [
        user("ants"),
        assistant("None.", {"photos": [{"id": photo_id("1.jpg")}]}),
        user("dogs"),
        assistant("See [2].", {"photos": photos}),
        user("cats"),
    ]

    recalled = await recall(messages, "cats", toolbox(index, models))

    earlier = recalled.messages[2].result
    assert earlier is not None
    assert [each["path"] for each in json.loads(earlier.content)["photos"]] == ["3.jpg", "2.jpg"]
    assert (earlier.query, numbers(earlier)) == ("", [1, 2])
    assert [each.result for each in recalled.messages].count(None) == 4
    assert recalled.messages[3].text == "See [2]."
    assert numbers(recalled.results[0]) == [3, 2, 1]
    assert models.embedded == [["cats"]]


async def test_photos_sent_back_that_are_gone_leave_nothing() -> None:
    messages = [user("dogs"), assistant("See [1].", {"photos": [{"id": "0" * 32}]}), user("hello")]

    recalled = await recall(messages, "hello", toolbox(FakeIndex()))

    assert [each.result for each in recalled.messages] == [None, None, None]
    assert recalled.messages[1].text == "See."


async def test_an_answer_without_a_question_belongs_to_the_first_message() -> None:
    messages = [assistant("See [1].", {"photos": [{"id": photo_id("1.jpg")}]})]

    recalled = await recall(messages, "", toolbox(FakeIndex([hit(1)])))

    assert recalled.messages[0].result is not None


async def test_pictures_alone_read_as_a_request_and_long_questions_are_cut() -> None:
    models = FakeModels()

    recalled = await recall([user(PICTURE)], "x" * 5000, toolbox(FakeIndex(), models))

    assert recalled.messages[0].text == "Find photos like these pictures."
    assert [len(text) for text in models.embedded[0]] == [1000]
