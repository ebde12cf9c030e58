"""The models: asked in the way their server takes, which is learnt from what it refuses."""

import asyncio
import copy
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Literal

import openai
from openai import AsyncOpenAI

from shared.embedding_model import EmbeddingModel
from shared.errors import BadReply, BadRequest, Transient
from shared.log_text import logs_paths
from shared.model_reply import ModelReply, TokenUsage
from shared.models import chat_completions, responses, wire
from shared.models.errors import is_hang_up, read_refusal, to_photo_error
from shared.models.estimate import estimated_tokens, tokens_of_text
from shared.models.request import Request, adapt
from shared.models.workarounds import Workaround, WorkaroundMemory, find_workaround
from shared.prompt_message import PromptMessage
from shared.telemetry.model_call import CallCounter, RecordedCall, ending, recorded

log = logging.getLogger(__name__)

ChatApi = Literal["auto", "chat", "responses"]
LossReport = Callable[[str, str], Awaitable[None]]  # of what was lost, by model and field, and a sentence that says it
LEAST_EFFORT = "none"  # where a model does not take it, the least that it takes
LONGEST = 300.0  # seconds until an answer begins: a server may take no more of a request, for which aiohttp would wait
MAX_WORKAROUNDS = 12  # in one call
# Tokens added to a cap that reasoning has used up; the last is enough for a model's hardest thoughts.
ROOM_FOR_REASONING = (4_000, 16_000, 48_000)


class ToolsUnsupported(BadRequest):
    """This model or its server does not support tools: ask again without them."""


class Models:
    """The three models of the app. Create it once; it learns what each of them refuses."""

    def __init__(
        self,
        client: AsyncOpenAI,
        *,
        caption: str,
        chat: str,
        embedding: str,
        dimensions: int,
        effort: str | None = None,
        caption_effort: str | None = None,
        api: ChatApi = "auto",
        report_loss: LossReport | None = None,
        memory: WorkaroundMemory | None = None,
        current_embedding: Callable[[], EmbeddingModel] | None = None,
        ledger: CallCounter | None = None,
    ) -> None:
        """`current_embedding` tells the embedding model where that may change while the app runs."""
        self._client = client
        self.caption_model = caption
        self.chat_model = chat
        embedding_model = EmbeddingModel(embedding, dimensions)
        self._embedding = current_embedding or (lambda: embedding_model)
        self._effort = effort
        self._caption_effort = caption_effort or effort or LEAST_EFFORT
        self._api: ChatApi = api
        self._report_loss = report_loss
        self._memory = memory or WorkaroundMemory()
        self._ledger = ledger

    def captioned_by(self, model: str) -> "Models":
        """The same models, but that this one describes photos."""
        others = copy.copy(self)
        others.caption_model = model
        return others

    @property
    def embedding_model(self) -> str:
        """The model that embeds texts now."""
        return self._embedding().name

    @property
    def dimensions(self) -> int:
        """The length of its vectors."""
        return self._embedding().dimensions

    @property
    def losses(self) -> list[str]:
        """What does not work at present because a model refuses it, a sentence each."""
        return self._memory.losses

    def workarounds(self, model: str) -> dict[str, str]:
        """What is sent to a model at present in place of what it refused, by field; "" leaves the field out."""
        return self._memory.of(model)

    async def check(self) -> None:
        """Raise Transient when the server cannot be reached or refuses our credentials."""
        try:
            await self._client.models.list(timeout=3)
        except openai.NotFoundError:
            return  # it answers; it just has no list of models
        except openai.OpenAIError as error:
            raise to_photo_error(error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of `dimensions` floats per text; Transient when the model returns another length."""
        model = self._embedding()
        request = {"input": list(texts), "dimensions": model.dimensions}
        vectors: list[list[float]]
        with recorded("embeddings", model.name, self._ledger) as call:
            vectors, tokens = await self._call(self._embeddings, model.name, request)
            call.add(TokenUsage(tokens))
        if len(vectors) != len(texts):
            raise Transient(f"{model.name} returns {len(vectors)} vectors of {len(texts)} texts")
        if any(len(vector) != model.dimensions for vector in vectors):
            raise Transient(
                f"{model.name} returns vectors of {len(vectors[0])} numbers but "
                f"EMBEDDING_DIMENSIONS is {model.dimensions}: once they agree, the photo is tried again"
            )
        return vectors

    async def complete(self, messages: Sequence[PromptMessage], *, model: str, **options: Any) -> ModelReply:
        """
        One whole answer. `options` are fields of chat completions, such as `response_format`.

        What the server refuses is worked around. An answer that reasoning left no room for is asked for again with
        more; BadReply when there is none even so.
        """
        request = {"messages": list(messages), "reasoning_effort": self._caption_effort} | options
        usage = TokenUsage()
        with recorded("chat", model, self._ledger) as call:
            while True:
                reply: ModelReply = await self._call(self._whole, model, request)
                usage += reply.usage
                call.add(reply.usage)
                if not reply.is_cut_by_reasoning or not self._make_room(model, request, reply):
                    return replace(reply, usage=usage)

    def batch_request(
        self, messages: Sequence[PromptMessage], *, model: str, **options: Any
    ) -> tuple[Literal["chat", "responses"], Request]:
        """The API and the body that `complete` would use, by what this model has refused so far, for a batch."""
        known = self._memory.of(model)
        request = {"messages": list(messages), "reasoning_effort": self._caption_effort} | options
        adapted = self._adapt(request, known)
        if self._api_of(known) == "responses":
            return "responses", responses.to_body(adapted)
        return "chat", chat_completions.to_body(adapted)

    async def stream(
        self,
        messages: Sequence[PromptMessage],
        *,
        model: str,
        tools: Sequence[Mapping[str, Any]] = (),
        choice: str | Mapping[str, Any] = "auto",
        from_caller: Collection[str] = (),
        **options: Any,
    ) -> AsyncGenerator[str | ModelReply, None]:
        """
        Send the request; return an iterator of the text as it comes and, at the end, of the whole reply.

        `options` and what becomes of them are those of `complete`. `from_caller` are the fields that a caller wrote:
        what is refused in them is worked around for this answer alone, as others may write better.
        """
        request: Request = {"messages": list(messages), "stream": True, "stream_options": {"include_usage": True}}
        if tools:
            request |= {"tools": list(tools), "tool_choice": choice}
        if self._effort:
            request["reasoning_effort"] = self._effort
        request |= options
        call = RecordedCall("chat", model, self._ledger, usually="chat")
        try:
            pieces = await self._call(self._stream, model, request, from_caller)
        except BaseException as error:
            call.end(error)
            raise
        return self._read(pieces, model, request, from_caller, call)

    async def _read(
        self,
        pieces: AsyncGenerator[str | ModelReply, None],
        model: str,
        request: Request,
        from_caller: Collection[str],
        call: RecordedCall,
    ) -> AsyncGenerator[str | ModelReply, None]:
        """The pieces of a stream; one that reasoning left no room for is started again with more."""
        with ending(call):
            async with aclosing(self._read_on(pieces, model, request, from_caller, call)) as all_pieces:
                async for piece in all_pieces:
                    call.answered()
                    yield piece

    async def _read_on(
        self,
        pieces: AsyncGenerator[str | ModelReply, None],
        model: str,
        request: Request,
        from_caller: Collection[str],
        call: RecordedCall,
    ) -> AsyncGenerator[str | ModelReply, None]:
        usage, reply = TokenUsage(), ModelReply()
        while True:
            said, is_whole = list[str](), False
            try:
                async with aclosing(pieces):
                    async for piece in pieces:
                        if isinstance(piece, ModelReply):
                            reply = piece
                        else:
                            said.append(piece)
                            yield piece
                is_whole = True
            except openai.OpenAIError as error:
                raise to_photo_error(error, model) from error
            finally:
                if not is_whole:  # it is paid for, and nobody hears what the server has counted
                    call.add(TokenUsage(estimated_tokens(request["messages"]), tokens_of_text("".join(said))))
            usage += reply.usage
            call.add(reply.usage)
            if not reply.is_empty_by_length or not self._make_room(model, request, reply):
                yield replace(reply, usage=usage)
                return
            pieces = await self._call(self._stream, model, request, from_caller)

    def _make_room(self, model: str, request: Request, reply: ModelReply) -> bool:
        """Learn that the model's reasoning needs more room; False if it has had the most and there is an answer."""
        room = int(self._memory.of(model).get("room", 0))
        more = next((each for each in ROOM_FOR_REASONING if each > room), None)
        if more is None or not request.get("max_completion_tokens"):
            if reply.is_empty_by_length:
                raise BadReply(
                    f"{model} used {reply.usage.completion:,} tokens for reasoning and wrote no answer: "
                    "a lower REASONING_EFFORT leaves more for it"
                )
            return False
        self._learn(model, Workaround("room", str(more)), "its reasoning uses up the tokens of the answer")
        return True

    async def _call(
        self,
        send: Callable[[str, Request, Mapping[str, str]], Awaitable[Any]],
        model: str,
        request: Request,
        from_caller: Collection[str] = (),
    ) -> Any:
        """
        Call the server around what it refused before; a new refusal is remembered and the call repeated.

        So is, once, a request whose connection ended unanswered: many servers (uvicorn's, and with it LiteLLM and vLLM)
        close an idle one after 5 seconds, and a request may meet that on its way.
        """
        of_this_call: dict[str, str] = {}
        was_resent = False
        for _ in range(MAX_WORKAROUNDS):
            known = self._memory.of(model) | of_this_call
            if "tools" in known and request.get("tools"):
                raise ToolsUnsupported(f"{model} does not support tools", param="tools")
            adapted = self._adapt(request, known)
            try:
                async with asyncio.timeout(LONGEST):
                    return await send(model, adapted, known)
            except TimeoutError as error:
                raise Transient("the model did not answer in time") from error
            except openai.APIStatusError as error:
                workaround = self._find_workaround(error, model, adapted, known)
                if workaround.field in from_caller:
                    of_this_call[workaround.field] = workaround.value
                    continue
                self._learn(model, workaround, read_refusal(error).message)
                if workaround.loss and self._report_loss:
                    await self._report_loss(f"{model}/{workaround.field}", workaround.loss)
            except openai.OpenAIError as error:
                if was_resent or not is_hang_up(error):
                    raise to_photo_error(error, model) from error
                was_resent = True
        raise Transient(
            f"{model} refuses {adapted.keys()} in turn: {', '.join(self._memory.of(model))} were tried round"
        )

    def _adapt(self, request: Request, known: Mapping[str, str]) -> Request:
        """The request as the server takes it, its cap raised by what the model needs for its reasoning."""
        if "messages" in request and self._api_of(known) == "responses":
            request = request | {"include": ["reasoning.encrypted_content"]}
        if request.get("max_completion_tokens"):
            cap = request["max_completion_tokens"] + int(known.get("room", 0))
            request = request | {"max_completion_tokens": cap}
        return adapt(request, known)

    def _find_workaround(
        self, error: openai.APIStatusError, model: str, adapted: Request, known: Mapping[str, str]
    ) -> Workaround:
        """The workaround for a refusal; if there is none, raise what the error means."""
        api = self._api_of(known)
        refusal = read_refusal(error)
        may_use_responses = self._api == "auto" and "api" not in known
        workaround = find_workaround(refusal, adapted, known, model, may_use_responses=may_use_responses)
        if refusal.status == 404 and api == "responses" and self._api == "auto" and not refusal.is_final:
            workaround = Workaround("api", "chat")  # the server has no such API
        if workaround is None or known.get(workaround.field) == workaround.value:
            raise to_photo_error(error, model) from error
        return workaround

    def _learn(self, model: str, workaround: Workaround, reason: str) -> None:
        self._memory.learn(model, workaround)
        if workaround.loss:
            log.warning("%s", workaround.loss)
        else:
            said = reason if logs_paths() else "LOG_PATHS=on says why"
            log.info("%s: %s becomes %r: %s", model, workaround.field, workaround.value, said)

    def _api_of(self, known: Mapping[str, str]) -> str:
        return known.get("api", "chat") if self._api == "auto" else self._api

    async def _embeddings(
        self, model: str, request: Request, _known: Mapping[str, str]
    ) -> tuple[list[list[float]], int]:
        return await wire.embed(self._client, {"model": model, **request})

    async def _whole(self, model: str, request: Request, known: Mapping[str, str]) -> ModelReply:
        if self._api_of(known) == "responses":
            body = responses.to_body(request)
            return responses.read_reply(await wire.create_response(self._client, {"model": model, **body}))
        body = {"model": model, **chat_completions.to_body(request)}
        return chat_completions.read_reply(await wire.complete_chat(self._client, body))

    async def _stream(
        self, model: str, request: Request, known: Mapping[str, str]
    ) -> AsyncGenerator[str | ModelReply, None]:
        if self._api_of(known) == "responses":
            events = await wire.stream_response(self._client, {"model": model, **responses.to_body(request)})
            return _closing(events, responses.read_stream(events))
        chunks = await wire.stream_chat(self._client, {"model": model, **chat_completions.to_body(request)})
        return _closing(chunks, chat_completions.read_stream(chunks))


async def _closing(
    source: Any, pieces: AsyncGenerator[str | ModelReply, None]
) -> AsyncGenerator[str | ModelReply, None]:
    """The pieces of a stream, whose connection is closed whenever reading ends."""
    async with source, aclosing(pieces):
        async for piece in pieces:
            yield piece
