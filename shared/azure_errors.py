"""The errors of azure-core, in our words: storage and search share them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)

from shared.errors import BadRequest, NotFound, Outage, PhotoError, Throttled, Transient

BUSY = {408, 409, 412, 423}


@asynccontextmanager
async def translated_errors(service: str) -> AsyncIterator[None]:
    """Run a call to `service` and turn what azure-core raises into one of our errors."""
    try:
        yield
    except AzureError as error:
        raise to_photo_error(service, error) from error


def to_photo_error(service: str, error: AzureError) -> PhotoError:
    """What an azure-core error means to us."""
    if isinstance(error, ResourceNotFoundError):
        return NotFound(f"{service} has no such thing: {_brief(error)}")
    if isinstance(error, ClientAuthenticationError):
        return Outage(f"{service} refused our credentials: {_brief(error)}")
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        return Outage(f"{service} cannot be reached: {_brief(error)}")
    if isinstance(error, HttpResponseError) and error.status_code:
        return _by_status(service, error, error.status_code)
    return Transient(f"{service} failed: {_brief(error)}")


def _by_status(service: str, error: HttpResponseError, status: int) -> PhotoError:
    if status == 429:
        return Throttled(f"{service} is throttling us", wait=_retry_after(error))
    if status in {401, 403}:
        return Outage(f"{service} refused our credentials: {_brief(error)}")
    if status >= 500 or status in BUSY:
        return Transient(f"{service} answered {status}: {_brief(error)}", wait=_retry_after(error))
    return BadRequest(f"{service} answered {status}: {_brief(error)}")


def _retry_after(error: HttpResponseError) -> float | None:
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    value = headers.get("Retry-After")
    try:
        return float(value) if value else None
    except ValueError:  # an HTTP date: the caller's own backoff will do
        return None


def _brief(error: AzureError) -> str:
    return str(error.message).strip().split("\n")[0].partition(" ssl:")[0][:300]
