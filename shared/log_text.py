"""
How photos and errors are named in the log: by id and by kind, unless LOG_PATHS is on.

A log goes to more people than the photos do, and is kept for longer. A path tells what a photo shows, and the words of
an error may repeat a path, a question or what a model said of a picture. So both go through here on their way into the
log; `python -m ingest status ID` tells the path and the whole reason.
"""

import os
import re
import traceback
from collections.abc import Iterator

from shared.photo import photo_id

SETTING = "LOG_PATHS"


def logs_paths() -> bool:
    """Whether paths, and the words of errors, may be logged."""
    return os.environ.get(SETTING, "").strip() == "on"


def photo_label(name: str) -> str:
    """A photo's id and, where paths may be logged, its path."""
    return f"{photo_id(name)} ({name})" if logs_paths() else photo_id(name)


def error_label(error: BaseException) -> str:
    """What an error says or, where that may not be logged, its kind and which errors, with which status, led to it."""
    if logs_paths() and str(error):
        return str(error)
    first, *others = (_kind_and_status(each) for each in _chain(error))
    return f"{first} ({', '.join(others)})" if others else first


def error_kind(error: BaseException) -> str:
    """The name of an error's class as a value of a metric: `bad_photo`, `throttled`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()


def traceback_label(error: BaseException) -> str:
    """Where an error, and each that led to it, was raised; with what it says only where that may be logged."""
    if logs_paths():
        return "".join(traceback.format_exception(error)).rstrip("\n")
    return "\nraised by\n".join(
        "".join(traceback.format_tb(each.__traceback__)) + _kind_and_status(each) for each in _chain(error)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and its causes; each once, as a cause may be its own."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _kind_and_status(error: BaseException) -> str:
    status = getattr(error, "status_code", None)
    return f"{type(error).__name__} {status}" if isinstance(status, int) else type(error).__name__
