"""Typed reading of a request's JSON: every wrong type is a 400 that names the parameter."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from local.search.errors import BadRequest


class Reading:
    """Wraps a JSON object; parameters that do not exist are refused at once."""

    def __init__(self, body: object, known: Collection[str], operation: str) -> None:
        if not isinstance(body, Mapping):
            raise BadRequest("The request is invalid. Details: The request body must be a JSON object.")
        for name in body:
            if name not in known:
                raise BadRequest(
                    f"The request is invalid. Details: The parameter '{name}' in the request payload is not a "
                    f"valid parameter for the operation '{operation}'."
                )
        self.raw: Mapping[str, Any] = body

    def text(self, name: str) -> str | None:
        value: str | None = self._typed(name, str, "a string")
        return value

    def flag(self, name: str) -> bool:
        return bool(self._typed(name, bool, "true or false"))

    def whole(self, name: str, low: int, high: int) -> int | None:
        """Return a whole number between the bounds, both included."""
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int | None):
            raise self._wrong(name, "a whole number")
        if value is not None and not low <= value <= high:
            raise BadRequest.parameter(f"Value must be between {low} and {high}.", name)
        return value

    def number(self, name: str, low: float, high: float) -> float | None:
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise self._wrong(name, "a number")
        if value is not None and not low <= value <= high:
            raise BadRequest.parameter(f"Value must be between {low:g} and {high:g}.", name)
        return value

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of the choices, the first by default."""
        value = self.raw.get(name)
        if value is None:
            return choices[0]
        if value not in choices:
            raise BadRequest.parameter(
                f"'{str(value)[:100]}' is not one of the supported values: {', '.join(choices)}.", name
            )
        return str(value)

    def strings(self, name: str) -> list[str]:
        """Return a list of strings."""
        value = self.raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self._wrong(name, "an array of strings")
        return value

    def objects(self, name: str) -> list[Mapping[str, Any]]:
        value = self.raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            raise self._wrong(name, "an array of objects")
        return value

    def names(self, name: str) -> list[str]:
        """Return names given as one comma-separated string; the SDK sends arrays in places."""
        value = self.raw.get(name)
        given = value.split(",") if isinstance(value, str) else self.strings(name)
        return [part for part in (one.strip() for one in given) if part]

    def joined(self, name: str) -> str | None:
        """Return a comma-separated expression, whichever way it was given."""
        value = self.raw.get(name)
        return (value if isinstance(value, str) else ",".join(self.strings(name))).strip() or None

    def _typed(self, name: str, kind: type, said: str) -> Any:
        value = self.raw.get(name)
        if value is not None and not isinstance(value, kind):
            raise self._wrong(name, said)
        return value

    @staticmethod
    def _wrong(name: str, said: str) -> BadRequest:
        return BadRequest.parameter(f"The value must be {said}.", name)
