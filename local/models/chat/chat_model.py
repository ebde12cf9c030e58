"""
The rule-based chat model. Each turn of the conversation is one of:

    small talk -> an answer at once
    a question that needs more than the plain search -> tool calls
    tool results -> an answer that cites them
"""

import json
from dataclasses import dataclass, replace

from local.models.api.requests import ChatCompletionRequest, JsonObject, NamedToolChoice, ToolDefinition
from local.models.api.responses import AssistantToolCall, ModelOutput
from local.models.chat import answer, other_tools, proposal_planner, tool_planner
from local.models.chat.catalogue_requests import CatalogueRequest
from local.models.chat.conversation_tasks import task_answer
from local.models.chat.dialogue_state import COUNT_TOOL, LOOK_TOOL, SEARCH_TOOL, DialogueState, read_dialogue_state
from local.models.chat.file_answer import photos_in_question
from local.models.chat.form_filling import FormFacts, fill_form
from local.models.chat.lexicon import detect_language
from local.models.chat.own_fields import own_fields
from local.models.chat.question_parser import ParsedQuestion, parse_question
from local.models.chat.relevance import rank_photos
from local.models.chat.search_results import PhotoRecord

SMALL_TALK_INTENTS = ("greet", "thank", "explain")


@dataclass(frozen=True)
class TurnContext:
    """The question of this turn with its conversation and tools.

    With `inherits_subject` its terms are those of an earlier question.
    """

    question: ParsedQuestion
    dialogue: DialogueState
    tools: tuple[ToolDefinition, ...]
    inherits_subject: bool

    @property
    def count_query(self) -> str:
        """What to count: every word of it must be in a photo's record."""
        return tool_planner.count_query(self.question, self.dialogue.caption_language)

    @property
    def query(self) -> str:
        """What to search for: the photo that the question refers to, or its subject."""
        return _referenced_title(self) or tool_planner.search_query(self.question, self.dialogue.caption_language)

    def unused_tool(self, name: str) -> ToolDefinition | None:
        """The tool with this name, unless this turn has used it. A plain search, made first, doesn't count."""
        calls = [call for call in self.dialogue.tool_calls if call.tool == name]
        is_plain_search = name == SEARCH_TOOL and all(set(call.arguments) == {"query"} for call in calls)
        if len(calls) > is_plain_search:
            return None
        return next((tool for tool in self.tools if tool.function.name == name), None)


def respond(request: ChatCompletionRequest, schema: JsonObject | None = None) -> ModelOutput:
    """The answer to the last question, as JSON of the schema if there is one, or the tool calls that it needs."""
    turn = _read_turn_context(request)
    task = task_answer(turn.question.text)
    calls = _forced_tool_calls(turn, request) or ([] if task else _plan_tool_calls(turn))
    if calls:
        return ModelOutput(tool_calls=tuple(calls if request.parallel_tool_calls is not False else calls[:1]))
    text = task or answer.compose_answer(turn.question, turn.dialogue)
    if schema is None:
        return ModelOutput(text=text)
    return ModelOutput(text=json.dumps(fill_form(schema, _form_facts(turn, text)), ensure_ascii=False))


def _form_facts(turn: TurnContext, answer_text: str = "") -> FormFacts:
    """What an answer as JSON, or the arguments of a tool, can be filled in with."""
    results, count = turn.dialogue.latest_search_result(), turn.dialogue.count_result()
    ranked = rank_photos(turn.question, results.photos) if results else []
    photos = [scored.photo for scored in ranked if scored.relevance >= answer.MIN_RELEVANCE]
    return FormFacts(
        question=turn.question.text,
        subject=turn.query,
        text=answer_text or turn.query or turn.question.text,
        photos=photos,
        total=count.get("total", 0) if count else len(photos),
        is_answer=bool(answer_text),
    )


def _read_turn_context(request: ChatCompletionRequest) -> TurnContext:
    """Parse the last question; a follow-up takes its subject from an earlier one."""
    dialogue = read_dialogue_state(request)
    previous_language = detect_language(dialogue.earlier_questions[-1]).code if dialogue.earlier_questions else "en"
    fields = own_fields(request.tools or ())
    question = parse_question(dialogue.question, dialogue.today, previous_language, fields)
    earlier_terms = () if question.terms else _earlier_subject(question, dialogue, previous_language)
    tools = () if request.tool_choice == "none" else tuple(request.tools or ())
    return TurnContext(replace(question, terms=question.terms or earlier_terms), dialogue, tools, bool(earlier_terms))


def _earlier_subject(question: ParsedQuestion, dialogue: DialogueState, previous_language: str) -> tuple[str, ...]:
    """The subject of the latest earlier question that has one, for a follow-up question."""
    if question.intent in SMALL_TALK_INTENTS or not (question.is_follow_up or question.has_filters):
        return ()
    for text in reversed(dialogue.earlier_questions):
        earlier_question = parse_question(text, dialogue.today, previous_language)
        if earlier_question.terms:
            return earlier_question.terms
    return ()


def _plan_tool_calls(turn: TurnContext) -> list[AssistantToolCall]:
    """The tool calls that the question still needs; none if all results are there."""
    question = turn.question
    if question.intent in SMALL_TALK_INTENTS:
        return []
    if question.request:
        return _plan_proposal(turn, question.request)
    if others := other_tools.called_for(question, turn.dialogue, turn.tools):
        return [other_tools.plan_call(tool, _form_facts(turn)) for tool in others]
    calls = []
    search, count, look = turn.unused_tool(SEARCH_TOOL), turn.unused_tool(COUNT_TOOL), turn.unused_tool(LOOK_TOOL)
    if look and question.intent == "look" and (remembered := _earlier_photos(turn)):
        return [tool_planner.plan_look(question, remembered, look)]
    if question.intent == "file" and photos_in_question(question, turn.dialogue):
        return []  # the photos of earlier turns come with what their files say
    if count and question.intent == "count":
        calls.append(tool_planner.plan_count(question, turn.count_query, count))
    if search and (
        question.has_filters or turn.inherits_subject or not turn.dialogue.tool_calls or _search_missed(turn)
    ):
        calls.append(tool_planner.plan_search(question, turn.query, search))
    if look and question.intent == "look" and not calls and (photos := _best_photo_matches(turn)):
        calls.append(tool_planner.plan_look(question, photos, look))
    return calls


def _plan_proposal(turn: TurnContext, request: CatalogueRequest) -> list[AssistantToolCall]:
    """A proposal about the photos that are meant, after a search for them; none where there is no tool for it."""
    tool = turn.unused_tool(proposal_planner.tool_for(request))
    if tool is None:
        return []
    numbers = proposal_planner.referenced_numbers(turn.question, turn.dialogue)
    search = turn.unused_tool(SEARCH_TOOL)
    if not numbers and search:
        return [tool_planner.plan_search(turn.question, turn.query, search)]
    numbers = numbers or [photo.n for photo in answer.matching_photos(turn.question, turn.dialogue)]
    return [proposal_planner.plan_proposal(request, numbers, tool)] if numbers else []


def _search_missed(turn: TurnContext) -> bool:
    """Whether the plain search missed and another with other words could help."""
    if _referenced_title(turn):
        return True
    results = turn.dialogue.latest_search_result()
    ranked = rank_photos(turn.question, results.photos) if results else []
    is_met = bool(ranked) and ranked[0].relevance >= answer.MIN_RELEVANCE
    return not is_met and turn.query != " ".join(turn.question.terms)


def _earlier_photos(turn: TurnContext) -> list[PhotoRecord]:
    """The photos of earlier turns that the question refers to, by number or by position in the last answer."""
    ordinal_numbers = [
        number
        for position, (number, _) in enumerate(turn.dialogue.cited_titles)
        if position + 1 in turn.question.ordinals
    ]
    photo_numbers = {*turn.question.photo_numbers, *ordinal_numbers}
    photos = {photo.n: photo for photo in turn.dialogue.earlier_photos if photo.n in photo_numbers and photo.id}
    return list(photos.values())


def _referenced_title(turn: TurnContext) -> str:
    """The title of the photo in the last answer that the question refers to by number or position, or ""."""
    question, cited_titles = turn.question, turn.dialogue.cited_titles
    titles = [title for number, title in cited_titles if number in question.photo_numbers]
    titles += [title for position, (_, title) in enumerate(cited_titles) if position + 1 in question.ordinals]
    return titles[0] if titles else ""


def _forced_tool_calls(turn: TurnContext, request: ChatCompletionRequest) -> list[AssistantToolCall]:
    """The tool calls that the request insists on, whatever the question is."""
    choice = request.tool_choice
    if isinstance(choice, NamedToolChoice):
        names = [choice.function.name]
    elif choice == "required":
        others = [tool.function.name for tool in turn.tools if other_tools.is_other_tool(tool)]
        names = [call.name for call in _plan_tool_calls(turn)] or [*others, turn.tools[0].function.name][:1]
    else:
        return []
    chosen = [tool for tool in turn.tools if tool.function.name in names]
    return [_plan_tool_call(turn, tool) for tool in chosen]


def _plan_tool_call(turn: TurnContext, tool: ToolDefinition) -> AssistantToolCall:
    """A call of one tool with the arguments that the question gives."""
    name = tool.function.name
    if name == COUNT_TOOL:
        return tool_planner.plan_count(turn.question, turn.count_query, tool)
    if name == LOOK_TOOL:
        return tool_planner.plan_look(turn.question, _best_photo_matches(turn), tool)
    if other_tools.is_other_tool(tool):
        return other_tools.plan_call(tool, _form_facts(turn))
    return tool_planner.plan_search(turn.question, turn.query, tool)


def _best_photo_matches(turn: TurnContext) -> list[PhotoRecord]:
    """The photo that the question refers to, or the one that fits it best."""
    title = _referenced_title(turn)
    search_result = turn.dialogue.latest_search_result()
    photos = search_result.photos if search_result else ()
    titled = [photo for photo in photos if title and photo.title.rstrip(".") == title]
    if titled:
        return titled[:1]
    ranked = rank_photos(turn.question, photos)
    return [scored.photo for scored in ranked if scored.relevance == ranked[0].relevance][:1] if ranked else []
