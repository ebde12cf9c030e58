"""What the log says of photos and errors: ids and kinds, and more only where LOG_PATHS is on."""

import logging

import pytest

from shared.errors import BadPhoto, OutOfMemory, RefusedPhoto, Throttled
from shared.log_text import error_kind, error_label, photo_label, traceback_label
from shared.photo import photo_id
from shared.redaction import RedactedError, redact_logs, redacted

PRIVATE = "Aurelia's wedding.jpg"


class Answered(Exception):
    """As an SDK says what a service answered."""

    status_code = 503


@pytest.fixture(params=["", "off", "On, please"])
def private(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths may not be logged; whatever is no `on` means so."""
    monkeypatch.setenv("LOG_PATHS", request.param)


def failure() -> Throttled:
    """An error of ours with two causes, each of which repeats something private."""
    try:
        try:
            try:
                raise ValueError(PRIVATE)
            except ValueError as error:
                raise Answered(PRIVATE) from error
        except Answered as error:
            raise Throttled(f"busy with {PRIVATE}") from error
    except Throttled as error:
        return error


def test_a_photo_is_named_by_its_path_where_that_may_be_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_PATHS", "on")

    assert photo_label(PRIVATE) == f"{photo_id(PRIVATE)} ({PRIVATE})"
    assert error_label(failure()) == f"busy with {PRIVATE}"
    assert PRIVATE in traceback_label(failure())


@pytest.mark.usefixtures("private")
def test_otherwise_by_its_id_alone_and_an_error_by_its_kind() -> None:
    assert photo_label(PRIVATE) == photo_id(PRIVATE)
    assert error_label(failure()) == "Throttled (Answered 503, ValueError)"
    assert error_label(BadPhoto(PRIVATE)) == "BadPhoto"


@pytest.mark.usefixtures("private")
def test_a_traceback_tells_where_and_not_what() -> None:
    text = traceback_label(failure())

    assert PRIVATE not in text
    assert text.count("in failure") == 3
    assert text.splitlines()[-1] == "ValueError"


def test_a_cause_of_itself_ends() -> None:
    error = ValueError()
    error.__cause__ = error

    assert error_label(error)
    assert traceback_label(error)


@pytest.mark.usefixtures("private")
def test_no_log_record_and_no_crash_of_a_handler_repeats_what_an_error_says(caplog: pytest.LogCaptureFixture) -> None:
    redact_logs()
    try:
        raise failure()
    except Throttled:
        logging.getLogger("of.somebody.else").exception("failed")

    assert "Throttled" in caplog.text
    assert PRIVATE not in caplog.text


@pytest.mark.usefixtures("private")
async def test_what_leaves_a_handler_repeats_nothing() -> None:
    @redacted
    async def fail() -> None:
        raise failure()

    with pytest.raises(RedactedError) as error:
        await fail()

    assert PRIVATE not in str(error.value)
    assert "Throttled" in str(error.value)


@pytest.mark.parametrize(
    ("error", "kind"),
    [(BadPhoto(""), "bad_photo"), (OutOfMemory(""), "out_of_memory"), (RefusedPhoto(""), "refused_photo")],
)
def test_kinds_are_words_of_a_metric(error: Exception, kind: str) -> None:
    assert error_kind(error) == kind
