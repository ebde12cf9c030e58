"""The functions of an app as its worker described them, checked and with every %SETTING% filled in."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import CannotRun
from .settings import Settings

TRIGGERS = {"blobTrigger", "queueTrigger", "timerTrigger", "httpTrigger", "eventGridTrigger"}
INPUTS = {"blob"}
OUTPUTS = {"queue", "blob", "http"}


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
    def deferred(self) -> bool:
        """The parameter is an SDK client: it wants to know where the data is, not the data."""
        return bool(self.data.get("properties", {}).get("SupportsDeferredBinding"))

    @property
    def wants_text(self) -> bool:
        return str(self.data.get("dataType", "")).upper() == "STRING"


@dataclass(frozen=True)
class Retry:
    """A retry policy; intervals in seconds, `max_count` -1 means for ever."""

    max_count: int
    minimum: float
    maximum: float

    def delay(self, attempt: int) -> float:
        """Seconds before retry number `attempt`, the first being 1."""
        if self.minimum == self.maximum:
            return self.minimum
        grown = (2 ** min(attempt - 1, 30)) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
        return min(self.maximum, self.minimum + (grown if attempt > 1 else 0))


@dataclass(frozen=True)
class Function:
    """One function: what starts it, what it is given and where its results go."""

    name: str
    id: str
    trigger: Binding
    inputs: tuple[Binding, ...] = ()
    outputs: tuple[Binding, ...] = ()
    retry: Retry | None = None


def read_functions(described: Iterable[Mapping[str, Any]], settings: Settings) -> list[Function]:
    """
    Functions from the worker's metadata, all problems of all functions named at once.

    Raises CannotRun for no functions, equal names, missing settings and bindings
    this host does not have.
    """
    functions, problems = [], []
    for metadata in described:
        try:
            functions.append(_function(metadata, settings))
        except CannotRun as problem:
            problems.append(str(problem))
    counted = Counter(function.name.casefold() for function in functions)
    problems += [f"Two functions have the name '{name}'." for name, count in counted.items() if count > 1]
    if problems:
        raise CannotRun("\n".join(problems))
    return functions


def _function(metadata: Mapping[str, Any], settings: Settings) -> Function:
    name = metadata["name"]
    bindings = [_binding(raw, name, settings) for raw in metadata["bindings"]]
    triggers = [binding for binding, direction in bindings if binding.type.endswith("Trigger")]
    if len(triggers) != 1:
        raise CannotRun(f"Function '{name}' has {len(triggers)} triggers; it must have exactly one.")
    inputs = tuple(b for b, direction in bindings if direction == "IN" and b is not triggers[0])
    outputs = tuple(b for b, direction in bindings if direction == "OUT")
    _check(name, triggers, TRIGGERS, "trigger")
    _check(name, inputs, INPUTS, "input binding")
    _check(name, outputs, OUTPUTS, "output binding")
    retry = Retry(**metadata["retry"]) if metadata["retry"] else None
    return Function(name, metadata["id"], triggers[0], inputs, outputs, retry)


def _binding(raw: Mapping[str, Any], function: str, settings: Settings) -> tuple[Binding, str]:
    data = {key: settings.resolve(value, function) if isinstance(value, str) else value for key, value in raw.items()}
    return Binding(data["name"], data["type"], data), str(data.get("direction", "IN")).upper()


def _check(function: str, bindings: Iterable[Binding], known: set[str], kind: str) -> None:
    for binding in bindings:
        if binding.type not in known:
            raise CannotRun(
                f"Function '{function}': this host has no {kind} '{binding.type}' "
                f"(parameter '{binding.name}'). It has: {', '.join(sorted(known))}."
            )
