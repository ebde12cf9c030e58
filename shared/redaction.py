"""
Keys stay out of words: of answers, failure records, the log and what a crash leaves behind.

Services echo what they refuse, and SDKs put whole addresses into their errors. So every error of the app, every log
record and every exception that leaves it passes through `redact`, which masks what the settings hold as secrets, in any
place, and what looks like a key where one is usually written.
"""

import logging
import re
import sys
import traceback
from collections.abc import Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote, unquote

from shared.log_text import logs_paths, traceback_label

P = ParamSpec("P")
T = TypeVar("T")

MASK = "***"
MIN_LENGTH = 8  # shorter ones, such as the stand-ins' key "local", are words that would be masked in every sentence
MIN_LENGTH_IN_LIST = 16  # beside a key in a list stands its name
CONNECTION_STRING = re.compile(r"\b(?:UseDevelopmentStorage|AccountName|\w+Endpoint)=", re.IGNORECASE)
CONNECTION_SECRETS = re.compile(r"\b(?:AccountKey|SharedAccessSignature|SharedAccessKey)=([^;\s]+)", re.IGNORECASE)
LOOKS_SECRET = re.compile(
    r"(?P<name>"
    r"[?&;\s]sig=|\bAccountKey=|\bSharedAccessSignature=|\bSharedAccessKey="  # of storage
    r"|[?&](?:code|api[-_]?key|key|token|access_token)="  # in an address
    r"|\bbearer\s+(?=[\w.~+/=-]{16})"
    r"|\b(?:api-key|x-functions-key|ocp-apim-subscription-key)[\"']?\s*[:=]\s*[\"']?"  # as a header
    r"|//(?=[^\s/@]*:[^\s/@]*@)"  # user and password in an address
    r"|/s/\#?(?=[\w-]{43}(?![\w-]))"  # the token of a share, in an address and as a header
    r"|\bx-share-(?:token|pass)[\"']?\s*[:=]\s*[\"']?"
    r")"
    r"(?P<value>[^\s&;,\"'<>)}\]@]+)",
    re.IGNORECASE,
)
_secrets: set[str] = set()


class RedactedError(Exception):
    """Stands for an exception whose own words hold a key; the message is its whole traceback, without it."""


def remember_secret(value: str) -> None:
    """Mask this value from now on; of a connection string, only the parts that are secret, and of a list each key."""
    parts = CONNECTION_SECRETS.findall(value)
    if not CONNECTION_STRING.search(value):
        parts = [value, *(each for each in re.split(r"[\s,;:=]+", value) if len(each) >= MIN_LENGTH_IN_LIST)]
    signatures = [match[1] for part in parts if (match := re.search(r"\bsig=([^&\s]+)", part))]
    for part in [*parts, *signatures]:
        if len(part) >= MIN_LENGTH:
            _secrets.update({part, *_spellings(unquote(part))})


def _spellings(secret: str) -> set[str]:
    """As it is, and as it stands in addresses, where each SDK leaves other characters as they are."""
    return {secret, quote(secret, safe=""), quote(secret, safe="/"), quote(secret, safe="/+")}


def redact(text: str) -> str:
    """The text without keys."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return LOOKS_SECRET.sub(rf"\g<name>{MASK}", text)


# -- the log ----------------------------------------------------------------------------------


def redact_logs() -> None:
    """Redact every record that this process logs from now on, whoever logs it and wherever it goes."""
    make_record = logging.getLogRecordFactory()
    if getattr(make_record, "redacts", False):
        return

    def make_redacted_record(*arguments: Any, **options: Any) -> logging.LogRecord:
        record = make_record(*arguments, **options)
        _redact_message(record)
        _redact_traceback(record)
        return record

    make_redacted_record.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_redacted_record)


def _redact_message(record: logging.LogRecord) -> None:
    """Change a record only if it holds a key: formatters of others, such as uvicorn's, read its arguments."""
    try:
        if _is_clean(record.getMessage()):
            return
        if isinstance(record.args, tuple):
            record.args = tuple(redact(each) if isinstance(each, str) else each for each in record.args)
        if not _is_clean(record.getMessage()):
            record.msg, record.args = redact(record.getMessage()), ()
    except (TypeError, ValueError):
        return  # a malformed record: logging itself says so


def _redact_traceback(record: logging.LogRecord) -> None:
    """Formatters take the text of a traceback that is there already."""
    if record.exc_info and record.exc_info[1]:
        text = traceback_label(record.exc_info[1])
        if not logs_paths() or not _is_clean(text):
            record.exc_text, record.exc_info = redact(text), None


def _is_clean(text: str) -> bool:
    return redact(text) == text


# -- what leaves as an exception --------------------------------------------------------------


def redacted(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A coroutine function whose exceptions name no key and, unless LOG_PATHS is on, repeat no words of others."""

    @wraps(work)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await work(*args, **kwargs)
        except Exception as error:
            text = traceback_label(error)
            if logs_paths() and _is_clean(text):
                raise
            clean = RedactedError(f"\n{redact(text)}")
        raise clean

    return run


def redact_crashes() -> None:
    """Redact what this process prints when it ends by an exception."""
    sys.excepthook = _print_redacted


def _print_redacted(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))
