"""The rules by which models refuse a request, in OpenAI's words."""

from collections.abc import Sequence

from local.models.api.errors import ApiError, invalid_request
from local.models.personalities.personality import Fields, Rule


def unsupported(name: str, advice: str = "") -> Rule:
    """A field that the model has no use for."""

    def rule(fields: Fields, model: str) -> ApiError | None:
        if fields.get(name) is None:
            return None
        message = f"Unsupported parameter: '{name}' is not supported with this model.{advice}"
        return invalid_request(message, name, "unsupported_parameter")

    return rule


def default_only(name: str, default: float = 1) -> Rule:
    """A field that may be sent with its default value alone."""

    def rule(fields: Fields, model: str) -> ApiError | None:
        value = fields.get(name)
        if value in (None, default):
            return None
        message = f"Unsupported value: '{name}' does not support {value} with this model."
        return invalid_request(f"{message} Only the default ({default}) value is supported.", name, "unsupported_value")

    return rule


def unrecognized(name: str) -> Rule:
    """A field that OpenAI's older models have never heard of."""

    def rule(fields: Fields, model: str) -> ApiError | None:
        if fields.get(name) is None:
            return None
        return invalid_request(f"Unrecognized request argument supplied: {name}", None)

    return rule


def known_efforts(efforts: Sequence[str]) -> Rule:
    """A reasoning effort must be one of these."""

    def rule(fields: Fields, model: str) -> ApiError | None:
        effort = fields.get("reasoning_effort")
        if effort is None or effort in efforts:
            return None
        listed = ", ".join(f"'{each}'" for each in efforts[:-1]) + f", and '{efforts[-1]}'"
        message = f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model."
        return invalid_request(f"{message} Supported values are: {listed}.", "reasoning_effort", "unsupported_value")

    return rule


def tools_without_reasoning(default_effort: str, advice: str) -> Rule:
    """Tools are taken only where the model does not reason."""

    def rule(fields: Fields, model: str) -> ApiError | None:
        effort = fields.get("reasoning_effort") or default_effort
        if not fields.get("tools") or effort == "none":
            return None
        message = (
            f"Function tools with reasoning_effort are not supported for {model} in /v1/chat/completions. {advice}"
        )
        return invalid_request(message, "reasoning_effort")

    return rule
