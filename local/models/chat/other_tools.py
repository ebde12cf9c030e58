"""Tools that aren't about photos: when a question calls for one, with which arguments, and what its result says."""

import json
import re
from collections.abc import Sequence

from local.models.api.requests import ToolDefinition
from local.models.api.responses import AssistantToolCall
from local.models.chat.dialogue_state import PHOTO_TOOLS, PROPOSING_TOOLS, CompletedToolCall, DialogueState
from local.models.chat.form_filling import FormFacts, fill_form
from local.models.chat.lexicon import load_lexicon, tokenize
from local.models.chat.question_parser import ParsedQuestion
from local.models.chat.vocabulary import same_stem

WORD_BOUNDARY = re.compile(r"[_-]|(?<=[a-z0-9])(?=[A-Z])")


def is_other_tool(tool: ToolDefinition) -> bool:
    return tool.function.name not in (*PHOTO_TOOLS, *PROPOSING_TOOLS)


def called_for(
    question: ParsedQuestion, dialogue: DialogueState, tools: Sequence[ToolDefinition]
) -> list[ToolDefinition]:
    """The tools that share a content word with the question, by name or description, and weren't run in this turn."""
    used = {call.tool for call in dialogue.tool_calls}
    words = _content_words(question.text)
    return [
        tool
        for tool in tools
        if is_other_tool(tool) and tool.function.name not in used and _share_a_word(words, _tool_words(tool))
    ]


def _share_a_word(words: set[str], others: set[str]) -> bool:
    return any(same_stem(word, other) for word in words for other in others)


def _tool_words(tool: ToolDefinition) -> set[str]:
    return _content_words(WORD_BOUNDARY.sub(" ", tool.function.name)) | _content_words(tool.function.description or "")


def _content_words(text: str) -> set[str]:
    return {word for word in tokenize(text) if len(word) > 2} - load_lexicon("en").function_words


def plan_call(tool: ToolDefinition, facts: FormFacts) -> AssistantToolCall:
    """A call whose arguments fit the tool's schema."""
    arguments = fill_form({"type": "object", **tool.function.parameters}, facts)
    return AssistantToolCall(tool.function.name, json.dumps(arguments, ensure_ascii=False))


def result_text(calls: Sequence[CompletedToolCall]) -> str:
    """What these tools returned."""
    return " ".join(f"{call.tool}: {call.output}" for call in calls)
