"""Responses: JSON, compressed or plain, and what an error becomes."""

import gzip
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.errors import InsufficientScope, Paused, PhotoError, SettingsError, Unauthenticated, error_body

PLAIN = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
Handler = Callable[[Request], Awaitable[Response]]


async def respond(handler: Handler, request: Request, *, function: str) -> Response:
    """Call the handler; an exception becomes a response that says what is wrong."""
    try:
        return await handler(request)
    except (PhotoError, SettingsError) as error:
        return JSONResponse(error_body(error), error.status, headers=retry_headers(error) | challenge(error))
    except Exception:
        logging.getLogger(function).exception("failed")
        unexpected = PhotoError("something went wrong on our side; the log says what")
        return JSONResponse(error_body(unexpected), unexpected.status)


def retry_headers(error: PhotoError | SettingsError) -> dict[str, str]:
    """
    The Retry-After header in whole seconds, if the error knows how long to wait.

    OpenAI's clients ignore one of more than a minute or two, and ask again at once: only `x-should-retry` stops them.
    """
    wait = getattr(error, "wait", None)
    waiting = {"Retry-After": str(max(1, round(wait)))} if wait else {}
    return waiting | ({"x-should-retry": "false"} if isinstance(error, Paused) else {})


def challenge(error: PhotoError | SettingsError) -> dict[str, str]:
    """The header that tells a client to send a key, or to sign somebody in, if that is what is wrong."""
    return {"WWW-Authenticate": error.challenge} if isinstance(error, Unauthenticated | InsufficientScope) else {}


def compressed_json(content: Any, request: Request) -> Response:
    """JSON, gzipped if the caller accepts that: a page of photos shrinks to a quarter or less in half a millisecond."""
    body, headers = _to_json(content), {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    return Response(body, media_type="application/json", headers=headers)


def _to_json(content: Any) -> bytes:
    """By the faster encoder where all is plain JSON: it writes times in another way, and knows no models."""
    try:
        return orjson.dumps(content, option=PLAIN)
    except TypeError:
        return to_json(content, inf_nan_mode="null")
