"""The error tree: what each class tells its catcher, and the body of its response."""

import pytest

from shared.errors import (
    BadPhoto,
    BadReply,
    BadRequest,
    Claimed,
    DiskFull,
    NotFound,
    Outage,
    OutOfMemory,
    Paused,
    Permanent,
    PhotoError,
    SettingsError,
    Throttled,
    Transient,
    error_body,
)

WEEK = 7 * 24 * 3600


@pytest.mark.parametrize(
    ("class_", "uses_attempt", "attempts", "patience", "status", "code"),
    [
        (Transient, True, 8, WEEK, 503, "service_unavailable"),
        (Throttled, False, 8, WEEK, 429, "rate_limit_exceeded"),
        (Outage, False, 8, WEEK, 503, "dependency_down"),
        (Claimed, False, 8, WEEK, 503, "service_unavailable"),
        (Paused, False, 8, float("inf"), 429, "budget_spent"),
        (BadReply, True, 3, WEEK, 503, "service_unavailable"),
        (OutOfMemory, True, 3, WEEK, 503, "service_unavailable"),
        (DiskFull, False, 8, WEEK, 503, "service_unavailable"),
    ],
)
def test_what_may_heal_says_how_long_it_is_worth_trying(
    class_: type[Transient], uses_attempt: bool, attempts: int, patience: float, status: int, code: str
) -> None:
    error = class_("why", wait=3)

    assert (error.uses_attempt, error.attempts, error.patience) == (uses_attempt, attempts, patience)
    assert (error.status, error.code, error.wait, str(error)) == (status, code, 3, "why")
    assert class_("why").wait is None


@pytest.mark.parametrize(
    ("error", "status", "type_", "param", "code"),
    [
        (PhotoError("x"), 500, "server_error", None, "server_error"),
        (Transient("x"), 503, "server_error", None, "service_unavailable"),
        (Throttled("x"), 429, "rate_limit_error", None, "rate_limit_exceeded"),
        (Paused("x"), 429, "rate_limit_error", None, "budget_spent"),
        (BadPhoto("x"), 422, "invalid_request_error", None, "bad_photo"),
        (BadRequest("x"), 400, "invalid_request_error", None, "invalid_value"),
        (BadRequest("x", param="p", code="c"), 400, "invalid_request_error", "p", "c"),
        (NotFound("x", param="id"), 404, "invalid_request_error", "id", "not_found"),
        (SettingsError("x"), 500, "server_error", None, "settings"),
    ],
)
def test_the_body_of_an_error_has_openais_shape(
    error: PhotoError | SettingsError, status: int, type_: str, param: str | None, code: str
) -> None:
    assert error.status == status
    assert error_body(error) == {"error": {"message": "x", "type": type_, "param": param, "code": code}}


def test_the_tree() -> None:
    assert issubclass(NotFound, BadRequest)
    assert issubclass(BadRequest, Permanent)
    assert issubclass(BadPhoto, Permanent)
    assert not issubclass(SettingsError, PhotoError)
