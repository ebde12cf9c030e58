"""Turns the errors of azure-core into ours; storage and search share this."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)

from shared.errors import ASK_THE_DOCTOR, BadRequest, NotFound, Outage, PhotoError, Throttled, Transient
from shared.retry_after import parse_retry_after

BUSY = {408, 409, 412, 423}  # statuses below 500 that go away by themselves


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
        return NotFound(f"{service} found nothing: {first_line(error)}")
    if isinstance(error, ClientAuthenticationError):
        return _refusal(service, error)
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        return Outage(f"{service} cannot be reached: {first_line(error)}")
    if isinstance(error, HttpResponseError) and error.status_code:
        return _by_status(service, error, error.status_code)
    return Transient(f"{service} failed: {first_line(error)}")


def _by_status(service: str, error: HttpResponseError, status: int) -> PhotoError:
    if status == 429:
        return Throttled(f"{service} is throttling us", wait=_retry_after(error))
    if status in {401, 403}:
        return _refusal(service, error)
    if status >= 500 or status in BUSY:
        return Transient(f"{service} answered {status}: {first_line(error)}", wait=_retry_after(error))
    return BadRequest(f"{service} answered {status}: {first_line(error)}")


def _refusal(service: str, error: AzureError) -> Outage:
    return Outage(f"{service} refused our credentials: {first_line(error)} ({ASK_THE_DOCTOR})")


def _retry_after(error: HttpResponseError) -> float | None:
    return parse_retry_after(getattr(error.response, "headers", {}))


def first_line(error: AzureError) -> str:
    """What an error says, without its details, and without the code that Azure AI Search leaves empty."""
    return str(error.message).strip().split("\n")[0].removeprefix("() ").partition(" ssl:")[0][:300]
