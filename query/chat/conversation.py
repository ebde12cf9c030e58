"""
How a question becomes an answer:

    question -> search -> model (-> tools -> model) -> cited answer

The last message is searched at once, so a plain question takes one round of the
model. The answer is passed on as it comes, and cites only photos that were found.
`turn.py` has the rounds; what a chat program asks for itself is not searched.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from zoneinfo import ZoneInfo

from query.chat import chores
from query.chat.answer_trace import traced
from query.chat.budget import AnswerBudget, within_budget
from query.chat.citations import Citations
from query.chat.events import Event
from query.chat.history import MAX_QUERY_LENGTH, recall
from query.chat.tools import Toolbox
from query.chat.transcript import Transcript
from query.chat.turn import Turn
from query.chat.wire_format import MAX_TEXT, ChatMessage, ChatRequest
from query.context import QueryContext
from shared import telemetry
from shared.models import Models
from shared.prompt_message import PromptMessage, PromptPart, picture_part, text_part
from shared.prompt_text import NOTHING, PromptTemplate, PromptText, joined, untrusted

PROMPT = PromptTemplate.beside(__file__, "prompt.md")
OPERATOR = PromptTemplate("\nThe operator of this chat adds, as far as it fits the rules above:\n$wishes")
LIKE_THESE = PromptTemplate(
    "Describe what these pictures show in two sentences of $language, to find photos like them."
)


def converse_within_budget(
    request: ChatRequest, context: QueryContext, *, now: datetime, zone: ZoneInfo, caller: str
) -> AsyncGenerator[Event, None]:
    """The events of `converse`, within what an answer may cost and what the caller has left today."""
    return traced(
        within_budget(
            lambda budget: _within_money(converse(request, context, now=now, zone=zone, budget=budget), context),
            limits=context.limits,
            spending=context.spending,
            caller=caller,
            now=now,
        )
    )


async def _within_money(events: AsyncGenerator[Event, None], context: QueryContext) -> AsyncGenerator[Event, None]:
    """The events of an answer, for which money of the day's budget is held; Paused if it has not as much left."""
    async with aclosing(events):
        if context.budget is None:
            async for event in events:
                yield event
            return
        async with context.budget.holding(context.answer_cost):
            async for event in events:
                yield event


async def converse(
    request: ChatRequest, context: QueryContext, *, now: datetime, zone: ZoneInfo, budget: AnswerBudget
) -> AsyncGenerator[Event, None]:
    """Answer the last message of a conversation, as events in the order they happen."""
    library = context.library.without_highlights()
    library = library.in_collection(request.collection) if request.collection else library
    toolbox = Toolbox(library, context.models, context.storage, Citations(), budget, context.proposer)
    turn = _chore(request, toolbox) or await _begin(request, toolbox, context.language, now=now, zone=zone)
    yield turn.photos
    async with aclosing(turn.events()) as events:
        async for event in events:
            yield event


async def _begin(
    request: ChatRequest, toolbox: Toolbox, language: PromptText, *, now: datetime, zone: ZoneInfo
) -> Turn:
    """Search the question, and put together what the model reads."""
    question = await _question_text(request, language, toolbox.models, toolbox.budget)
    recalled = await recall(request.messages, question, toolbox)
    transcript = Transcript(_instructions(request, language, now, zone), recalled, request.caller_tools)
    return Turn(request, toolbox, transcript, question, [result.search for result in recalled.results])


def _chore(request: ChatRequest, toolbox: Toolbox) -> Turn | None:
    """The turn for what a chat program asks for itself, such as a title: without photos, and without our tools."""
    question = request.question.text
    if not chores.is_chore(question):
        return None
    transcript = Transcript(chores.INSTRUCTIONS, chores.conversation(question), request.caller_tools)
    return Turn(request, toolbox, transcript, question, [], own_tools=False)


async def _question_text(request: ChatRequest, language: PromptText, models: Models, budget: AnswerBudget) -> str:
    """The text of the last message, with its pictures described in words."""
    last = request.question
    if not last.images:
        return last.text.strip()[:MAX_QUERY_LENGTH]
    parts: list[PromptPart] = [
        text_part(LIKE_THESE.fill(language=language)),
        *(picture_part(url, "low") for url in last.images[:2]),
    ]
    with telemetry.spending_for("look"):
        reply = await models.complete(
            [{"role": "user", "content": parts}], model=models.caption_model, max_completion_tokens=300
        )
    budget.add_look(reply.usage, len(parts) - 1)
    return f"{last.text} {reply.text}".strip()[:MAX_QUERY_LENGTH]


def _instructions(request: ChatRequest, language: PromptText, now: datetime, zone: ZoneInfo) -> PromptMessage:
    """Our system message, with the caller's own inside it."""
    operator_text = _operator_text(request.messages)
    wishes = OPERATOR.fill(wishes=untrusted(operator_text, MAX_TEXT)) if operator_text else NOTHING
    form = request.answer_format.instruction if request.answer_format else NOTHING
    today = untrusted(f"{now.astimezone(zone):%A, %Y-%m-%d} in {zone.key}", 100)
    text = PROMPT.fill(today=today, language=language, wishes=joined(NOTHING, [wishes, form]))
    return {"role": "system", "content": text}


def _operator_text(messages: Sequence[ChatMessage]) -> str:
    return "\n".join(each.text for each in messages if each.role in {"system", "developer"}).strip()
