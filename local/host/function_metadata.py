"""The functions of an app as its worker described them, validated and with every %SETTING% replaced."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.host.errors import HostStartupError
from local.host.settings import HostSettings

TRIGGER_TYPES = {"blobTrigger", "queueTrigger", "timerTrigger", "httpTrigger", "eventGridTrigger"}
INPUT_TYPES = {"blob"}
OUTPUT_TYPES = {"queue", "blob", "http"}


@dataclass(frozen=True)
class Binding:
    """One trigger, input or output; `data` is its JSON with settings resolved."""

    name: str
    type: str
    data: Mapping[str, Any]

    @property
    def connection(self) -> str:
        return str(self.data.get("connection") or "AzureWebJobsStorage")

    @property
    def is_deferred(self) -> bool:
        """The parameter is an SDK client: it needs to know where the data is, not the data."""
        return bool(self.data.get("properties", {}).get("SupportsDeferredBinding"))

    @property
    def is_text(self) -> bool:
        return str(self.data.get("dataType", "")).upper() == "STRING"


@dataclass(frozen=True)
class RetryPolicy:
    """Intervals in seconds; a `max_count` of -1 means forever."""

    max_count: int
    minimum_interval: float
    maximum_interval: float

    def delay(self, attempt: int) -> float:
        """Seconds before retry number `attempt`, the first being 1."""
        if self.minimum_interval == self.maximum_interval:
            return self.minimum_interval
        backoff = (2 ** min(attempt - 1, 30)) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
        return min(self.maximum_interval, self.minimum_interval + (backoff if attempt > 1 else 0))


@dataclass(frozen=True)
class FunctionMetadata:
    """One function: what triggers it, its inputs and its outputs."""

    name: str
    id: str
    trigger: Binding
    inputs: tuple[Binding, ...] = ()
    outputs: tuple[Binding, ...] = ()
    retry: RetryPolicy | None = None


def parse_functions(descriptions: Iterable[Mapping[str, Any]], settings: HostSettings) -> list[FunctionMetadata]:
    """
    Functions from the worker's descriptions; one HostStartupError names all problems of all functions.

    Duplicate names, missing settings and bindings this host does not support are problems.
    """
    functions, problems = [], []
    for description in descriptions:
        try:
            functions.append(_parse_function(description, settings))
        except HostStartupError as problem:
            problems.append(str(problem))
    name_counts = Counter(function.name.casefold() for function in functions)
    problems += [f"Two functions have the name '{name}'." for name, count in name_counts.items() if count > 1]
    if problems:
        raise HostStartupError("\n".join(problems))
    return functions


def _parse_function(description: Mapping[str, Any], settings: HostSettings) -> FunctionMetadata:
    name = description["name"]
    bindings = [_parse_binding(raw, name, settings) for raw in description["bindings"]]
    triggers = [binding for binding, direction in bindings if binding.type.endswith("Trigger")]
    if len(triggers) != 1:
        raise HostStartupError(f"Function '{name}' has {len(triggers)} triggers; it must have exactly one.")
    inputs = tuple(b for b, direction in bindings if direction == "IN" and b is not triggers[0])
    outputs = tuple(b for b, direction in bindings if direction == "OUT")
    _check_types(name, triggers, TRIGGER_TYPES, "trigger")
    _check_types(name, inputs, INPUT_TYPES, "input binding")
    _check_types(name, outputs, OUTPUT_TYPES, "output binding")
    retry = RetryPolicy(**description["retry"]) if description["retry"] else None
    return FunctionMetadata(name, description["id"], triggers[0], inputs, outputs, retry)


def _parse_binding(raw: Mapping[str, Any], function: str, settings: HostSettings) -> tuple[Binding, str]:
    data = {key: settings.resolve(value, function) if isinstance(value, str) else value for key, value in raw.items()}
    return Binding(data["name"], data["type"], data), str(data.get("direction", "IN")).upper()


def _check_types(function: str, bindings: Iterable[Binding], supported: set[str], kind: str) -> None:
    for binding in bindings:
        if binding.type not in supported:
            raise HostStartupError(
                f"Function '{function}': this host has no {kind} '{binding.type}' "
                f"(parameter '{binding.name}'). It has: {', '.join(sorted(supported))}."
            )
