"""What azure-core raises becomes an error of ours, with the wait the service asked for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.storage.blob.aio import BlobServiceClient

from shared.azure_errors import to_photo_error, translated_errors
from shared.errors import ASK_THE_DOCTOR, BadRequest, NotFound, Outage, PhotoError, Throttled, Transient
from tests.shared.scripted_server import Answer, scripted_server


def http_error(status: int | None, message: str = "no") -> HttpResponseError:
    error = HttpResponseError(message)
    error.status_code = status
    return error


@pytest.mark.parametrize(
    ("error", "class_", "message"),
    [
        (ResourceNotFoundError("BlobNotFound"), NotFound, "blobs found nothing: BlobNotFound"),
        (ClientAuthenticationError("bad key"), Outage, f"blobs refused our credentials: bad key ({ASK_THE_DOCTOR})"),
        (ServiceRequestError("no route"), Outage, "blobs cannot be reached: no route"),
        (ServiceRequestTimeoutError("slow"), Outage, "blobs cannot be reached: slow"),
        (ServiceResponseError("hung up"), Outage, "blobs cannot be reached: hung up"),
        (ServiceResponseTimeoutError("slow"), Outage, "blobs cannot be reached: slow"),
        (IncompleteReadError("half"), Transient, "blobs failed: half"),
        (AzureError("odd"), Transient, "blobs failed: odd"),
        (http_error(None), Transient, "blobs failed: no"),
        (http_error(400), BadRequest, "blobs answered 400: no"),
        (http_error(401), Outage, f"blobs refused our credentials: no ({ASK_THE_DOCTOR})"),
        (http_error(403), Outage, f"blobs refused our credentials: no ({ASK_THE_DOCTOR})"),
        (http_error(404), BadRequest, "blobs answered 404: no"),
        (http_error(408), Transient, "blobs answered 408: no"),
        (http_error(409), Transient, "blobs answered 409: no"),
        (http_error(412), Transient, "blobs answered 412: no"),
        (http_error(413), BadRequest, "blobs answered 413: no"),
        (http_error(423), Transient, "blobs answered 423: no"),
        (http_error(429), Throttled, "blobs is throttling us"),
        (http_error(499), BadRequest, "blobs answered 499: no"),
        (http_error(500), Transient, "blobs answered 500: no"),
        (http_error(503), Transient, "blobs answered 503: no"),
    ],
)
def test_each_error_becomes_one_of_ours(error: AzureError, class_: type[PhotoError], message: str) -> None:
    ours = to_photo_error("blobs", error)

    assert type(ours) is class_
    assert str(ours) == message
    assert getattr(ours, "wait", None) is None


def test_only_the_first_line_of_a_message_is_kept_and_no_more_than_300_characters() -> None:
    text = "  Cannot connect to host a:1 ssl:default [refused]\nRequestId: 7"

    assert str(to_photo_error("s", AzureError(text))) == "s failed: Cannot connect to host a:1"
    assert str(to_photo_error("s", AzureError("() Authorization failed."))) == "s failed: Authorization failed."
    assert str(to_photo_error("s", AzureError("x" * 400))) == f"s failed: {'x' * 300}"


async def raised(answer: Answer) -> Exception:
    """What a real call to a service that answers so ends in."""
    async with scripted_server(answer) as server, BlobServiceClient(f"{server.url}/a", retry_total=0) as blobs:
        with pytest.raises(PhotoError) as caught:
            async with translated_errors("blobs"):
                await blobs.get_service_properties()
        assert caught.value.__cause__ is not None
        return caught.value


# Far enough away that a long run of all tests makes no difference.
IN_TWO_DAYS = format_datetime(datetime.now(UTC) + timedelta(days=2), usegmt=True)


@pytest.mark.parametrize("status", [408, 409, 412, 429, 500, 503])
@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"retry-after": "1.5"}, 1.5, 1.5),
        ({"x-ms-retry-after-ms": "1200"}, 1.2, 1.2),
        ({"Retry-After": IN_TWO_DAYS}, 86_400, 172_800),
    ],
)
async def test_the_wait_a_service_asks_for_reaches_the_error(
    status: int, headers: dict[str, str], least: float, most: float
) -> None:
    error = await raised(Answer(status, headers=headers))

    assert type(error) is (Throttled if status == 429 else Transient)
    assert isinstance(error, Transient)
    assert error.wait is not None
    assert least <= error.wait <= most


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "-5"}, {"Retry-After": "soon"}])
async def test_without_a_sensible_header_no_wait_is_stated(headers: dict[str, str]) -> None:
    error = await raised(Answer(429, headers=headers))

    assert isinstance(error, Throttled)
    assert error.wait is None


@pytest.mark.parametrize(("status", "class_"), [(400, BadRequest), (401, Outage), (403, Outage), (404, NotFound)])
async def test_refusals_over_http(status: int, class_: type[PhotoError]) -> None:
    assert type(await raised(Answer(status))) is class_


async def test_a_connection_that_breaks_is_an_outage() -> None:
    assert type(await raised(Answer(fault="broken"))) is Outage


async def test_our_own_mistakes_pass_through() -> None:
    with pytest.raises(KeyError):
        async with translated_errors("blobs"):
            raise KeyError("ours")
