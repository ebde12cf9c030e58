"""Read a request's JSON with types: every wrong type is a 400 that names the parameter."""

from collections.abc import Collection, Mapping
from typing import Any

from local.search.errors import BadRequestError


class PayloadReader:
    """Wraps a JSON object and refuses parameters that do not exist."""

    def __init__(self, body: object, parameters: Collection[str], operation: str) -> None:
        if not isinstance(body, Mapping):
            raise BadRequestError("The request is invalid. Details: The request body must be a JSON object.")
        for name in body:
            if name not in parameters:
                raise BadRequestError(
                    f"The request is invalid. Details: The parameter '{name}' in the request payload is not a "
                    f"valid parameter for the operation '{operation}'."
                )
        self.raw: Mapping[str, Any] = body

    def string(self, name: str) -> str | None:
        value: str | None = self._of_type(name, str, "a string")
        return value

    def boolean(self, name: str) -> bool:
        return bool(self._of_type(name, bool, "true or false"))

    def integer(self, name: str, low: int, high: int) -> int | None:
        """Return a whole number between the bounds, both included."""
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int | None):
            raise self._type_error(name, "a whole number")
        if value is not None and not low <= value <= high:
            raise BadRequestError.for_parameter(f"Value must be between {low} and {high}.", name)
        return value

    def number(self, name: str, low: float, high: float) -> float | None:
        """Return a number between the bounds, both included."""
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise self._type_error(name, "a number")
        if value is not None and not low <= value <= high:
            raise BadRequestError.for_parameter(f"Value must be between {low:g} and {high:g}.", name)
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of the choices, the first by default."""
        value = self.raw.get(name)
        if value is None:
            return choices[0]
        if value not in choices:
            raise BadRequestError.for_parameter(
                f"'{str(value)[:100]}' is not one of the supported values: {', '.join(choices)}.", name
            )
        return str(value)

    def strings(self, name: str) -> list[str]:
        """Return a list of strings."""
        value = self.raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._type_error(name, "an array of strings")
        return value

    def objects(self, name: str) -> list[Mapping[str, Any]]:
        """Return a list of JSON objects."""
        value = self.raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self._type_error(name, "an array of objects")
        return value

    def names(self, name: str) -> list[str]:
        """Return names from one comma-separated string, or from the array the SDK sends in places."""
        value = self.raw.get(name)
        items = value.split(",") if isinstance(value, str) else self.strings(name)
        return [item for item in (part.strip() for part in items) if item]

    def expression(self, name: str) -> str | None:
        """Return a comma-separated expression, whether it came as a string or as an array."""
        value = self.raw.get(name)
        return (value if isinstance(value, str) else ",".join(self.strings(name))).strip() or None

    def _of_type(self, name: str, expected_type: type, description: str) -> Any:
        value = self.raw.get(name)
        if value is not None and not isinstance(value, expected_type):
            raise self._type_error(name, description)
        return value

    @staticmethod
    def _type_error(name: str, description: str) -> BadRequestError:
        return BadRequestError.for_parameter(f"The value must be {description}.", name)
