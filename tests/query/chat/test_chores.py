"""What chat programs ask for themselves."""

from typing import Any

import pytest

from query.chat.chores import is_chore
from query.chat.events import PhotosFound
from tests.query.chat.test_conversation import answer, events, text_of
from tests.query.fakes import FakeIndex, FakeModels, hit

HISTORY = "### Chat History:\n<chat_history>\nUSER: dogs in the snow\nASSISTANT: A dog [1].\n</chat_history>"
# As they stand in Open WebUI and LibreChat, shortened where nothing depends on it.
CHORES = [
    "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n### Output:\nJSON "
    f'format: {{ "title": "your concise title here" }}\n{HISTORY}',
    f"### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history.\n{HISTORY}",
    f"### Task:\nSuggest 3-5 relevant follow-up questions or prompts that the user might ask next.\n{HISTORY}",
    "### Task:\nPredict 3-5 useful messages this user might naturally send next to advance their current objective.\n"
    f'### Output:\nJSON format: {{ "follow_ups": ["Suggested next message 1"] }}\n{HISTORY}',
    f"### Task:\nAnalyze the chat history to determine the necessity of generating search queries.\n{HISTORY}",
    "### Task:\nYou are an autocompletion system. Continue the text in `<text>`.",
    "Your task is to reflect the speaker's likely facial expression through a fitting emoji. Interpret emotions from "
    "the message.\n\nMessage: ```Show me dogs```",
    "Provide a concise, 5-word-or-less title for the conversation, using its same language, with no punctuation.\n\n"
    "Conversation:\nUser: dogs\nAI: A dog [1].",
    "Analyze this conversation and provide:\n1. The detected language of the conversation\n2. A concise title in the "
    "detected language (5 words or less, no punctuation or quotation)\n\nUser: dogs",
    "Please generate a concise title (max 40 characters) for a conversation that starts with:\nUser: dogs",
]
QUESTIONS = [
    "dogs in the snow",
    "Generate a concise title for the photo of the crane",
    "### Task:\nFind the photos of the harbour",
    "### Task:\nRespond to the user query using the provided context.\n<context>x</context>\n<chat_history>y"
    "</chat_history>\n<user_query>dogs</user_query>",
    "Analyze this photo and provide a caption",
    "",
]


@pytest.mark.parametrize("text", CHORES)
def test_a_chore_is_told_by_its_wording(text: str) -> None:
    assert is_chore(text)


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_is_none(text: str) -> None:
    assert not is_chore(text)


@pytest.mark.parametrize("text", CHORES)
async def test_a_chore_has_no_photos_in_its_prompt(text: str) -> None:
    models, index = FakeModels([answer("Dogs in Snow [1]")]), FakeIndex([hit(1)])

    happened = await events(models, text, index)

    assert index.queries == []
    assert models.embedded == []
    [request] = models.requests
    assert [each["role"] for each in request["messages"]] == ["system", "user"]
    assert request["messages"][1]["content"] == text
    assert not request["tools"]
    assert happened[0] == PhotosFound([], [], [])
    assert text_of(happened) == "Dogs in Snow"


async def test_a_chore_may_have_a_format_or_a_tool_for_its_answer() -> None:
    tool: dict[str, Any] = {"type": "function", "function": {"name": "title"}}
    models = FakeModels([answer('{"title": "Dogs"}')])

    await events(models, CHORES[0], tools=[tool], response_format={"type": "json_object"})

    [request] = models.requests
    assert [each["function"]["name"] for each in request["tools"]] == ["title"]
    assert request["response_format"] == {"type": "json_object"}
