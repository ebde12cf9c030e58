"""OpenAI's own models, at OpenAI and on Azure."""

from local.models.api.catalog import VISION_MODEL
from local.models.api.errors import ApiError, invalid_request
from local.models.personalities.personality import Fields, Personality
from local.models.personalities.rules import (
    default_only,
    known_efforts,
    tools_without_reasoning,
    unrecognized,
    unsupported,
)

OLD_TOKEN_FIELD = unsupported("max_tokens", " Use 'max_completion_tokens' instead.")
USE_RESPONSES = "Please use /v1/responses instead."
USE_RESPONSES_OR_NONE = "To use function tools, use /v1/responses or set reasoning_effort to 'none'."

GPT_5_EFFORTS = ("minimal", "low", "medium", "high")
GPT_5_4_EFFORTS = ("none", "low", "medium", "high", "xhigh")
GPT_5_6_EFFORTS = ("none", "low", "medium", "high", "xhigh", "max")
ASTRA_EFFORTS = ("low", "medium", "high", "xhigh")
O_EFFORTS = ("low", "medium", "high")
SAMPLING = (default_only("temperature"), unsupported("top_p"), unsupported("stop"))


def _responses_only(fields: Fields, model: str) -> ApiError:
    message = "This model is only supported in v1/responses and not in v1/chat/completions."
    return ApiError(404, message, param="model")


def azure_content_filtered() -> ApiError:
    """The 400 of Azure's prompt shield, with all it says."""
    message = (
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please "
        "modify your prompt and retry. To learn more about our content filtering policies please read our "
        "documentation: https://go.microsoft.com/fwlink/?linkid=2198766"
    )
    harms = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}
    result = {"jailbreak": {"filtered": True, "detected": True}, **harms}
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": result}
    body: dict[str, object] = {"message": message, "type": None, "param": "prompt", "code": "content_filter"}
    error = {"error": {**body, "status": 400, "innererror": inner}}
    return ApiError(400, message, code="content_filter", param="prompt", whole_body=dict(error))


def _azure_form(error: ApiError) -> ApiError:
    return azure_content_filtered() if error.code == "content_filter" else error


def _azure_responses_only(fields: Fields, model: str) -> ApiError:
    message = (
        f"The chatCompletion operation does not work with the specified model, {model}. Please choose different model "
        "and try again. You can learn more about which models can be used with each operation here: "
        "https://go.microsoft.com/fwlink/?linkid=2197993."
    )
    body: dict[str, object] = {"error": {"code": "OperationNotSupported", "message": message}}
    return ApiError(400, message, code="OperationNotSupported", whole_body=body)


def _encrypted_reasoning(fields: Fields, model: str) -> ApiError | None:
    if "reasoning.encrypted_content" not in (fields.get("include") or ()):
        return None
    return invalid_request("Encrypted content is not supported with this model.", "include")


NO_EFFORT = (unrecognized("reasoning_effort"),)
NO_REASONING = (unsupported("reasoning_effort"), _encrypted_reasoning)

OPENAI_PERSONALITIES = (
    Personality(
        "gpt-4o",
        ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini"),
        chat_rules=NO_EFFORT,
        responses_rules=NO_REASONING,
        base_model=VISION_MODEL,
    ),
    Personality(
        "gpt-5-mini",
        ("gpt-5", "gpt-5-mini", "gpt-5-nano"),
        (known_efforts(GPT_5_EFFORTS), *SAMPLING),
        (OLD_TOKEN_FIELD,),
        efforts=GPT_5_EFFORTS,
        default_effort="medium",
    ),
    Personality(
        "gpt-5.4-mini",
        ("gpt-5.4", "gpt-5.4-mini", "gpt-5.4-nano"),
        (known_efforts(GPT_5_4_EFFORTS), *SAMPLING),
        (OLD_TOKEN_FIELD, tools_without_reasoning("none", USE_RESPONSES)),
        efforts=GPT_5_4_EFFORTS,
    ),
    Personality(
        "gpt-5.6",
        ("gpt-5.6", "gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna", "gpt-6-sol", "gpt-6-luna"),
        (known_efforts(GPT_5_6_EFFORTS), *SAMPLING),
        (OLD_TOKEN_FIELD, tools_without_reasoning("medium", USE_RESPONSES_OR_NONE)),
        efforts=GPT_5_6_EFFORTS,
        default_effort="medium",
        counts_cache_writes=True,
    ),
    Personality(
        "gpt-6-astra",
        ("gpt-6-astra",),
        (known_efforts(ASTRA_EFFORTS), *SAMPLING),
        (OLD_TOKEN_FIELD, tools_without_reasoning("medium", USE_RESPONSES_OR_NONE)),
        efforts=ASTRA_EFFORTS,
        default_effort="medium",
        counts_cache_writes=True,
    ),
    Personality(
        "o4-mini",
        ("o1", "o3", "o3-mini", "o4-mini"),
        (
            known_efforts(O_EFFORTS),
            unsupported("temperature"),
            unsupported("top_p"),
            unsupported("stop"),
            unsupported("parallel_tool_calls"),
        ),
        (OLD_TOKEN_FIELD,),
        efforts=O_EFFORTS,
        default_effort="medium",
    ),
    Personality(
        "gpt-5-pro",
        ("gpt-5-pro", "gpt-5-codex"),
        SAMPLING,
        (_responses_only,),
        efforts=("high",),
        default_effort="high",
    ),
    Personality(
        "azure",
        ("azure-gpt-4o",),
        chat_rules=NO_EFFORT,
        responses_rules=NO_REASONING,
        base_model=VISION_MODEL,
        filters_content=True,
        error_form=_azure_form,
    ),
    Personality(
        "azure-codex",
        ("azure-gpt-5-codex",),
        (known_efforts(O_EFFORTS), *SAMPLING),
        (_azure_responses_only,),
        efforts=O_EFFORTS,
        default_effort="medium",
        filters_content=True,
        error_form=_azure_form,
    ),
)
