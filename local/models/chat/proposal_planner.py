"""Calls of the tools that propose to write something about photos, and what is said of their results."""

import json
from collections.abc import Sequence

from local.models.api.requests import ToolDefinition
from local.models.api.responses import AssistantToolCall
from local.models.chat.catalogue_requests import CatalogueRequest
from local.models.chat.dialogue_state import COLLECT_TOOL, EDIT_TOOL, DialogueState
from local.models.chat.question_parser import ParsedQuestion
from local.models.chat.search_results import find_json_objects


def tool_for(request: CatalogueRequest) -> str:
    """The name of the tool that a request calls for."""
    return COLLECT_TOOL if request.change == "collect" else EDIT_TOOL


def referenced_numbers(question: ParsedQuestion, dialogue: DialogueState) -> list[int]:
    """The photos that the question refers to by number, by position or as "these": those of the last answer."""
    cited = [number for number, _ in dialogue.cited_titles]
    chosen = [number for position, number in enumerate(cited) if position + 1 in question.ordinals]
    if question.photo_numbers or chosen:
        return list(dict.fromkeys([*question.photo_numbers, *chosen]))
    return [] if question.own_terms or question.has_filters else list(dict.fromkeys(cited))


def plan_proposal(request: CatalogueRequest, numbers: Sequence[int], tool: ToolDefinition) -> AssistantToolCall:
    """A call that proposes it for the photos of these numbers, with arguments that the tool has."""
    values = {
        "ids": [str(number) for number in numbers],
        "add_tags": request.tags if request.change == "tag" else [],
        "remove_tags": request.tags if request.change == "untag" else [],
        "name": request.what,
    }
    names = tool.function.parameters.get("properties", {})
    arguments = {name: value for name, value in values.items() if name in names}
    return AssistantToolCall(tool.function.name, json.dumps(arguments, ensure_ascii=False))


def proposal_answer(question: ParsedQuestion, dialogue: DialogueState, listing: str) -> str | None:
    """What is said of the proposal of this turn; None if there is none."""
    request, outputs = question.request, dialogue.proposal_outputs()
    if request is None or not outputs:
        return None
    result = next(find_json_objects(outputs[-1]), {})
    if "photos" not in result:
        return question.language.say("refused", reason=str(result.get("error", outputs[-1])))
    phrase = f"propose_{request.change}"
    return question.language.say(phrase, what=request.what, count=result["photos"], list=listing)
