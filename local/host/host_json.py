"""host.json: the options that matter to a host on one machine, validated and with their defaults."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local.host.errors import HostStartupError
from local.host.settings import read_json_object

_TIME_SPAN = re.compile(r"^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?$")
_OVERRIDE_PREFIX = "AzureFunctionsJobHost__"


@dataclass(frozen=True)
class QueueOptions:
    """
    How one queue is listened to; times in seconds.

    `lease` is how long a message that is being processed stays invisible unless it is renewed; no host.json says that.
    """

    batch_size: int
    new_batch_threshold: int
    max_dequeue_count: int = 5
    visibility_timeout: float = 0
    max_polling_interval: float = 2
    base64: bool = True
    lease: float = 600


@dataclass(frozen=True)
class HostJson:
    """Defaults as documented for host.json 2.0, with the polling interval of a development environment."""

    route_prefix: str
    queues: QueueOptions
    blobs: QueueOptions
    function_timeout: float | None
    log_level: str


def read_host_json(app: Path, environment: Mapping[str, str]) -> HostJson:
    """Read host.json from the app folder; AzureFunctionsJobHost__... settings override it."""
    path = app / "host.json"
    if not path.is_file():
        raise HostStartupError(f"No host.json in {app}: this is not the folder of a function app.")
    content = read_json_object(path)
    if content.get("version") != "2.0":
        raise HostStartupError(f'{path} must say "version": "2.0".')
    _apply_overrides(content, environment)
    try:
        return _parse(content)
    except (ValueError, TypeError, AttributeError) as error:
        raise HostStartupError(f"{path}: {error}") from None


def with_lease(host_json: HostJson, seconds: float) -> HostJson:
    """The same with another lease on messages, of queues and of blobs."""
    queues, blobs = (replace(each, lease=seconds) for each in (host_json.queues, host_json.blobs))
    return replace(host_json, queues=queues, blobs=blobs)


def parse_time_span(text: str) -> float:
    """A .NET TimeSpan ([d.]hh:mm:ss[.fraction]) in seconds."""
    match = _TIME_SPAN.match(text)
    if match is None:
        raise ValueError(f"'{text}' is not a time span such as 00:05:00")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[:4])
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds + float(f"0.{match[5] or 0}")


def _parse(content: Mapping[str, Any]) -> HostJson:
    extensions = content.get("extensions", {})
    timeout = content.get("functionTimeout", "00:30:00")
    log_level = content.get("logging", {}).get("logLevel", {})
    return HostJson(
        route_prefix=str(extensions.get("http", {}).get("routePrefix", "api")).strip("/"),
        queues=_parse_queues(extensions.get("queues", {})),
        blobs=_parse_blobs(extensions.get("blobs", {})),
        function_timeout=None if timeout == "-1" else parse_time_span(timeout),
        log_level=str(log_level.get("Function", log_level.get("default", "Information"))),
    )


def _parse_queues(options: Mapping[str, Any]) -> QueueOptions:
    batch_size = _number(options, "batchSize", 16, least=1, most=32)
    encoding = options.get("messageEncoding", "base64")
    if encoding not in {"base64", "none"}:
        raise ValueError(f"extensions.queues.messageEncoding is '{encoding}': use base64 or none")
    return QueueOptions(
        batch_size=batch_size,
        new_batch_threshold=_number(options, "newBatchThreshold", batch_size // 2 * _cpu_count(), least=0),
        max_dequeue_count=_number(options, "maxDequeueCount", 5, least=1),
        visibility_timeout=_interval(options.get("visibilityTimeout", 0)),
        max_polling_interval=max(0.1, _interval(options.get("maxPollingInterval", "00:00:02"))),
        base64=encoding == "base64",
    )


def _parse_blobs(options: Mapping[str, Any]) -> QueueOptions:
    """The shared blob queue: failed messages come back at once, whatever extensions.queues says."""
    degree = _number(options, "maxDegreeOfParallelism", 8 * _cpu_count(), least=1)
    batch_size = min(32, degree // 2 + 1)
    return QueueOptions(
        batch_size=batch_size,
        new_batch_threshold=degree - batch_size,
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
    """Seconds from a time span, or from a bare number of milliseconds, as in older files."""
    return value / 1000 if isinstance(value, int) else parse_time_span(str(value))


def _apply_overrides(content: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        if name.startswith(_OVERRIDE_PREFIX):
            _set_value(content, name.removeprefix(_OVERRIDE_PREFIX).split("__"), value)


def _set_value(content: dict[str, Any], path: list[str], value: str) -> None:
    for key in path[:-1]:
        content = content.setdefault(_existing_key(content, key), {})
    content[_existing_key(content, path[-1])] = value


def _existing_key(content: Mapping[str, Any], key: str) -> str:
    """The key as the file spells it: names of settings ignore case."""
    return next((existing for existing in content if existing.casefold() == key.casefold()), key)


def _cpu_count() -> int:
    return os.cpu_count() or 1
