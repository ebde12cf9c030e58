"""An Image in, a Description out: one call to the vision model, and every way it can go wrong."""

import base64
import functools
import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from shared.errors import BadPhoto, BadReply, BadRequest
from shared.models import ModelReply, Models

log = logging.getLogger(__name__)

PROMPT = Path(__file__).with_name("describe.prompt.md").read_text(encoding="utf-8")
LONGEST = 4000  # tokens: a caption takes 300, a photographed page of text 2,000, a reasoning model thinks first

TrimmedStr = Annotated[str, StringConstraints(strip_whitespace=True)]


class Description(BaseModel):
    """What the model said of a photo, and the tokens it took to say it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: TrimmedStr = Field(min_length=1)
    alt_text: TrimmedStr
    caption: TrimmedStr = Field(min_length=1)
    tags: list[TrimmedStr]
    text_in_photo: TrimmedStr = ""
    people: int = Field(0, ge=0)
    setting: Literal["indoors", "outdoors", "studio", "screen", "document", "unclear"] = "unclear"
    colors: list[TrimmedStr] = []
    tokens: int = 0


def answer_schema() -> dict[str, Any]:
    """The strict JSON schema the model must follow: every property required, none extra, no defaults."""
    made = Description.model_json_schema()
    properties = {name: _strict(each) for name, each in made["properties"].items() if name != "tokens"}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    # Strict mode knows none of the other keywords of JSON schema; our own check applies them.
    return {key: value for key, value in schema.items() if key in {"type", "enum", "items", "description"}}


@functools.cache
def recipe(*names: str) -> str:
    """A short hash of the prompt, the answer's schema and these model names: it changes when captions would."""
    parts = [PROMPT, json.dumps(answer_schema(), sort_keys=True), *names]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


async def describe(
    preview: bytes,
    hints: Mapping[str, str],
    *,
    models: Models,
    detail: str,
    temperature: float | None,
) -> Description:
    """
    Ask the vision model about one JPEG.

    BadPhoto when it refuses, BadReply when what it says is no description, and
    Transient or Throttled when it could not be asked.
    """
    options: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
    form = {"name": "description", "strict": True, "schema": answer_schema()}
    try:
        reply = await models.complete(
            _messages(preview, hints, detail),
            model=models.caption_model,
            max_completion_tokens=LONGEST,
            response_format={"type": "json_schema", "json_schema": form},
            **options,
        )
    except BadRequest as error:
        if error.code == "content_filter":
            raise BadPhoto("the content filter of the vision model refused this photo") from error
        raise BadReply(str(error)) from error
    log.info("described %s with %s tokens", hints["path"], reply.usage.total)
    return parse(reply)


def _messages(preview: bytes, hints: Mapping[str, str], detail: str) -> list[dict[str, Any]]:
    lines = "\n".join(f"{name}: {' '.join(value.split())}" for name, value in hints.items())
    url = "data:image/jpeg;base64," + base64.b64encode(preview).decode()
    picture = {"type": "image_url", "image_url": {"url": url, "detail": detail}}
    return [
        {"role": "system", "content": PROMPT},
        {"role": "user", "content": [{"type": "text", "text": lines}, picture]},
    ]


def parse(reply: ModelReply) -> Description:
    """The description in a reply, or the error that says why there is none."""
    if reply.finish_reason == "content_filter":
        raise BadPhoto("the content filter of the vision model refused this photo")
    if reply.refusal:
        raise BadPhoto(f"the vision model refused this photo: {reply.refusal}")
    if reply.finish_reason == "length":
        raise BadReply(f"the vision model's answer was cut off after {reply.usage.completion:,} tokens")
    if not reply.text.strip():
        raise BadReply("the vision model's answer was empty")
    return _read(reply.text).model_copy(update={"tokens": reply.usage.total})


def _read(text: str) -> Description:
    """JSON, with or without a fence around it; or prose from a model that knows no schemas."""
    bare = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    if not bare.startswith("{"):
        return _prose(bare)
    try:
        return Description.model_validate_json(bare)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise BadReply(f"the vision model's answer is malformed: {where}: {first['msg']}") from error


def _prose(text: str) -> Description:
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
