"""The messages of one turn as the model reads them."""

from query.chat.history import PastMessage, RecalledConversation
from query.chat.tool_schemas import SearchPhotos
from query.chat.tools import ToolResult
from query.chat.transcript import PHOTOS_WITHOUT_TOOLS, Transcript
from shared.models import ModelReply, ToolCall
from shared.prompt_message import PromptMessage
from shared.prompt_text import own

SYSTEM: PromptMessage = {"role": "system", "content": own("instructions")}
EARLIER = ToolResult(own('{"photos": "earlier"}'), SearchPhotos(query="dogs"))
LATEST = ToolResult(own('{"photos": "latest"}'), SearchPhotos(query="cats"))
HISTORY = [
    PastMessage("user", own("dogs?"), EARLIER),
    PastMessage("assistant", own("Two.")),
    PastMessage("user", own("cats?")),
]


def transcript() -> Transcript:
    return Transcript(SYSTEM, RecalledConversation(HISTORY, [LATEST]))


def call_ids(messages: list[PromptMessage]) -> list[str]:
    return [each["tool_call_id"] for each in messages if each["role"] == "tool"]


def test_searches_stand_after_the_questions_they_belong_to() -> None:
    messages = transcript().messages

    assert [each["role"] for each in messages] == [
        "system", "user", "assistant", "tool", "assistant", "user", "assistant", "tool",
    ]  # fmt: skip
    assert [messages[index]["content"] for index in (0, 1, 3, 4, 5, 7)] == [
        "instructions", "dogs?", EARLIER.content, "Two.", "cats?", LATEST.content,
    ]  # fmt: skip
    assert messages[2]["tool_calls"][0]["function"]["arguments"] == '{"query": "dogs"}'
    assert call_ids(messages) == ["call_earlier_0", "call_search_0"]


def test_what_the_model_thought_goes_back_with_its_calls() -> None:
    conversation, thought = transcript(), {"type": "reasoning", "encrypted_content": "gAAA"}
    reply = ModelReply(tool_calls=(ToolCall("a", "search_photos", "{}"),), reasoning_items=(thought,))

    conversation.add_round(reply, [LATEST])

    assert conversation.messages[8]["reasoning_items"] == [thought]


def test_a_round_has_the_calls_and_their_results() -> None:
    conversation = transcript()
    calls = (ToolCall("a", "search_photos", "{}"), ToolCall("b", "count_photos", '{"by": "year"}'))

    conversation.add_round(ModelReply("Wait.", tool_calls=calls), [LATEST, EARLIER])
    conversation.add_round(ModelReply("", tool_calls=calls[:1]), [LATEST])
    conversation.add_search(EARLIER)

    round_ = conversation.messages[8:]
    assert round_[0] == {
        "role": "assistant",
        "content": "Wait.",
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "search_photos", "arguments": "{}"}},
            {"id": "b", "type": "function", "function": {"name": "count_photos", "arguments": '{"by": "year"}'}},
        ],
    }
    assert round_[1] == {"role": "tool", "tool_call_id": "a", "content": LATEST.content}
    assert round_[2] == {"role": "tool", "tool_call_id": "b", "content": EARLIER.content}
    assert round_[3]["content"] is None
    assert len(set(call_ids(conversation.messages))) == len(call_ids(conversation.messages)) - 1  # "a" twice


def test_without_tools_the_photos_come_as_text_before_the_last_question() -> None:
    conversation = transcript()
    conversation.add_round(ModelReply("Wait."), [])
    conversation.tools = False

    assert conversation.messages == [
        SYSTEM,
        {"role": "user", "content": "dogs?"},
        {"role": "assistant", "content": "Two."},
        {"role": "system", "content": f"{PHOTOS_WITHOUT_TOOLS}\n{EARLIER.content}\n{LATEST.content}"},
        {"role": "user", "content": "cats?"},
    ]


def test_without_tools_and_photos_there_are_just_the_messages() -> None:
    conversation = Transcript(SYSTEM, RecalledConversation([PastMessage("user", own("hi"))], []))
    conversation.tools = False

    assert conversation.messages == [SYSTEM, {"role": "user", "content": "hi"}]
