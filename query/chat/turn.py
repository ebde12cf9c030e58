"""One turn of the model: rounds of tools, and an answer that is passed on, or a call of the caller's tools."""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from query.chat.answer_filter import AnswerFilter
from query.chat.caller_tools import JsonObject, ToolChoice
from query.chat.events import (
    AnswerFinished,
    CallerToolsCalled,
    Event,
    ModelAccepted,
    PhotosFound,
    Refused,
    TextDelta,
)
from query.chat.history import MAX_QUERY_LENGTH
from query.chat.question_kind import asks_how_many
from query.chat.structured_answer import AnswerFormat
from query.chat.tool_schemas import SearchPhotos
from query.chat.tools import Toolbox, ToolResult
from query.chat.transcript import Transcript
from query.chat.wire_format import MAX_TEXT, ChatRequest
from shared.errors import BadReply, BadRequest
from shared.models import ModelReply, ToolCall, ToolsUnsupported
from shared.models.estimate import estimated_tokens
from shared.prompt_text import untrusted

log = logging.getLogger(__name__)

INCOMPLETE = {"length", "content_filter"}
CALLED = {"tool_calls", "function_call"}


@dataclass
class Turn:
    """The state of one answer. Without `own_tools` the model gets the caller's alone."""

    request: ChatRequest
    toolbox: Toolbox
    transcript: Transcript
    question: str
    searches: list[JsonObject]
    own_tools: bool = True
    failed_rounds: int = 0
    reply: ModelReply = field(default_factory=ModelReply)
    calls: Sequence[ToolCall] = ()

    def __post_init__(self) -> None:
        self._filter = AnswerFilter(self.toolbox.citations, is_data=self.request.answer_format is not None)
        self._was_searched = bool(self.searches)
        self.models, self.budget = self.toolbox.models, self.toolbox.budget

    @property
    def photos(self) -> PhotosFound:
        citations = self.toolbox.citations
        proposals = tuple(asdict(each) for each in self.toolbox.proposals)
        return PhotosFound(citations.all(), citations.records(), self.searches, proposals)

    async def events(self) -> AsyncGenerator[Event, None]:
        """Everything that happens from the first request of the model on."""
        self.budget.check(self.transcript.messages)
        for part in (self._rounds(), self._ending()):
            async with aclosing(part) as events:
                async for event in events:
                    yield event

    async def _rounds(self) -> AsyncGenerator[Event, None]:
        for number in range(self.budget.limits.rounds):
            must_end = self.failed_rounds > 1 or self.budget.must_answer(number, self.transcript.messages)
            tools, choice = self._offer(is_first=number == 0, must_end=must_end)
            async with aclosing(self._ask(tools, choice)) as events:
                async for event in events:
                    yield event
            caller_tools = self.request.caller_tools
            self.calls = caller_tools.calls_among(self.reply.tool_calls)
            own_calls = [call for call in self.reply.tool_calls if not caller_tools.owns(call)]
            if not own_calls or must_end or not self.own_tools:
                return
            await self._run(own_calls, next_round=number + 1)
            yield self.photos
            if self.calls:
                return

    def _offer(self, *, is_first: bool, must_end: bool) -> tuple[list[JsonObject], ToolChoice]:
        """The tools that the model may call. For "how many" it must count first; in the end it must answer."""
        theirs = self.request.caller_tools
        own = self.toolbox.definitions() if self.own_tools else []
        if theirs.offered:
            is_theirs_turn = theirs.named or must_end
            return [*([] if is_theirs_turn else own), *theirs.definitions()], theirs.model_choice()
        if must_end:
            return own, "none"
        if is_first and own and asks_how_many(self.question):
            return own, {"type": "function", "function": {"name": "count_photos"}}
        return own, "auto"

    async def _ask(self, tools: Sequence[JsonObject], choice: ToolChoice) -> AsyncGenerator[Event, None]:
        """One round of the model, whose reply is then `self.reply`."""
        self.reply = ModelReply()
        pieces = await self._start_round(tools, choice)
        self.budget.begin(self.transcript.messages)
        yield ModelAccepted()
        async with aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, ModelReply):
                    self.reply = piece
                elif not self.budget.add_words(piece):
                    self.reply = replace(self.reply, finish_reason="length")
                    break
                elif text := self._filter.feed(piece):
                    yield TextDelta(text)
        self.budget.add(self.reply.usage)

    async def _start_round(
        self, tools: Sequence[JsonObject], choice: ToolChoice
    ) -> AsyncGenerator[str | ModelReply, None]:
        """Send the request; a model that does not support tools is asked again without them."""
        model, options = self.models.chat_model, self._options
        try:
            return await self.models.stream(
                self.transcript.messages,
                model=model,
                tools=tools if self.transcript.tools else (),
                choice=choice,
                **options,
            )
        except ToolsUnsupported as error:
            if self.request.caller_tools.offered:
                raise BadRequest(f"the model {model} does not support tools", param="tools") from error
            log.info("%s does not support tools: answering from the photos found so far", model)
            self.transcript.tools = False
            return await self.models.stream(self.transcript.messages, model=model, **options)

    @property
    def _options(self) -> dict[str, Any]:
        request, options = self.request, self.request.options
        if request.answer_format:
            options["response_format"] = request.answer_format.request_field
        if request.caller_tools.offered and not request.caller_tools.parallel:
            options["parallel_tool_calls"] = False
        if written := self._caller_fields():
            options["from_caller"] = written
        return options

    def _caller_fields(self) -> set[str]:
        """The fields whose refusal may be the caller's own fault."""
        tools = {"tools", "tool_choice", "parallel_tool_calls"} if self.request.caller_tools.offered else set()
        return tools | ({"response_format"} if self.request.answer_format else set())

    async def _run(self, calls: Sequence[ToolCall], *, next_round: int) -> None:
        """Run calls of our own tools, and tell the model what they found unless the turn ends here."""
        results = await self.toolbox.run_all(calls)
        self.searches = [*self.searches, *(result.search for result in results if result.arguments)]
        if self.calls:
            return
        self.transcript.add_round(self.reply, results)
        if self.budget.must_answer(next_round, self.transcript.messages):
            self.transcript.end_tools()
        self.failed_rounds += any(not result.ok for result in results)
        if self.failed_rounds > 1 and not self._was_searched:
            self.transcript.add_search(await self._plain_search())

    async def _plain_search(self) -> ToolResult:
        """The search on behalf of a model that cannot write valid arguments."""
        arguments = SearchPhotos(query=self.question[:MAX_QUERY_LENGTH])
        return self.toolbox.full_result(await self.toolbox.find(arguments), arguments)

    async def _ending(self) -> AsyncGenerator[Event, None]:
        form = self.request.answer_format
        if self.calls:
            yield CallerToolsCalled(self.calls)
        elif form:
            async with aclosing(self._data(form)) as events:
                async for event in events:
                    yield event
        elif text := self._filter.rest(self.reply.refusal if not self.reply.text else ""):
            yield TextDelta(text)
        self._check_reply()
        yield self._finished(is_data=form is not None and not self.calls)

    async def _data(self, form: AnswerFormat) -> AsyncGenerator[Event, None]:
        """An answer as JSON once it has been checked; a model that gives another is asked once more."""
        for attempt in (1, 2):
            if self.reply.refusal or self.reply.finish_reason in INCOMPLETE or not self.reply.text:
                break
            try:
                yield TextDelta(form.read(self.reply.text))
                return
            except ValueError as fault:
                if attempt == 2 or not self.budget.fits(estimated_tokens(self.transcript.messages)):
                    raise BadReply(
                        f"{self.models.chat_model} gave no answer in the response format: {fault}"
                    ) from fault
                log.info("an answer does not follow the response format: asking once more")
                self.transcript.add_correction(untrusted(self.reply.text, MAX_TEXT), form.correction(str(fault)))
            tools = self.toolbox.definitions() if self.own_tools else []
            async with aclosing(self._ask(tools, "none")) as events:
                async for event in events:
                    yield event
        if self.reply.refusal:
            yield Refused(self.reply.refusal)
        elif self.reply.text:
            yield TextDelta(self.reply.text)

    def _check_reply(self) -> None:
        """Raise BadReply for silence, and for words where a tool had to be called."""
        reply, model = self.reply, self.models.chat_model
        if self.calls or reply.refusal or reply.finish_reason in INCOMPLETE:
            return
        if not reply.text:
            raise BadReply(f"{model} gave no answer: ask again")
        if self.request.caller_tools.must_be_called:
            raise BadReply(f"{model} called no tool, as tool_choice wants it to: ask again")

    def _finished(self, *, is_data: bool) -> AnswerFinished:
        citations = self.toolbox.citations
        reason = "stop" if self.reply.finish_reason in CALLED else self.reply.finish_reason
        return AnswerFinished(
            "tool_calls" if self.calls else reason,
            self.budget.usage,
            citations.all() if is_data else citations.up_to_last_cited(),
            is_data,
        )
