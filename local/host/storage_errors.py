"""Storage that does not respond: which errors are worth retrying, and one log line when an outage begins or ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from azure.core.exceptions import AzureError, HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy

log = logging.getLogger(__name__)

T = TypeVar("T")

STORAGE_ERRORS = (AzureError, OSError, TimeoutError)
"""What a request to storage raises when it is worth another try later."""

_FIRST_PAUSE = 1.0
_MAX_PAUSE = 5.0
# The web server in front of storage refuses a malformed request itself, in HTML.
_REFUSED_BEFORE_STORAGE = {400, 411, 413, 414, 431}


class ForeignAnswer(AzureError):
    """Something between the host and storage, such as a proxy, answered in its place."""


class RefuseForeignAnswers(SansIOHTTPPolicy[Any, Any]):
    """Raises ForeignAnswer for what storage did not say; its own answers have a request id, whatever they are."""

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        answer = response.http_response
        if "x-ms-request-id" in answer.headers or answer.status_code in _REFUSED_BEFORE_STORAGE:
            return
        kind = answer.headers.get("Content-Type") or "nothing"
        raise ForeignAnswer(f"an answer that is not from storage (status {answer.status_code}, {kind})")


def is_refusal(error: BaseException) -> bool:
    """Whether storage said no: the same request would be refused again."""
    return isinstance(error, HttpResponseError) and 400 <= (error.status_code or 0) < 500


class StorageAvailability:
    """Whether the services of one account respond; `service` is "blob" or "queue"."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._unavailable: set[str] = set()
        self._logged_refusals: set[str] = set()

    @contextmanager
    def watch(self, service: str) -> Iterator[None]:
        """Record what becomes of a request within the block; errors are raised as they are."""
        try:
            yield
        except (ResourceNotFoundError, ResourceModifiedError):
            self.record_success(service)
            raise
        except STORAGE_ERRORS as error:
            self.record_failure(service, error)
            raise
        self.record_success(service)

    def record_failure(self, service: str, error: BaseException) -> None:
        """Log an outage once; a refusal is a response, so it is logged once per text and isn't an outage."""
        text = str(error).strip().split("\n", 1)[0] or type(error).__name__
        if is_refusal(error):
            self.record_success(service)
            if text not in self._logged_refusals:
                self._logged_refusals.add(text)
                log.error("the %s service of storage '%s' refused a request: %s", service, self._account, text)
        elif service not in self._unavailable:
            self._unavailable.add(service)
            log.warning("the %s service of storage '%s' does not respond, waiting: %s", service, self._account, text)

    def record_success(self, service: str) -> None:
        if service in self._unavailable:
            self._unavailable.discard(service)
            log.warning("the %s service of storage '%s' responds again", service, self._account)


async def repeat_until_success(step: Callable[[], Awaitable[T]], purpose: str) -> T:
    """
    Repeat the step, with growing pauses, until it succeeds.

    Whatever goes wrong: an error that nobody foresaw must not end a trigger silently and for good.
    """
    pause = _FIRST_PAUSE
    while True:
        try:
            return await step()
        except STORAGE_ERRORS as error:
            log.debug("%s: trying again after %s", purpose, error)
        except Exception:
            log.exception("%s failed, trying again", purpose)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _MAX_PAUSE)
