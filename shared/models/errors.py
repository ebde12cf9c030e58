"""What the errors of a model's server mean to us."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import httpx2
import openai

from shared.errors import ASK_THE_DOCTOR, BadRequest, Outage, PhotoError, Throttled, Transient
from shared.models.workarounds import Refusal
from shared.retry_after import MAX_WAIT, parse_retry_after

DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
PYDANTIC_LOC = re.compile(r"""['"]loc['"]\s*:\s*[\[(]\s*['"]body['"]\s*,\s*['"](\w+)""")
# aiohttp's words for a connection that ended before an answer began; a subclass of one says that there was none.
HANG_UPS = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientConnectionResetError)
MAX_MESSAGE = 200  # characters of a server's words that are passed on
FINAL_CODES = {"content_filter", "context_length_exceeded", "model_not_found", "DeploymentNotFound"}


def to_photo_error(error: openai.OpenAIError, model: str = "") -> PhotoError:
    """What an error of the model's server means to us; a wrong key or model name is never the photo's fault."""
    if isinstance(error, openai.RateLimitError):
        return Throttled("the model is throttling us", wait=_retry_after(error))
    if isinstance(error, openai.APITimeoutError) and not _is_unreachable(error):
        return Transient("the model did not answer in time")
    if isinstance(error, openai.APIConnectionError):
        return Outage("the model cannot be reached")
    if isinstance(error, openai.NotFoundError):
        return Outage(f"the model {model!r} does not exist at OPENAI_BASE_URL: {_said(error)}")
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return Outage(f"the model refused our credentials: {_said(error)}"[:500] + f" ({ASK_THE_DOCTOR})")
    if isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
        return _bad_request(error)
    if isinstance(error, openai.APIStatusError):
        return Transient(f"the model answered {error.status_code}: {_said(error)}"[:500], wait=_retry_after(error))
    return Transient(f"the model failed: {error}"[:500])


def is_hang_up(error: openai.OpenAIError) -> bool:
    """Whether the server closed the connection before it answered anything."""
    cause = _network_error(error)
    return isinstance(cause, HANG_UPS) and not isinstance(cause, aiohttp.ClientConnectorError)


def _is_unreachable(error: openai.OpenAIError) -> bool:
    """Whether a connection failed, which the SDK's transport for aiohttp takes for a timeout as well."""
    cause = _network_error(error)
    return isinstance(cause, aiohttp.ClientConnectionError) and not isinstance(cause, TimeoutError)


def _network_error(error: openai.OpenAIError) -> BaseException | None:
    """What aiohttp said, of which the SDK tells in two steps."""
    return error.__cause__.__cause__ if isinstance(error.__cause__, httpx2.TransportError) else error.__cause__


def _bad_request(error: openai.APIStatusError) -> BadRequest:
    message = f"{error.code or ''} {_said(error)}".lower()
    if "content_filter" in message or "content management policy" in message:
        return BadRequest("the model's content filter refused this", code="content_filter")
    if "context_length" in message or "maximum context" in message:
        return BadRequest(
            "the conversation is too long for the model: start a new one or shorten it",
            code="context_length_exceeded",
            param="messages",
        )
    return BadRequest(f"the model refused the request: {_said(error)}"[:500], param=error.param)


def read_refusal(error: openai.APIStatusError) -> Refusal:
    """What a server refused: OpenAI names the field as `param`, pydantic as `loc`, others only in their words."""
    text = f"{_said(error)} {json.dumps(error.body, default=str)}"
    paths = [error.param, *PYDANTIC_LOC.findall(text)]
    return Refusal(
        status=error.status_code,
        message=re.sub(r"^Error code: \d+ - ", "", _said(error))[:MAX_MESSAGE],
        text=text.lower(),
        fields=frozenset(field for path in paths if isinstance(path, str) for field in _path_fields(path)),
        is_final=error.code in FINAL_CODES or "content management policy" in text.lower(),
    )


def _said(error: openai.APIStatusError) -> str:
    """What the server said. LM Studio sends a text for an error, and pydantic a list: the SDK reads neither."""
    body = error.body
    words = body if isinstance(body, str) else body.get("detail") if isinstance(body, Mapping) else None
    return f"{error.message} - {words}" if words and str(words) not in error.message else str(error.message)


def _path_fields(path: str) -> Iterator[str]:
    """`messages[1].content[0].image_url.detail` is about `messages`, and about `detail`."""
    yield path
    parts = re.findall(r"\w+", path)
    yield from {parts[0], parts[-1]} if parts else ()


def stream_error(code: Any, message: Any) -> PhotoError:
    """An error that comes as an event of a stream."""
    if code == "rate_limit_exceeded":
        return Throttled("the model is throttling us")
    return Transient(f"the model failed: {message}"[:500])


def _retry_after(error: openai.APIStatusError) -> float | None:
    """How many seconds the server asks us to stay away: by Retry-After, or until a used-up limit is reset."""
    headers = error.response.headers
    if (wait := parse_retry_after(headers)) is not None:
        return wait
    exhausted = [kind for kind in ("requests", "tokens") if headers.get(f"x-ratelimit-remaining-{kind}") == "0"]
    waits = [parse_duration(headers.get(f"x-ratelimit-reset-{kind}", "")) for kind in exhausted]
    return max((min(wait, MAX_WAIT) for wait in waits if wait is not None), default=None)


def parse_duration(text: str) -> float | None:
    """Seconds in a duration as OpenAI writes it: `6m0s`, `1.5s`, `120ms`, or a plain number; None for anything else."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if not re.fullmatch(rf"(?:{DURATION_PART.pattern})+", text):
        return None
    return sum(float(number) * SECONDS[unit] for number, unit in DURATION_PART.findall(text))
