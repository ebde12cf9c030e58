"""Azure's content filter: a prompt shield and a filter of completions, by a few words, and the notes they leave."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from local.models.api.requests import ChatCompletionRequest
from local.models.api.responses import CompletionMetadata, ModelOutput, sse_event
from local.models.personalities.openai_models import azure_content_filtered

JAILBREAK = re.compile(
    r"\b(ignore|forget|disregard) (all )?(your|the|previous|prior) (previous |prior )?(rules|instructions)"
)
VIOLENCE = re.compile(r"\b(behead|massacre|torture|slaughter)\w*", re.IGNORECASE)
CATEGORIES = ("hate", "self_harm", "sexual", "violence")


def shield_prompt(request: ChatCompletionRequest) -> None:
    """Raise the 400 of the prompt shield if somebody tries to talk the model out of its instructions."""
    for message in request.messages:
        if message.role == "user" and JAILBREAK.search(message.text().lower()):
            raise azure_content_filtered()


def filter_completion(output: ModelOutput) -> ModelOutput:
    """The output, or none of its text if it is violent."""
    if not VIOLENCE.search(output.text or ""):
        return output
    return replace(output, text="", finish_reason="content_filter")


def annotate(body: dict[str, Any]) -> dict[str, Any]:
    """A whole answer with what the filter found in prompt and completion."""
    choices = [{**each, "content_filter_results": _results(each["finish_reason"])} for each in body["choices"]]
    return {**body, "choices": choices, "prompt_filter_results": _prompt_results()}


def first_chunk(metadata: CompletionMetadata) -> bytes:
    """The chunk that comes before all others, without a choice: what the filter found in the prompt."""
    return sse_event(metadata.body("chat.completion.chunk", choices=[], prompt_filter_results=_prompt_results()))


def annotated_chunks(metadata: CompletionMetadata, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks of a stream, with the one of the prompt before them."""
    yield first_chunk(metadata)
    yield from chunks


def _results(finish_reason: str | None) -> dict[str, object]:
    results: dict[str, object] = {name: {"filtered": False, "severity": "safe"} for name in CATEGORIES}
    if finish_reason == "content_filter":
        results["violence"] = {"filtered": True, "severity": "high"}
    return results


def _prompt_results() -> list[dict[str, object]]:
    return [{"prompt_index": 0, "content_filter_results": _results(None)}]
