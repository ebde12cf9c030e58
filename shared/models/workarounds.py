"""
A model's server refuses a part of a request: what is sent in its place, so that least is lost.

The order of the rules in `find_workaround` is the order of what they lose. A workaround is remembered for each model,
and only for a while, because servers are updated and deployments get other models.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

WORKAROUND_SECONDS = 3600.0  # after which what was refused is tried again
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
LEFT_OUT = ""  # the value of a workaround that leaves its field out

RESPONSES_ONLY = (
    "only supported in v1/responses",
    "not supported in the v1/chat/completions endpoint",
    "chatcompletion operation does not work",
)
# A server that failed is not taken for one that refuses, unless it says so: llama.cpp refuses with 500 and 501.
REFUSING = ("not supported", "unsupported", "does not support", "requires")
# What the caller got wrong, such as a schema, is theirs to know; nothing is learnt of the model from it.
CALLERS_FAULT = (
    "too large",
    "invalid schema",
    "invalid_function_parameters",
    "must contain the word",
    "not found in",
    "above_max",
    "below_min",
)
REFUSING_STATUS = {400, 404, 422, 500, 501}
# Names of a field besides its own, in the words of servers; the order is that of what its absence loses.
FIELD_WORDS: dict[str, tuple[str, ...]] = {
    "max_completion_tokens": (),
    "include": ("encrypted content",),
    "user": (),
    "dimensions": (),
    "stream_options": (),
    "detail": ("image_url.detail",),
    "temperature": (),
    "top_p": (),
    "stop": (),
    "parallel_tool_calls": (),
    "tool_choice": ("tool choice",),
    "response_format": ("json_schema", "structured output", "text.format"),
    "tools": ("tool_choice", "tool choice", "tool use", "tool call", "function call"),
}
NEVER_LEFT_OUT = {"messages", "model", "stream", "input", *FIELD_WORDS}
# The words by which servers name the effort: OpenAI's two, and Ollama's.
EFFORT_WORDS = ("reasoning_effort", "reasoning.effort", "reasoning value", "think value", "support thinking")
WRONG_VALUE = (
    "does not support '",
    "supported values",
    "must be",
    "should be",
    "one of",
    "think value",
    "reasoning value",
)


@dataclass(frozen=True)
class Refusal:
    """What a server refused, in its words; `fields` are those it names apart from them."""

    status: int
    message: str
    text: str  # all it said, in lower case
    fields: frozenset[str] = frozenset()
    is_final: bool = False  # it is about the content, and no other request would do better

    def is_about(self, field: str, *words: str) -> bool:
        """Whether it names this field: as a field if it names any that way, else in its words."""
        names = {field, *words}
        if self.fields & KNOWN_NAMES:
            return bool(self.fields & names)
        return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text) for name in names)


KNOWN_NAMES = {"reasoning_effort", "reasoning.effort", "max_tokens", "max_output_tokens", *FIELD_WORDS}


@dataclass(frozen=True)
class Workaround:
    """What is sent in place of `field`, or nothing if the value is empty; `loss` says what works no longer."""

    field: str
    value: str = LEFT_OUT
    loss: str = ""


class WorkaroundMemory:
    """The workarounds of each model. They are forgotten after `WORKAROUND_SECONDS`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._learnt: dict[str, dict[str, tuple[Workaround, float]]] = {}

    def of(self, model: str) -> dict[str, str]:
        """The values to send in place of what the model refused, by field."""
        return {each.field: each.value for each in self._fresh(model)}

    def learn(self, model: str, workaround: Workaround) -> None:
        learnt = self._learnt.setdefault(model, {})
        if workaround.field == "api":
            learnt.pop("effort_with_tools", None)  # the other API has rules of its own
        learnt[workaround.field] = (workaround, self._clock())

    @property
    def losses(self) -> list[str]:
        """What does not work at present, a sentence each."""
        return list(dict.fromkeys(each.loss for model in self._learnt for each in self._fresh(model) if each.loss))

    def _fresh(self, model: str) -> list[Workaround]:
        now = self._clock()
        learnt = self._learnt.get(model, {})
        return [workaround for workaround, since in learnt.values() if now - since < WORKAROUND_SECONDS]


def find_workaround(
    refusal: Refusal, request: Mapping[str, Any], known: Mapping[str, str], model: str, *, may_use_responses: bool
) -> Workaround | None:
    """
    The workaround that loses least, for a request as it was sent; None if there is none.

    `request` is in the words of chat completions, whatever API it went to.
    """
    if refusal.is_final or refusal.status not in REFUSING_STATUS or any(each in refusal.text for each in CALLERS_FAULT):
        return None
    if any(words in refusal.text for words in RESPONSES_ONLY):
        return Workaround("api", "responses") if may_use_responses else None
    if refusal.status >= 500 and not any(words in refusal.text for words in REFUSING):
        return None
    if refusal.status == 404:
        return None
    return (
        _reason_less_with_tools(refusal, request, known, model, may_use_responses=may_use_responses)
        or _other_effort(refusal, request, known, model, may_use_responses=may_use_responses)
        or _without_field(refusal, request, model)
    )


def _reason_less_with_tools(
    refusal: Refusal, request: Mapping[str, Any], known: Mapping[str, str], model: str, *, may_use_responses: bool
) -> Workaround | None:
    """Tools that are taken without reasoning only, or only at the other API."""
    if not request.get("tools") or "tool" not in refusal.text or "reasoning_effort" not in refusal.text:
        return None
    if request.get("reasoning_effort") != "none" and "effort_with_tools" not in known:
        loss = f"{model} does not reason while it may use tools; CHAT_API=responses may change that: {refusal.message}"
        return Workaround("effort_with_tools", "none", loss)
    return _take_tools_elsewhere(refusal, model, may_use_responses=may_use_responses)


def _take_tools_elsewhere(refusal: Refusal, model: str, *, may_use_responses: bool) -> Workaround:
    return Workaround("api", "responses") if may_use_responses else _without_tools(refusal, model)


def _without_tools(refusal: Refusal, model: str) -> Workaround:
    return Workaround("tools", loss=f"chat works without filters and counts: {model} refused tools: {refusal.message}")


def _other_effort(
    refusal: Refusal, request: Mapping[str, Any], known: Mapping[str, str], model: str, *, may_use_responses: bool
) -> Workaround | None:
    """The nearest effort that the server names, or the next; without the field where that is what it refuses."""
    wanted = request.get("reasoning_effort")
    if wanted is None or not any(refusal.is_about("reasoning_effort", word) for word in EFFORT_WORDS):
        return None
    if request.get("tools") and known.get("effort_with_tools"):
        return _take_tools_elsewhere(refusal, model, may_use_responses=may_use_responses)
    value = nearest_effort(wanted, refusal.text) if any(word in refusal.text for word in WRONG_VALUE) else LEFT_OUT
    used = f"reasons with effort {value}" if value else "reasons as it does by default"
    # Those who want none get the least there is, which is what they asked for.
    loss = "" if wanted in {"none", "minimal"} else f"{model} {used} instead of {wanted}: {refusal.message}"
    return Workaround(f"reasoning_effort={wanted}" if value else "reasoning_effort", value, loss)


def nearest_effort(wanted: str, text: str) -> str:
    """The effort nearest to the wanted one among those a message lists; without a list the next, low being the last."""
    listing = re.split(r"supported values|must be|should be|one of", text, maxsplit=1)[-1]
    listed = [each for each in EFFORTS if re.search(rf"""['"`]{each}['"`]""", listing) and each != wanted]
    place = EFFORTS.index(wanted)
    if listed:
        return min(listed, key=lambda each: abs(EFFORTS.index(each) - place))
    return EFFORTS[place + 1] if wanted in {"none", "minimal"} else LEFT_OUT


def _without_field(refusal: Refusal, request: Mapping[str, Any], model: str) -> Workaround | None:
    if "max_tokens" in request and refusal.is_about("max_tokens"):
        return Workaround("max_completion_tokens", "max_completion_tokens")
    for field, words in FIELD_WORDS.items():
        if _is_sent(field, request) and refusal.is_about(field, *words):
            return _workaround_of(field, request, refusal, model)
    others = [name for name in request if name not in NEVER_LEFT_OUT and refusal.is_about(name)]
    return Workaround(others[0], loss=f"{model} refused {others[0]}, which is left out") if others else None


def _is_sent(field: str, request: Mapping[str, Any]) -> bool:
    if field == "detail":
        return "'detail':" in repr(request.get("messages"))
    # "auto" is the default, so it must be the tools themselves that are not supported
    return request.get(field) not in (None, []) and not (field == "tool_choice" and request[field] == "auto")


def _workaround_of(field: str, request: Mapping[str, Any], refusal: Refusal, model: str) -> Workaround:
    if field == "tools":
        return _without_tools(refusal, model)
    if field == "max_completion_tokens":
        return Workaround(field, "max_tokens")
    if field == "tool_choice":
        takes_required = isinstance(request[field], Mapping) and "required" in refusal.text
        return Workaround(field, "required" if takes_required else LEFT_OUT)
    if field == "response_format":
        weaker = "json_object" if request[field].get("type") == "json_schema" else LEFT_OUT
        return Workaround(field, weaker, f"{model} is not held to a JSON schema by its server: {refusal.message}")
    return Workaround(field, loss=FIELD_LOSSES.get(field, "").format(model=model, message=refusal.message))


FIELD_LOSSES = {
    "detail": "IMAGE_DETAIL has no effect on {model}: {message}",
    "stream_options": "the tokens of streamed answers of {model} are not counted: {message}",
    "temperature": "a temperature has no effect on {model}: {message}",
    "top_p": "top_p has no effect on {model}: {message}",
    "stop": "stop has no effect on {model}: {message}",
    "parallel_tool_calls": "parallel_tool_calls has no effect on {model}: {message}",
}
