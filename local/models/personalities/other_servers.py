"""Servers that speak OpenAI's protocol: on one's own machine, and those of other models in Azure's Foundry."""

import json

from local.models.api.errors import ApiError, invalid_request
from local.models.personalities.personality import Fields, Personality
from local.models.personalities.rules import known_efforts

OLLAMA_EFFORTS = ("high", "medium", "low", "none")
DEEPSEEK_EFFORTS = ("low", "medium", "high")
VLLM_NO_PARSER = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'


def _ollama_effort(fields: Fields, model: str) -> ApiError | None:
    effort = fields.get("reasoning_effort")
    if effort is None or effort in OLLAMA_EFFORTS:
        return None
    return invalid_request(f'invalid reasoning value: \'{effort}\' (must be "high", "medium", "low", or "none")', None)


def _ollama_without_tools(fields: Fields, model: str) -> ApiError | None:
    if not fields.get("tools"):
        return None
    name = model.removeprefix("ollama-")
    return ApiError(400, f"registry.ollama.ai/library/{name} does not support tools", error_type="api_error")


def _ollama_without_thinking(fields: Fields, model: str) -> ApiError | None:
    if fields.get("reasoning_effort") in (None, "none"):
        return None
    return invalid_request(f'"{model.removeprefix("ollama-")}" does not support thinking', None)


def _vllm_without_parser(fields: Fields, model: str) -> ApiError | None:
    if not fields.get("tools") or fields.get("tool_choice", "auto") == "none":
        return None
    body: dict[str, object] = {"object": "error", "message": VLLM_NO_PARSER, "type": "BadRequestError"}
    return ApiError(400, VLLM_NO_PARSER, whole_body={**body, "param": None, "code": 400})


def _vllm_form(error: ApiError) -> ApiError:
    body: dict[str, object] = {"object": "error", "message": error.message, "type": "BadRequestError"}
    error.whole_body = error.whole_body or {**body, "param": error.param, "code": error.status}
    return error


def _lm_studio_tool_choice(fields: Fields, model: str) -> ApiError | None:
    if not isinstance(fields.get("tool_choice"), dict):
        return None
    message = "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"
    return ApiError(400, message, whole_body={"error": message})


def _lm_studio_format(fields: Fields, model: str) -> ApiError | None:
    if (fields.get("response_format") or {}).get("type") != "json_object":
        return None
    message = "'response_format.type' must be 'json_schema' or 'text'"
    return ApiError(400, message, whole_body={"error": message})


def _lm_studio_form(error: ApiError) -> ApiError:
    error.whole_body = error.whole_body or {"error": error.message}
    return error


def _llama_cpp_without_jinja(fields: Fields, model: str) -> ApiError | None:
    if not fields.get("tools"):
        return None
    return ApiError(500, "tools param requires --jinja flag", error_type="server_error")


def _llama_cpp_form(error: ApiError) -> ApiError:
    details = {"code": error.status, "message": error.message, "type": error.error_type}
    error.whole_body = error.whole_body or {"error": details}
    return error


MISTRAL_FIELDS = {
    *("model", "messages", "stream", "tools", "tool_choice", "response_format", "stop", "max_tokens", "temperature"),
    *("top_p", "parallel_tool_calls", "frequency_penalty", "presence_penalty", "n"),
}


def _mistral_extra_fields(fields: Fields, model: str) -> ApiError | None:
    """Foundry's gateway to Mistral refuses every field that Mistral does not have, and wraps what Mistral says."""
    extra = [name for name, value in fields.items() if name not in MISTRAL_FIELDS and value is not None]
    if not extra:
        return None
    details = [
        {"type": "extra_forbidden", "loc": _location(name), "msg": "Extra inputs are not permitted"} for name in extra
    ]
    error = {"code": "Invalid input", "message": json.dumps({"detail": details}), "status": 422}
    return ApiError(422, "Extra inputs are not permitted", whole_body={"error": error})


def _location(name: str) -> list[str]:
    return ["body", name, "include_usage"] if name == "stream_options" else ["body", name]


def _deepseek_format(fields: Fields, model: str) -> ApiError | None:
    if (fields.get("response_format") or {}).get("type") != "json_schema":
        return None
    return invalid_request("This response_format type is unavailable now", None, "invalid_request_error")


OTHER_PERSONALITIES = (
    Personality(
        "ollama",
        ("ollama-qwen3-vl:8b",),
        (_ollama_effort,),
        efforts=OLLAMA_EFFORTS,
        default_effort="medium",
        thoughts="reasoning",
        lenient=True,
        ignores=frozenset({"max_completion_tokens", "tool_choice", "parallel_tool_calls"}),
    ),
    Personality(
        "ollama-gemma3",
        ("ollama-gemma3:4b",),
        (_ollama_effort, _ollama_without_thinking, _ollama_without_tools),
        lenient=True,
        ignores=frozenset({"max_completion_tokens", "tool_choice", "parallel_tool_calls"}),
    ),
    Personality(
        "vllm",
        ("vllm-qwen3",),
        efforts=("none", "low", "medium", "high"),
        default_effort="medium",
        thoughts="reasoning",
        lenient=True,
        error_form=_vllm_form,
    ),
    Personality(
        "vllm-no-parser",
        ("vllm-glm4",),
        chat_rules=(_vllm_without_parser,),
        lenient=True,
        has_responses=False,
        error_form=_vllm_form,
    ),
    Personality(
        "lm-studio",
        ("lm-studio-qwen3",),
        chat_rules=(_lm_studio_tool_choice, _lm_studio_format),
        efforts=("none", "low", "medium", "high"),
        default_effort="none",
        thoughts="reasoning_content",
        lenient=True,
        error_form=_lm_studio_form,
    ),
    Personality(
        "llama.cpp",
        ("llama.cpp-gemma-3",),
        chat_rules=(_llama_cpp_without_jinja,),
        lenient=True,
        has_responses=False,
        error_form=_llama_cpp_form,
    ),
    Personality(
        "mistral", ("Mistral-Large-3",), chat_rules=(_mistral_extra_fields,), lenient=True, has_responses=False
    ),
    Personality(
        "deepseek",
        ("DeepSeek-V4-Pro",),
        chat_rules=(_deepseek_format, known_efforts(DEEPSEEK_EFFORTS)),
        efforts=DEEPSEEK_EFFORTS,
        default_effort="medium",
        thoughts="reasoning_content",
        has_responses=False,
    ),
    Personality(
        "deepseek-r1",
        ("DeepSeek-R1",),
        chat_rules=(_deepseek_format,),
        efforts=("medium",),
        default_effort="medium",
        thoughts="think",
        lenient=True,
        has_responses=False,
    ),
)
