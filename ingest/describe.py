"""Makes the Description of an Image with one call to the vision model, which can go wrong in many ways."""

import functools
import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from ingest.answer_limits import bounded_count, short_list, shorten
from shared import telemetry
from shared.catalogue.in_force import catalogue, vocabulary
from shared.catalogue.questions import answer_property, asked_tags, tag_properties
from shared.embedding_model import EmbeddingModel
from shared.errors import BadReply, BadRequest, RefusedPhoto
from shared.languages import ENGLISH, describe_language
from shared.models import ModelReply, Models
from shared.prompt_message import Detail, PromptMessage, jpeg_part, text_part
from shared.prompt_text import PromptTemplate, PromptText, joined, own, untrusted_line

log = logging.getLogger(__name__)

PROMPT = PromptTemplate.beside(__file__, "describe.prompt.md").fill()
LANGUAGE_RULE = PromptTemplate.beside(__file__, "describe.language.md")
MAX_TOKENS = 4000  # a caption takes 300, a photographed page of text 2,000, and a reasoning model thinks first

# What the schema says of a property, for models that heed it more than the prompt.
IN_ITS_OWN_LANGUAGE = {"text_in_photo": "Word for word, not translated.", "colors": "In English."}
IN_THE_LANGUAGE = ("title", "alt_text", "caption", "tags")
NOT_ASKED_FOR = {"tokens", "caption_language", "fields", "suggested_tags"}
FIELDS_RULE = PromptTemplate.beside(__file__, "describe.fields.md").fill()
VOCABULARY_RULE = PromptTemplate.beside(__file__, "describe.vocabulary.md").fill()

TrimmedStr = Annotated[str, StringConstraints(strip_whitespace=True)]


Words = Annotated[list[TrimmedStr], BeforeValidator(short_list)]
Setting = Literal["indoors", "outdoors", "studio", "screen", "document", "unclear"]


def _known_answers(value: Any) -> dict[str, Any]:
    """What the model knows of the library's own fields; whether they take it is checked where it is used."""
    return {name: each for name, each in value.items() if each is not None} if isinstance(value, dict) else {}


class Description(BaseModel):
    """What the model says about a photo, cut to what can be kept; the language it was asked for, and the tokens."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: Annotated[TrimmedStr, BeforeValidator(shorten(300))] = Field(min_length=1)
    alt_text: Annotated[TrimmedStr, BeforeValidator(shorten(1_000))]
    caption: Annotated[TrimmedStr, BeforeValidator(shorten(10_000))] = Field(min_length=1)
    tags: Words
    suggested_tags: Words = []  # beyond a vocabulary
    text_in_photo: Annotated[TrimmedStr, BeforeValidator(shorten(50_000))] = ""
    people: Annotated[int, BeforeValidator(bounded_count)] = Field(0, ge=0)
    setting: Annotated[Setting, BeforeValidator(lambda value: "unclear" if value is None else value)] = "unclear"
    colors: Words = []
    fields: Annotated[dict[str, Any], BeforeValidator(_known_answers)] = {}  # by the library's own names
    tokens: int = 0
    caption_language: str = ENGLISH  # one that was kept without is of a time when there was no other


def answer_schema(language: str) -> dict[str, Any]:
    """The strict JSON schema that the model must follow: all properties required, no others, no defaults."""
    schema = _plain_schema()
    notes = IN_ITS_OWN_LANGUAGE | dict.fromkeys(IN_THE_LANGUAGE, f"In {describe_language(language)}.")
    for name, note in notes.items():
        schema["properties"][name]["description"] = note
    return schema


def _asked_schema(language: str) -> dict[str, Any]:
    """The schema with the library's own fields, if the model is asked about any."""
    schema, fields = answer_schema(language), catalogue()
    if tags := asked_tags(fields, vocabulary()):
        for name, each in tag_properties(tags).items():
            schema["properties"][name] = {**schema["properties"].get(name, {}), **each}
        schema["required"].append("suggested_tags")
    if fields.asked:
        schema["properties"]["fields"] = answer_property(fields)
        schema["required"].append("fields")
    return schema


def _plain_schema() -> dict[str, Any]:
    schema = Description.model_json_schema()
    properties = {
        name: _strict_property(each) for name, each in schema["properties"].items() if name not in NOT_ASKED_FOR
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _strict_property(definition: Mapping[str, Any]) -> dict[str, Any]:
    # Strict mode supports no other keywords of JSON schema; `Description` checks them itself.
    return {key: value for key, value in definition.items() if key in {"type", "enum", "items", "description"}}


@functools.cache
def recipe(model: str, *, language: str = ENGLISH, questions: str = "", embedding: EmbeddingModel | None = None) -> str:
    """
    A short hash of all that makes captions, with this model: it changes when captions might.

    `questions` are those about the library's own fields. The last release took the embedding model as well: with
    `embedding` it is what that release called the captions of a library that it had embedded.
    """
    names = [model, embedding.name, str(embedding.dimensions)] if embedding else [model]
    parts = [PROMPT, json.dumps(_plain_schema(), sort_keys=True), *names]
    if language != ENGLISH:  # models answered in English before it was asked for, so those captions stay current
        parts += [_language_rule(language), json.dumps(answer_schema(language), sort_keys=True)]
    if questions:
        parts += [FIELDS_RULE, VOCABULARY_RULE, questions]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _language_rule(language: str) -> PromptText:
    return LANGUAGE_RULE.fill(language=untrusted_line(describe_language(language), 80))


async def describe(
    preview: bytes,
    hints: PromptText,
    *,
    models: Models,
    language: str,
    detail: Detail,
    temperature: float | None,
) -> Description:
    """
    Ask the vision model about one JPEG.

    BadPhoto when it refuses, BadReply when its answer isn't a description, and
    Transient or Throttled when it cannot be asked.
    """
    messages, options = caption_request(preview, hints, language=language, detail=detail, temperature=temperature)
    try:
        with telemetry.spending_for("caption"):
            reply = await models.complete(messages, model=models.caption_model, **options)
    except BadRequest as error:
        if error.code == "content_filter":
            raise RefusedPhoto("the vision model's content filter refused this photo") from error
        raise BadReply(str(error)) from error
    log.info("described a photo with %s tokens", reply.usage.total)
    return parse(reply).model_copy(update={"caption_language": language})


def caption_request(
    preview: bytes, hints: PromptText, *, language: str, detail: Detail, temperature: float | None
) -> tuple[list[PromptMessage], dict[str, Any]]:
    """The messages that ask about one JPEG, and the options of chat completions that go with them."""
    schema = {"name": "description", "strict": True, "schema": _asked_schema(language)}
    options: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
    options["max_completion_tokens"] = MAX_TOKENS
    options["response_format"] = {"type": "json_schema", "json_schema": schema}
    return _messages(preview, hints, detail, language), options


def _messages(preview: bytes, hints: PromptText, detail: Detail, language: str) -> list[PromptMessage]:
    return [
        {"role": "system", "content": _instructions(language)},
        {"role": "user", "content": [text_part(hints), jpeg_part(preview, detail)]},
    ]


def _instructions(language: str) -> PromptText:
    rules = [FIELDS_RULE] if catalogue().asked else []
    rules += [VOCABULARY_RULE] if asked_tags(catalogue(), vocabulary()) else []
    return joined(own("\n"), [PROMPT, *rules, _language_rule(language)])


def parse(reply: ModelReply) -> Description:
    """The description in a reply; BadPhoto or BadReply says why there is none."""
    if reply.finish_reason == "content_filter":
        raise RefusedPhoto("the vision model's content filter refused this photo")
    if reply.refusal:
        raise RefusedPhoto(f"the vision model refused this photo: {reply.refusal}")
    if reply.finish_reason == "length":
        raise BadReply(f"the vision model's answer was cut off after {reply.usage.completion:,} tokens")
    if not reply.text.strip():
        raise BadReply("the vision model's answer was empty")
    return _parse_text(reply.text).model_copy(update={"tokens": reply.usage.total})


def _parse_text(text: str) -> Description:
    """JSON, with or without a fence around it; or prose from a model that does not support schemas."""
    content = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        return Description.model_validate_json(content) if content.startswith("{") else _parse_prose(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise BadReply(f"the vision model's answer is malformed: {where}: {first['msg']}") from error


def _parse_prose(text: str) -> Description:
    """Prose whose last line is comma-separated tags; the first sentence serves as title and alt text."""
    body, _, last = text.rpartition("\n")
    tags = [tag.strip(" .#*").lower() for tag in last.removeprefix("Tags:").split(",")]
    if not body.strip() or len(tags) < 3:
        raise BadReply("the vision model answered in prose without a last line of tags")
    caption = body.strip()
    sentence = caption.split(". ")[0].strip().rstrip(".")
    return Description(
        title=" ".join(sentence.split()[:8]),
        alt_text=f"{sentence}."[:250],
        caption=caption,
        tags=[tag for tag in tags if tag],
    )
