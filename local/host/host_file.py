"""host.json: the part of it that shapes a host on one machine, checked and with its defaults."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CannotRun
from .settings import read_object

_SPAN = re.compile(r"^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?$")
_OVERRIDE = "AzureFunctionsJobHost__"


@dataclass(frozen=True)
class QueueRules:
    """How one queue is listened to; times in seconds."""

    batch_size: int
    new_batch_threshold: int
    max_dequeue_count: int = 5
    visibility_timeout: float = 0
    max_polling_interval: float = 2
    base64: bool = True


@dataclass(frozen=True)
class HostFile:
    """Defaults as documented for host.json 2.0, polling interval as in development."""

    route_prefix: str
    queues: QueueRules
    blobs: QueueRules
    function_timeout: float | None
    log_level: str


def read_host_file(app: Path, environment: Mapping[str, str]) -> HostFile:
    """host.json of the app folder, with AzureFunctionsJobHost__... settings laid over it."""
    path = app / "host.json"
    if not path.is_file():
        raise CannotRun(f"No host.json in {app}: this is not the folder of a function app.")
    content = read_object(path)
    if content.get("version") != "2.0":
        raise CannotRun(f'{path} must say "version": "2.0".')
    _overlay(content, environment)
    try:
        return _host_file(content)
    except (ValueError, TypeError, AttributeError) as error:
        raise CannotRun(f"{path}: {error}") from None


def seconds(text: str) -> float:
    """A .NET TimeSpan ([d.]hh:mm:ss[.fraction]) in seconds."""
    match = _SPAN.match(text)
    if match is None:
        raise ValueError(f"'{text}' is not a time span such as 00:05:00")
    days, hours, minutes, secs = (int(part or 0) for part in match.groups()[:4])
    return ((days * 24 + hours) * 60 + minutes) * 60 + secs + float(f"0.{match[5] or 0}")


def _host_file(content: Mapping[str, Any]) -> HostFile:
    extensions = content.get("extensions", {})
    timeout = content.get("functionTimeout", "00:30:00")
    level = content.get("logging", {}).get("logLevel", {})
    return HostFile(
        route_prefix=str(extensions.get("http", {}).get("routePrefix", "api")).strip("/"),
        queues=_queue_rules(extensions.get("queues", {})),
        blobs=_blob_rules(extensions.get("blobs", {})),
        function_timeout=None if timeout == "-1" else seconds(timeout),
        log_level=str(level.get("Function", level.get("default", "Information"))),
    )


def _queue_rules(options: Mapping[str, Any]) -> QueueRules:
    batch = _number(options, "batchSize", 16, least=1, most=32)
    encoding = options.get("messageEncoding", "base64")
    if encoding not in {"base64", "none"}:
        raise ValueError(f"extensions.queues.messageEncoding is '{encoding}': use base64 or none")
    return QueueRules(
        batch_size=batch,
        new_batch_threshold=_number(options, "newBatchThreshold", batch // 2 * _cores(), least=0),
        max_dequeue_count=_number(options, "maxDequeueCount", 5, least=1),
        visibility_timeout=_interval(options.get("visibilityTimeout", 0)),
        max_polling_interval=max(0.1, _interval(options.get("maxPollingInterval", "00:00:02"))),
        base64=encoding == "base64",
    )


def _blob_rules(options: Mapping[str, Any]) -> QueueRules:
    """The shared blob queue: failed messages come back at once, whatever extensions.queues says."""
    degree = _number(options, "maxDegreeOfParallelism", 8 * _cores(), least=1)
    batch = min(32, degree // 2 + 1)
    return QueueRules(
        batch_size=batch,
        new_batch_threshold=degree - batch,
        max_dequeue_count=_number(options, "poisonBlobThreshold", 5, least=1),
    )


def _number(options: Mapping[str, Any], name: str, default: int, *, least: int, most: int = 2**31) -> int:
    value = options.get(name, default)
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{name} is {value!r}: it must be a number from {least} to {most}")
    return value


def _interval(value: object) -> float:
    """Seconds from a time span, or from a bare number of milliseconds as older files have it."""
    return value / 1000 if isinstance(value, int) else seconds(str(value))


def _overlay(content: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        if name.startswith(_OVERRIDE):
            _put(content, name.removeprefix(_OVERRIDE).split("__"), value)


def _put(content: dict[str, Any], path: list[str], value: str) -> None:
    for key in path[:-1]:
        content = content.setdefault(_existing(content, key), {})
    content[_existing(content, path[-1])] = value


def _existing(content: Mapping[str, Any], key: str) -> str:
    """The key as the file spells it: settings names have no case."""
    return next((known for known in content if known.casefold() == key.casefold()), key)


def _cores() -> int:
    return os.cpu_count() or 1
