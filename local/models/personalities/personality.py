"""A family of models: the rules it refuses by, how it reasons, and the form of its errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from local.models.api.catalog import CHAT_MODEL
from local.models.api.errors import ApiError

Fields = Mapping[str, Any]
Rule = Callable[[Fields, str], ApiError | None]  # the fields of a request in the words of chat completions, the model
ErrorForm = Callable[[ApiError], ApiError]
Api = Literal["chat", "responses"]
Thoughts = Literal["hidden", "reasoning", "reasoning_content", "think"]

# What a question takes. Medium is what was measured for an answer of 120 tokens; the others are in proportion.
REASONING_TOKENS = {"none": 0, "minimal": 32, "low": 256, "medium": 1200, "high": 4800, "xhigh": 9600, "max": 19200}


def own_form(error: ApiError) -> ApiError:
    """OpenAI's form, which is that of the stand-in."""
    return error


@dataclass(frozen=True)
class Personality:
    """
    How one family answers. `models` are the names by which a request gets it.

    `rules` hold at both APIs, `chat_rules` and `responses_rules` at one alone. It reasons if it has `efforts`, without
    telling its thoughts if they are `hidden`. `ignores` names fields that have no effect; `lenient` is a server that
    knows nothing of the fields it does not know.
    """

    name: str
    models: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    chat_rules: tuple[Rule, ...] = ()
    responses_rules: tuple[Rule, ...] = ()
    base_model: str = CHAT_MODEL
    efforts: tuple[str, ...] = ()
    default_effort: str = "none"
    thoughts: Thoughts = "hidden"
    lenient: bool = False
    ignores: frozenset[str] = frozenset()
    has_responses: bool = True
    filters_content: bool = False
    counts_cache_writes: bool = False  # as it sells what it keeps of a prompt for more
    error_form: ErrorForm = own_form

    def check(self, fields: Fields, model: str, api: Api) -> None:
        """Raise the error by which this family refuses the request, if it does."""
        for rule in (*self.rules, *(self.chat_rules if api == "chat" else self.responses_rules)):
            if error := rule(fields, model):
                raise error

    def reasoning_tokens(self, fields: Fields) -> int:
        """How many tokens it thinks before it answers this request."""
        effort = fields.get("reasoning_effort") or self.default_effort
        return REASONING_TOKENS.get(effort, 0) if self.efforts else 0
