"""
The fields of OpenAI's requests that have no effect here, each on purpose: ignored, or refused.

Refused is what a caller would miss in the answer. Ignored is what asks for less, for more of the same, or for what
whoever runs this app decides.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from query.chat.wire_model import WireModel, integer_if_whole
from shared.errors import BadRequest

NOT_TRUE = Field(description="Not available.", json_schema_extra={"const": False})


def _refuse_true(value: bool) -> bool:
    if value:
        raise ValueError("log probabilities are not available")
    return value


Whole = Annotated[int, BeforeValidator(integer_if_whole)]


class UnusedFields(WireModel):
    """The fields that are ignored, or of which only one value is accepted."""

    n: Annotated[Whole, Field(ge=1, le=1, description="An answer has one choice.")] | None = None
    logprobs: Annotated[bool, AfterValidator(_refuse_true), NOT_TRUE] | None = None
    top_logprobs: Annotated[Whole, Field(ge=0, le=0, description="Not available.")] | None = None
    modalities: Annotated[list[Literal["text"]] | None, Field(description="Answers are text.")] = None
    store: Annotated[bool | None, Field(description="Ignored: nothing is stored.")] = None
    metadata: Annotated[dict[str, str] | None, Field(description="Ignored: nothing is stored.")] = None


IGNORED: Mapping[str, str] = {
    "frequency_penalty": "citations repeat by nature",
    "presence_penalty": "citations repeat by nature",
    "logit_bias": "tokens are those of the model behind this service",
    "seed": "answers depend on the library as well",
    "service_tier": "set by who runs this service",
    "reasoning_effort": "set by who runs this service",
    "verbosity": "set by who runs this service",
    "prediction": "it changes no answer",
    "prompt_cache_key": "it changes no answer",
    "prompt_cache_options": "it changes no answer",
    "prompt_cache_retention": "it changes no answer",
    "safety_identifier": "`user` is passed on",
    "moderation": "set by who runs this service",
}
REFUSED: Mapping[str, str] = {
    "audio": "answers are text",
    "functions": "use tools, which replaced it",
    "function_call": "use tool_choice, which replaced it",
    "web_search_options": "only photos are searched",
}


def check_refused(value: Any, refused: Mapping[str, str]) -> None:
    """BadRequest for a request with a field whose effect the caller would miss."""
    fields = value if isinstance(value, dict) else {}
    for name, reason in refused.items():
        if fields.get(name) not in (None, [], {}, False):
            raise BadRequest(f"{name} is not supported: {reason}", param=name, code="unsupported_parameter")


def describe_policy(ignored: Mapping[str, str], refused: Mapping[str, str]) -> str:
    """The policy in words, for the OpenAPI document."""
    lines = [
        "Accepted and ignored:",
        *(f"- `{name}`: {reason}" for name, reason in ignored.items()),
        "",
        "Refused:",
        *(f"- `{name}`: {reason}" for name, reason in refused.items()),
    ]
    return "\n".join(lines)
