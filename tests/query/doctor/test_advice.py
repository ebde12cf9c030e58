"""What to do about the errors of services."""

from dataclasses import replace

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from query.doctor.advice import ServiceAccess, advise, status_of
from shared.errors import BadRequest, NotFound, Outage, PhotoError, SettingsError, Throttled

BY_KEY = ServiceAccess("ADDRESS", "KEY", has_key=True, role="Reader", wrong_key="a query key?", quota="raise it")
BY_IDENTITY = replace(BY_KEY, has_key=False)


def caused(error: PhotoError, status: int | None) -> PhotoError:
    cause = HttpResponseError("no")
    cause.status_code = status
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_named_and_a_refused_identity_needs_a_role(status: int) -> None:
    error = caused(Outage("refused"), status)

    assert advise(error, BY_KEY) == "check KEY: a query key?"
    assert "role Reader" in advise(error, BY_IDENTITY)


def test_a_missing_model_is_a_wrong_name_but_a_missing_blob_is_not() -> None:
    assert "deployment" in advise(caused(Outage("no such model"), 404), BY_KEY)
    assert not advise(caused(NotFound("no such blob"), 404), BY_KEY)


def test_a_used_up_quota_is_raised() -> None:
    assert advise(caused(Throttled("slow down"), 429), BY_KEY) == "raise it"


def test_what_cannot_be_reached_has_a_wrong_address_or_a_firewall() -> None:
    assert "ADDRESS" in advise(Outage("no route"), BY_KEY)
    assert "firewall" in advise(Outage("no route"), BY_KEY)


def test_without_any_identity_one_is_needed() -> None:
    error = Outage("refused")
    error.__cause__ = ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token")

    assert "az login" in advise(error, BY_IDENTITY)
    assert "az login" in advise(ClientAuthenticationError("no token"), BY_IDENTITY)


@pytest.mark.parametrize("error", [SettingsError("the index does not fit: delete it"), BadRequest("malformed")])
def test_an_error_that_says_what_to_do_needs_no_advice(error: Exception) -> None:
    assert not advise(error, BY_KEY)


def test_an_error_may_have_no_status() -> None:
    assert status_of(ValueError("x")) is None
    assert status_of(caused(Outage("x"), None)) is None
