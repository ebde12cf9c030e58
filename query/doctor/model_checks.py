"""
The checks of the models: one small question for each thing the app needs of them.

They go through the app's own client, so that what a server refuses is worked round here as there.
"""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from query.doctor.advice import ServiceAccess
from query.doctor.checks import Check, Finding
from query.doctor.embedding_check import check_embedding
from query.doctor.image_check import check_image_embedding
from shared.model_reply import ModelReply
from shared.models import Models, ToolsUnsupported
from shared.prompt_message import PromptMessage, jpeg_part, text_part
from shared.prompt_text import PromptText, own
from shared.services import Services
from shared.settings import Settings

LIMIT = 40.0  # seconds; a local server may have to load its model first
EMBEDDING_LIMIT = 30.0
MAX_TOKENS = 500  # of an answer, so that the whole costs less than a cent
RED = re.compile(r"\bred\b", re.IGNORECASE)
RED_PICTURE = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYn"
    "KSopGR8tMC0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo"
    "KCgoKCgoKCj/wAARCABgAGADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QA"
    "FgEBAQEAAAAAAAAAAAAAAAAAAAYH/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8An4CYbkAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/9k="
)
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "colors": {"type": "array", "items": {"type": "string"}}},
    "required": ["title", "colors"],
    "additionalProperties": False,
}
SCHEMA_FORMAT = {"type": "json_schema", "json_schema": {"name": "description", "strict": True, "schema": SCHEMA}}
COUNT_TOOL = {
    "type": "function",
    "function": {
        "name": "count_bicycles",
        "description": "Count the bicycles in the photos of a year.",
        "parameters": {
            "type": "object",
            "properties": {"year": {"type": "integer"}},
            "required": ["year"],
            "additionalProperties": False,
        },
    },
}
NO_VISION = "choose a CAPTION_MODEL that sees pictures"
NO_SCHEMA = "choose a CAPTION_MODEL that can answer with JSON"
NO_TOOLS = "choose a CHAT_MODEL that takes tools, or enable them at its server"


def model_checks(services: Services) -> list[Check]:
    """The checks of the models that describe and chat."""
    models, settings = services.models, services.settings
    access = _access(settings)
    caption, chat = models.caption_model, models.chat_model
    options: dict[str, Any] = {} if settings.temperature is None else {"temperature": settings.temperature}
    see = partial(check_vision, models, detail=settings.image_detail, **options)
    return [
        Check("models", ("server",), partial(check_server, models), access, LIMIT),
        Check("models", ("vision",), see, access, LIMIT, NO_VISION, caption),
        Check("models", ("JSON schema",), partial(check_schema, models, **options), access, LIMIT, NO_SCHEMA, caption),
        Check("models", ("tools",), partial(check_tools, models), access, LIMIT, NO_TOOLS, chat),
        Check("models", ("streaming", "usage"), partial(check_streaming, models), access, LIMIT, "", chat),
    ]


def embedding_check(services: Services) -> Check:
    """The check of the model that embeds."""
    models = services.models
    hint = f"set EMBEDDING_DIMENSIONS to the length of the vectors of {models.embedding_model}"
    run = partial(check_embedding, models)
    return Check(
        "models", ("embedding",), run, _access(services.settings), EMBEDDING_LIMIT, hint, models.embedding_model
    )


def image_embedding_checks(services: Services) -> list[Check]:
    """The check of the model that embeds pictures, if there is one."""
    model, settings = services.image_model, services.settings
    if model is None:
        return []
    access = replace(
        _access(settings),
        address="IMAGE_EMBEDDING_ENDPOINT",
        key="IMAGE_EMBEDDING_API_KEY",
        has_key=settings.image_key is not None,
        role="Cognitive Services User",
    )
    hint = f"set IMAGE_EMBEDDING_DIMENSIONS to the length of the vectors of {model.name}"
    run = partial(check_image_embedding, model, RED_PICTURE)
    return [Check("models", ("image embedding",), run, access, EMBEDDING_LIMIT, hint, model.name)]


def _access(settings: Settings) -> ServiceAccess:
    return ServiceAccess(
        address="OPENAI_BASE_URL",
        key="OPENAI_API_KEY",
        has_key=settings.openai_key is not None,
        role="Cognitive Services OpenAI User",
        wrong_key="it may belong to another resource, or its project may not use this model",
        quota="run it again in a minute; if that does not help, raise the quota (on Azure, the deployment's tokens per "
        "minute) or pay the account's bill",
    )


def _ask(text: PromptText) -> list[PromptMessage]:
    return [{"role": "user", "content": text}]


async def check_server(models: Models) -> list[Finding]:
    """The server answers and takes our credentials."""
    await models.check()
    return [Finding("it answers")]


async def check_vision(models: Models, *, detail: Any, **options: Any) -> list[Finding]:
    """The model sees a picture, which is red."""
    question = text_part(own("Which color fills this picture? Answer with one word."))
    messages: list[PromptMessage] = [{"role": "user", "content": [question, jpeg_part(RED_PICTURE, detail)]}]
    reply = await models.complete(messages, model=models.caption_model, max_completion_tokens=MAX_TOKENS, **options)
    if RED.search(reply.text):
        return [Finding("it sees that a red picture is red", usage=reply.usage)]
    answer = _shorten(reply.refusal or reply.text)
    return [Finding(f"it does not see that a red picture is red: {answer!r}", "missing", NO_VISION, usage=reply.usage)]


async def check_schema(models: Models, **options: Any) -> list[Finding]:
    """The model answers with JSON that follows a schema."""
    reply = await models.complete(
        _ask(own("Describe a red square on a white wall: a title, and its colors.")),
        model=models.caption_model,
        max_completion_tokens=MAX_TOKENS,
        response_format=SCHEMA_FORMAT,
        **options,
    )
    if not follows_schema(reply.text):
        answer = _shorten(reply.text)
        return [Finding(f"the answer does not follow the schema: {answer!r}", "missing", NO_SCHEMA, usage=reply.usage)]
    if "response_format" in models.workarounds(models.caption_model):
        detail = "the server does not hold the model to a schema; it is told in words, and followed it"
        return [Finding(detail, "worked round", usage=reply.usage)]
    return [Finding("the answer follows it", usage=reply.usage)]


def follows_schema(text: str) -> bool:
    """Whether a text is JSON that follows our schema, with or without a fence around it."""
    content = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        answer = json.loads(content)
    except ValueError:
        return False
    if not isinstance(answer, Mapping) or not isinstance(answer.get("title"), str):
        return False
    colors = answer.get("colors")
    return isinstance(colors, list) and all(isinstance(each, str) for each in colors)


async def check_tools(models: Models) -> list[Finding]:
    """The chat model calls a tool."""
    question = own("How many bicycles are in the photos of 2024? Use the tool to count the bicycles.")
    try:
        _, reply = await _stream(models, question, tools=[COUNT_TOOL])
    except ToolsUnsupported:
        return [Finding(_loss_of_tools(models), "worked round", NO_TOOLS)]
    return [_judge_call(models, reply)]


def _judge_call(models: Models, reply: ModelReply) -> Finding:
    if not any(_is_count(each.name, each.arguments) for each in reply.tool_calls):
        detail = "tools are taken, but the model did not call the one it was told to: chat may miss filters and counts"
        return Finding(detail, "worked round", NO_TOOLS, usage=reply.usage)
    if "effort_with_tools" in models.workarounds(models.chat_model):
        advice = "set CHAT_API=responses if it shall think while it may use them"
        return Finding("it calls them, without reasoning", "worked round", advice, usage=reply.usage)
    return Finding("it calls them", usage=reply.usage)


def _is_count(name: str, arguments: str) -> bool:
    try:
        return name == "count_bicycles" and "year" in json.loads(arguments)
    except (ValueError, TypeError):
        return False


def _loss_of_tools(models: Models) -> str:
    losses = (each for each in models.losses if each.startswith("chat works without filters and counts"))
    return next(losses, "chat works without filters and counts")


async def check_streaming(models: Models) -> list[Finding]:
    """The chat model's answer comes piece by piece and, at its end, the tokens it took."""
    question = own("Write the numbers from one to ten as words.")
    # Thinking is left to the question with a tool, which is asked as in a chat: it costs more than all the others.
    pieces, reply = await _stream(models, question, max_completion_tokens=MAX_TOKENS, reasoning_effort="none")
    if not reply.text.strip():
        return [
            Finding(f"the answer was empty: {reply.finish_reason}", "missing", "choose another CHAT_MODEL"),
            Finding("because the answer was empty", "not tried"),
        ]
    streaming = Finding(f"the answer came in {pieces} pieces", usage=reply.usage)
    if pieces < 2:
        streaming = Finding("the answer came whole: words appear late", "worked round", usage=reply.usage)
    if not reply.usage.total:
        detail = "the server does not count the tokens of streamed answers: CHAT_TOKENS_PER_DAY is held by an estimate"
        return [streaming, Finding(detail, "worked round")]
    return [streaming, Finding("the tokens of streamed answers are counted")]


async def _stream(models: Models, question: PromptText, **options: Any) -> tuple[int, ModelReply]:
    """How many pieces the text came in, and the whole reply."""
    pieces, reply = 0, ModelReply()
    async for piece in await models.stream(_ask(question), model=models.chat_model, **options):
        if isinstance(piece, ModelReply):
            reply = piece
        else:
            pieces += 1
    return pieces, reply


def _shorten(text: str) -> str:
    return text.strip()[:80]
