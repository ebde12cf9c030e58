"""Keys are masked wherever words leave the app."""

import inspect
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ingest import handlers
from shared import redaction
from shared.errors import Outage, PhotoError, SettingsError
from shared.redaction import MASK, RedactedError, redact, redact_logs, redacted, remember_secret
from shared.settings import Settings, load
from tests.machine import ROOT

SECRET = "k3y/of+the=model-0123456789"


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[logging.Logger]:
    """A logger whose records are redacted."""
    before = logging.getLogRecordFactory()
    redact_logs()
    caplog.set_level(logging.DEBUG)
    yield logging.getLogger("some.sdk")
    logging.setLogRecordFactory(before)


def test_what_the_settings_hold_as_secrets_is_masked_everywhere() -> None:
    values = {
        "PhotoStorage": f"AccountName=acct;AccountKey={SECRET}==;BlobEndpoint=http://blobs.example",
        "AzureWebJobsStorage": "BlobEndpoint=http://b.example;SharedAccessSignature=sv=1&sig=the%2Fsignature%3D",
        "OPENAI_BASE_URL": "http://models/v1",
        "OPENAI_API_KEY": "the-key-of-the-model",
        "AZURE_SEARCH_ENDPOINT": "http://search",
        "AZURE_SEARCH_API_KEY": "the-key-of-the-search",
    }
    with pytest.raises(SettingsError):  # what is missing does not matter here
        load(values)

    for secret in (
        f"{SECRET}==",
        "the%2Fsignature%3D",
        "the/signature=",
        "the-key-of-the-model",
        "the-key-of-the-search",
    ):
        assert redact(f"you sent {secret!r}, which is wrong") == f"you sent '{MASK}', which is wrong"
    for word in ("acct", "http://blobs.example", "AccountName"):
        assert redact(word) == word


def test_every_secret_setting_is_remembered() -> None:
    secrets = {each.alias for each in Settings.model_fields.values() if "SecretStr" in str(each.annotation)}
    assert {"PhotoStorage", "AzureWebJobsStorage", "OPENAI_API_KEY", "AZURE_SEARCH_API_KEY"} <= secrets

    for name in sorted(filter(None, secrets)):
        with pytest.raises(SettingsError):
            load({name: f"the-secret-in-{name}"})
        assert redact(f"the-secret-in-{name}") == MASK


@pytest.mark.parametrize(
    "setting",
    [
        "a-name-that-is-long:full:{key}, other:read:" + "k" * 40,
        "other:read:" + "k" * 40 + ",a-name-that-is-long:full:{key}",
        "a-name-that-is-long:{key}",
        "{key}",
    ],
)
@pytest.mark.parametrize("key", ["0123456789" * 4, "key/of;the=app-0123456789-0123456789", "a-short-key"])
def test_keys_of_the_app_are_masked_and_their_names_are_not(setting: str, key: str) -> None:
    with pytest.raises(SettingsError):
        load({"API_KEYS": setting.format(key=key)})

    assert redact(f"you sent {key!r}, of 'a-name-that-is-long'") == f"you sent '{MASK}', of 'a-name-that-is-long'"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET http://b/c/a.jpg?sv=1&sig=aB%2Fc&se=2", "GET http://b/c/a.jpg?sv=1&sig=***&se=2"),
        ("AccountName=x;AccountKey=abc/+==;EndpointSuffix=y", "AccountName=x;AccountKey=***;EndpointSuffix=y"),
        ("Authorization: Bearer eyJhbGciOi.eyJzdWIiOi.c2ln", "Authorization: Bearer ***"),
        ("{'api-key': 'abc', 'x-functions-key': \"abc\"}", "{'api-key': '***', 'x-functions-key': \"***\"}"),
        ('"GET /api/search?q=dog&code=abc== HTTP/1.1"', '"GET /api/search?q=dog&code=*** HTTP/1.1"'),
        ("https://me:secret@proxy.example:3128/x", "https://***@proxy.example:3128/x"),
    ],
)
def test_what_is_written_as_a_key_is_masked_though_nobody_knows_it(text: str, clean: str) -> None:
    assert redact(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "bearer tokens are refused", "the code of the error is 7", "http://127.0.0.1:10000/devstoreaccount1",
        "no photo has the key 1", "set OPENAI_API_KEY", "a@b.example:80 wrote", "design=x signature=x",
    ],
)  # fmt: skip
def test_other_words_stay(text: str) -> None:
    remember_secret("local")
    remember_secret("UseDevelopmentStorage=true")
    assert redact(text) == text
    assert (
        redact("UseDevelopmentStorage=true in local.settings.json")
        == "UseDevelopmentStorage=true in local.settings.json"
    )


def test_each_key_of_a_list_is_masked_and_its_name_is_not() -> None:
    remember_secret("laptop:full:0123456789abcdef, phone:read:fedcba9876543210")

    assert redact("laptop sent 0123456789abcdef or fedcba9876543210") == "laptop sent *** or ***"


@pytest.mark.parametrize("kind", [PhotoError, Outage, SettingsError])
def test_an_error_of_the_app_names_no_key(kind: type[Exception]) -> None:
    remember_secret(SECRET)

    assert str(kind(f"401: incorrect API key {SECRET}")) == "401: incorrect API key ***"


def test_no_log_line_names_a_key(log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    remember_secret(SECRET)

    log.info("sent %s to %s", SECRET, "there")
    log.info("headers: %r", {"api-key": SECRET})
    log.info("%(key)s", {"key": SECRET})
    log.warning("failed: %s", ValueError(SECRET))
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("failed")

    assert SECRET not in caplog.text
    assert "ValueError: ***" in caplog.text
    assert caplog.messages[0] == "sent *** to there"


def test_records_without_a_key_and_those_that_others_take_apart_keep_their_arguments(
    log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    """uvicorn's formatter reads the five arguments of an access record."""
    log.info("%d photos in %.1f s", 3, 0.5)
    log.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1", "GET", "/api/search?code=abc", "1.1", 200)

    assert caplog.records[0].args == (3, 0.5)
    assert caplog.records[1].args == ("127.0.0.1", "GET", "/api/search?code=***", "1.1", 200)


async def test_an_exception_that_leaves_names_no_key_and_keeps_its_traceback() -> None:
    remember_secret(SECRET)

    @redacted
    async def work() -> None:
        try:
            raise ValueError(f"you sent {SECRET}")
        except ValueError as error:
            raise RuntimeError("the cause has the key") from error

    with pytest.raises(RedactedError) as raised:
        await work()

    assert raised.value.__cause__ is raised.value.__context__ is None
    assert SECRET not in str(raised.value)
    assert "ValueError: you sent ***" in str(raised.value)
    assert "in work" in str(raised.value)


async def test_an_exception_without_a_key_is_raised_as_it_is() -> None:
    error = KeyError("x")

    @redacted
    async def work() -> None:
        raise error

    with pytest.raises(KeyError) as raised:
        await work()
    assert raised.value is error


def test_every_trigger_raises_without_keys() -> None:
    public = [
        function
        for name, function in inspect.getmembers(handlers, inspect.iscoroutinefunction)
        if function.__module__ == handlers.__name__ and not name.startswith("_")
    ]

    assert len(public) >= 7
    assert all(hasattr(function, "__wrapped__") for function in public)


def test_a_crash_prints_no_key() -> None:
    script = (
        "from shared.redaction import redact_crashes, remember_secret\n"
        f"redact_crashes(); remember_secret({SECRET!r})\n"
        "import sys\n"
        "raise ValueError('you sent ' + sys.argv[1])"
    )

    crash = subprocess.run(
        [sys.executable, "-c", script, SECRET], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert crash.returncode == 1
    assert "ValueError: you sent ***" in crash.stderr
    assert SECRET not in crash.stderr
