"""
One turn of the conversation:

    small talk -> answer at once
    what the first search did not express -> tool calls
    what came back -> an answer that cites it
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from local.models.api.replies import Call, Reply
from local.models.api.requests import ChatRequest, NamedTool, Tool
from local.models.talk import answer, plan
from local.models.talk.dialogue import Dialogue, read_dialogue
from local.models.talk.found import Found
from local.models.talk.lexicon import spoken
from local.models.talk.question import Question, read_question
from local.models.talk.relevance import judge

SEARCH, COUNT, LOOK = "search_photos", "count_photos", "look_at_photos"
SMALL_TALK = ("greet", "thank", "explain")


@dataclass(frozen=True)
class Turn:
    """A question in its conversation, with the tools at hand; `inherited`: its subject is of an earlier one."""

    question: Question
    dialogue: Dialogue
    tools: tuple[Tool, ...]
    inherited: bool

    @property
    def query(self) -> str:
        """What to search for: a photo that the question points at, or its subject."""
        return pointed_at(self) or plan.query_of(self.question)

    def tool(self, name: str) -> Tool | None:
        """The tool with this name, unless it was used in this turn already; a plain search does not count."""
        used = [done for done in self.dialogue.done if done.tool == name and set(done.arguments) != {"query"}]
        repeated = len([done for done in self.dialogue.done if done.tool == name]) > 1
        if used or repeated:
            return None
        return next((tool for tool in self.tools if tool.function.name == name), None)


def speak(request: ChatRequest) -> Reply:
    """What the talker says or which tools it calls."""
    turn = read_turn(request)
    calls = forced(turn, request) or wanted(turn)
    if calls:
        return Reply(calls=tuple(calls if request.parallel_tool_calls is not False else calls[:1]))
    return Reply(text=answer.compose(turn.question, turn.dialogue))


def read_turn(request: ChatRequest) -> Turn:
    """Understand the last question, with the help of the ones before it where it only follows up."""
    dialogue = read_dialogue(request)
    before = spoken(dialogue.earlier[-1]).code if dialogue.earlier else "en"
    question = read_question(dialogue.question, dialogue.today, before)
    earlier = () if question.terms else subject_before(question, dialogue, before)
    tools = () if request.tool_choice == "none" else tuple(request.tools or ())
    return Turn(replace(question, terms=question.terms or earlier), dialogue, tools, bool(earlier))


def subject_before(question: Question, dialogue: Dialogue, before: str) -> tuple[str, ...]:
    """The subject of the latest earlier question that had one, for a question that follows it up."""
    if question.intent in SMALL_TALK or not (question.follows or question.filtered):
        return ()
    for text in reversed(dialogue.earlier):
        earlier = read_question(text, dialogue.today, before)
        if earlier.terms:
            return earlier.terms
    return ()


def wanted(turn: Turn) -> list[Call]:
    """The tool calls of this round; none once everything asked for is there."""
    question = turn.question
    if question.intent in SMALL_TALK:
        return []
    calls = []
    search, count, look = turn.tool(SEARCH), turn.tool(COUNT), turn.tool(LOOK)
    if look and question.intent == "look" and (known := remembered(turn)):
        return [plan.look_call(question, known, look)]
    if count and question.intent == "count":
        calls.append(plan.count_call(question, plan.few_words(question), count))
    if search and (question.filtered or turn.inherited or not turn.dialogue.done or unmet(turn)):
        calls.append(plan.search_call(question, turn.query, search))
    if look and question.intent == "look" and not calls and (photos := meant(turn)):
        calls.append(plan.look_call(question, photos, look))
    return calls


def unmet(turn: Turn) -> bool:
    """Whether the plain search missed, and another would be for other words: an earlier photo, or English ones."""
    if pointed_at(turn):
        return True
    results = turn.dialogue.results()
    judged = judge(turn.question, results.photos) if results else []
    met = bool(judged) and judged[0].share >= answer.ENOUGH
    return not met and turn.query != " ".join(turn.question.terms)


def remembered(turn: Turn) -> list[Found]:
    """The photos of earlier turns that a question points at, by number or by place in the last answer."""
    numbers = [number for place, (number, _) in enumerate(turn.dialogue.cited) if place + 1 in turn.question.ordinals]
    wanted = {*turn.question.references, *numbers}
    photos = {photo.n: photo for photo in turn.dialogue.shown if photo.n in wanted and photo.id}
    return list(photos.values())


def pointed_at(turn: Turn) -> str:
    """The title of the photo of the last answer that a question points at by its number or place, or ""."""
    question, cited = turn.question, turn.dialogue.cited
    titles = [title for number, title in cited if number in question.references]
    titles += [title for place, (_, title) in enumerate(cited) if place + 1 in question.ordinals]
    return titles[0] if titles else ""


def forced(turn: Turn, request: ChatRequest) -> list[Call]:
    """The call that the request insists on, whatever the question is."""
    choice = request.tool_choice
    if isinstance(choice, NamedTool):
        names = [choice.function.name]
    elif choice == "required":
        names = [call.name for call in wanted(turn)] or [turn.tools[0].function.name]
    else:
        return []
    chosen = [tool for tool in turn.tools if tool.function.name in names]
    return [made(turn, tool) for tool in chosen]


def made(turn: Turn, tool: Tool) -> Call:
    """A call of one tool with what the question gives."""
    name = tool.function.name
    if name == COUNT:
        return plan.count_call(turn.question, plan.few_words(turn.question), tool)
    if name == LOOK:
        return plan.look_call(turn.question, meant(turn), tool)
    return plan.search_call(turn.question, turn.query, tool)


def meant(turn: Turn) -> list[Found]:
    """The photos a question is about: the one it points at, or those that fit it best."""
    title = pointed_at(turn)
    found = turn.dialogue.results()
    photos = found.photos if found else ()
    named = [photo for photo in photos if title and photo.title.rstrip(".") == title]
    if named:
        return named[:1]
    judged = judge(turn.question, photos)
    return [one.photo for one in judged if one.share == judged[0].share][:1] if judged else []
